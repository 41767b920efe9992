// Programs that are hard for a translator of hot code, for amd64 and riscv64: each line that this prints must be the
// same whether the host installs translations or not. translation.sh runs it; every loop is long enough to be
// translated.
#define _GNU_SOURCE
#include "random.h"

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#ifdef __x86_64__
#include <emmintrin.h>
#endif

enum { PAGE = 4096, LONG = 300000 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint8_t *pages(void *at, size_t size, int flags, int file) {
  uint8_t *found = mmap(at, size, PROT_READ | PROT_WRITE | PROT_EXEC, flags, file, 0);
  if (found == MAP_FAILED)
    fail("mmap");
  return found;
}

// What compilers may not turn into something shorter.
__attribute__((noinline)) static uint64_t hot(uint64_t seed, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    seed = (seed ^ seed >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + i;
  return seed;
}

#ifdef __riscv
#include "riscv64.h"
#else
#include "x86_64.h"
#endif

typedef unsigned code(void *patch, unsigned count);

#ifdef __x86_64__
#include "x86_64_instructions.h"
#endif

static void changes_itself(void) {
  uint8_t *memory = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memcpy(memory, PATCHES, sizeof PATCHES);
  printf("changes itself: %u\n", ((code *)memory)(memory + PATCH, LONG));
  // The same on the border of two pages: what changes is in the second.
  uint8_t *border = memory + PAGE - BEFORE_BORDER;
  memcpy(border, PATCHES, sizeof PATCHES);
  printf("changes itself across pages: %u\n", ((code *)border)(border + PATCH, LONG));
  // By another address of the same page.
  const int file = memfd_create("code", 0);
  if (file < 0 || ftruncate(file, PAGE))
    fail("memfd_create");
  uint8_t *runs = pages(NULL, PAGE, MAP_SHARED, file), *writes = pages(NULL, PAGE, MAP_SHARED, file);
  memcpy(writes, PATCHES, sizeof PATCHES);
  printf("changes itself by an alias: %u\n", ((code *)runs)(writes + PATCH, LONG));
}

static void changes_callee(void) {
  uint8_t *memory = pages(NULL, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  uint64_t sum = 0;
  memcpy(memory, RETURNS, sizeof RETURNS);
  for (unsigned i = 0; i < LONG; i++) {
    if (i % 1024 == 0)
      set_returned(memory, i);
    sum = sum * 31 + ((unsigned (*)(void))memory)();
  }
  printf("changes its callee: %016llx\n", (unsigned long long)sum);
}

// Two pages of code at two addresses: at one the first calls the second, at the other the second is called alone. A
// recording sees both.
static void runs_at_two_addresses(void) {
  typedef uint64_t caller(const uint8_t *base, unsigned count);
  const int file = memfd_create("code", 0);
  if (file < 0 || ftruncate(file, 2 * PAGE))
    fail("memfd_create");
  uint8_t *const places[] = {pages(NULL, 2 * PAGE, MAP_SHARED, file), pages(NULL, 2 * PAGE, MAP_SHARED, file)};
  memcpy(places[0], CALLER, sizeof CALLER);
  memcpy(places[0] + PAGE, CALLED, sizeof CALLED);
  uint64_t sum = 0;
  for (unsigned i = 0; i < 1000; i++) {
    for (unsigned k = 0; k < 500; k++)
      sum += ((uint64_t (*)(void))(places[0] + PAGE))() - (uint64_t)places[0];
    sum = sum * 31 + ((caller *)places[1])(places[1], 500 + i);
  }
  printf("one page at two addresses: %016llx\n", (unsigned long long)sum);
}

// Eight bytes lie in two pages once in each turn, in the first of two loops. The second one is hotter: an engine that
// enters its unit only there interprets half of the first one in each turn.
static void uses_bytes_of_two_pages(void) {
  enum { TURNS = 150000, WORDS = 32, ROUNDS = 48 };
  uint8_t *const words = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1) + PAGE - WORDS / 4 * 8 - 4;
  uint64_t sum = 1, word;
  for (unsigned turn = 0; turn < TURNS; turn++) {
    for (unsigned i = 0; i < WORDS; i++) {
      memcpy(&word, words + 8 * i, sizeof word);
      sum = (sum ^ word) * 31 + i;
      memcpy(words + 8 * i, &sum, sizeof sum);
    }
    for (unsigned i = 0; i < ROUNDS; i++)
      sum = (sum << 13 | sum >> 51) + (sum ^ turn);
  }
  printf("bytes of two pages: %016llx\n", (unsigned long long)sum);
}

// By way of a page between them, a page calls another one that wants the same place of the engine's TLB. When that is
// hot, it goes on where it has never been.
static uint64_t wants_one_place(unsigned count) {
  typedef uint64_t caller(const uint8_t *base, unsigned count, unsigned none, unsigned goes_on);
  enum { FAR = 1 << 24, BEHIND = 2048, CALLS = 3 };
  uint8_t *memory = pages(NULL, FAR + PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  memcpy(memory, CALLER, sizeof CALLER);
  memcpy(memory + BEHIND, RETURNS, sizeof RETURNS); // for who goes on in the wrong page
  memcpy(memory + PAGE, BETWEEN, sizeof BETWEEN);
  memcpy(memory + FAR, FAR_CALLED, sizeof FAR_CALLED);
  memcpy(memory + FAR + BEHIND, AFTER, sizeof AFTER);
  uint64_t sum = 0;
  for (unsigned i = 0; i < CALLS; i++)
    sum = sum * 31 + ((caller *)memory)(memory, count, 0, i == CALLS - 1);
  munmap(memory, FAR + PAGE);
  return sum;
}

// Which of them are recorded, and from where on, depends on when that is.
static void want_one_place(void) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < 8; i++)
    sum = sum * 31 + wants_one_place(3 * LONG + 7919 * i);
  printf("two pages of one place: %016llx\n", (unsigned long long)sum);
}

static void changes_mapping(void) {
  // The same address, another page.
  uint8_t *at = pages(NULL, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  uint64_t sum = 0;
  for (unsigned i = 0; i < 40; i++) {
    munmap(at, PAGE);
    at = pages(at, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
    memcpy(at, ADDS, sizeof ADDS);
    set_added(at, i & 3);
    sum = sum * 31 + ((unsigned (*)(unsigned, unsigned))at)(i, LONG / 4);
  }
  printf("another page at the same address: %016llx\n", (unsigned long long)sum);
}

// Other code again and again where there was hot code before.
static void appears(void) {
  enum { TIMES = 4, ROUNDS = 8000000 };
  uint8_t *memory = pages(NULL, PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  unsigned sum = 0;
  for (unsigned i = 0; i < TIMES; i++) {
    memcpy(memory, ADDS, sizeof ADDS);
    set_added(memory, i);
    __builtin___clear_cache((char *)memory, (char *)memory + sizeof ADDS);
    sum = sum * 31 + ((unsigned (*)(unsigned, unsigned))memory)(i, ROUNDS);
  }
  printf("appears: %u\n", sum);
}

// A loop behind code that is never hot enough: each instruction of that is executed once in a turn.
static void begins_late(void) {
  enum { INSTRUCTIONS = 9000, TURNS = 20000, ROUNDS = 8000000 };
  uint8_t *const memory = pages(NULL, INSTRUCTIONS * sizeof ADD_ONE + sizeof RETURN, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  unsigned sum = 0;
  for (unsigned i = 0; i < INSTRUCTIONS; i++)
    memcpy(memory + i * sizeof ADD_ONE, ADD_ONE, sizeof ADD_ONE);
  memcpy(memory + INSTRUCTIONS * sizeof ADD_ONE, RETURN, sizeof RETURN);
  __builtin___clear_cache((char *)memory, (char *)memory + INSTRUCTIONS * sizeof ADD_ONE + sizeof RETURN);
  for (unsigned turn = 0; turn < TURNS; turn++)
    sum = ((unsigned (*)(unsigned, unsigned))memory)(sum, turn);
  printf("late: %u %016llx\n", sum, (unsigned long long)hot(sum, ROUNDS));
}

__attribute__((noinline)) static uint64_t descend(unsigned depth, uint64_t *visits) {
  *visits += depth & 1;
  return depth ? descend(depth - 1, visits) * 3 + depth : *visits;
}

static void recurses(void) {
  uint64_t sum = 0, visits = 0;
  for (unsigned i = 0; i < 20; i++)
    sum += descend(20000, &visits);
  printf("recursion: %016llx %llu\n", (unsigned long long)sum, (unsigned long long)visits);
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Zeros, denormals, infinities and ordinary numbers, in turn.
static double operand(unsigned i) {
  static const double SPECIAL[] = {0.0, -0.0, 5e-324, -1e-310, 1e308, -1e-300, 0.1, 3.0, 1e16, 1.0 / 0.0};
  return i % 64 < 10 ? SPECIAL[i % 64] : (double)(int)(i * 2654435761U) / (1 + i % 1000);
}

typedef double pair __attribute__((vector_size(16)));

__attribute__((noinline)) static uint64_t compute(double a, double b) {
  const float x = (float)a, y = (float)b;
  const pair p = {a, b}, q = {b, 3.5}, r = p * q + p / q - p;
  const double root = square_root(b < 0 ? -b : b);
  const double results[] = {a + b, a - b, a * b, a / b, root, a < b ? a : b, x * y, x / y, x - y, r[0], r[1]};
  uint64_t sum = a > b ? 1 : a == b ? 2 : 4;
  for (unsigned i = 0; i < sizeof results / sizeof *results; i++)
    sum = (sum ^ bits_of(results[i])) * UINT64_C(0x9e3779b97f4a7c15);
  return sum + (uint64_t)(b > -1e9 && b < 1e9 ? (int)b : 7) + (uint64_t)(long)(a < 1e15 && a > -1e15 ? a : 9.0);
}

static void calculates(void) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < LONG / 10; i++)
    sum = sum * 31 + compute(operand(i), operand(i * 7 + 3));
  printf("numbers: %016llx\n", (unsigned long long)sum);
}

static jmp_buf out;

__attribute__((noinline)) static int leap(unsigned depth, unsigned from) {
  if (depth == 0)
    longjmp(out, (int)from + 1);
  return leap(depth - 1, from) + 1;
}

static void leaps(void) {
  volatile uint64_t sum = 0;
  for (volatile unsigned i = 0; i < 4000; i++) {
    const int found = setjmp(out);
    if (!found)
      leap(120 + i % 64, i);
    sum = sum * 31 + (unsigned)found;
  }
  printf("longjmp: %016llx\n", (unsigned long long)sum);
}

static ucontext_t here, there;
static uint64_t switches;

static void other_stack(void) {
  for (;;) {
    switches = hot(switches, 16);
    swapcontext(&there, &here);
  }
}

static void switches_stacks(void) {
  static uint8_t stack[65536];
  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  makecontext(&there, other_stack, 0);
  for (unsigned i = 0; i < 4000; i++) {
    switches += i;
    swapcontext(&here, &there);
  }
  printf("stacks: %016llx\n", (unsigned long long)switches);
}

static volatile sig_atomic_t ticks;
static sigjmp_buf fault;

static void tick(int number) {
  (void)number;
  ticks++;
}

static void faulted(int number) {
  siglongjmp(fault, number);
}

static void takes_signals(void) {
  const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  signal(SIGALRM, tick);
  setitimer(ITIMER_REAL, &often, NULL);
  uint64_t rounds = 0;
  while (ticks < 20)
    rounds = hot(rounds, 64) | 1;
  setitimer(ITIMER_REAL, &never, NULL);
  printf("signals in a loop: %d\n", ticks >= 20);
  // A fault in the middle of a hot loop, at another place each time.
  signal(SIGSEGV, faulted);
  uint8_t *memory = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  mprotect(memory + PAGE, PAGE, PROT_NONE);
  volatile uint64_t sum = 0;
  for (volatile unsigned i = 0; i < 200; i++) {
    volatile uint8_t *volatile at = memory + PAGE - 3000 + i;
    if (!sigsetjmp(fault, 1)) {
      for (;; at++) {
        *at = (uint8_t)(*at + i);
        sum = sum * 31 + *at;
      }
    }
    sum += (uintptr_t)(at - memory) == PAGE;
  }
  printf("faults in a loop: %016llx\n", (unsigned long long)sum);
#ifdef __x86_64__ // riscv64 has no such faults
  signal(SIGFPE, faulted);
  for (volatile unsigned i = 0; i < 200; i++) {
    volatile int divisor = 3000 + (int)i, dividend = i % 2 ? INT32_MIN : 1 << 30;
    if (!sigsetjmp(fault, 1)) {
      for (;; divisor--)
        sum = sum * 31 + (uint64_t)(dividend / divisor); // by 0, or 2^31 by -1
    }
    sum += (uint64_t)divisor;
  }
  printf("divisions that fault: %016llx\n", (unsigned long long)sum);
#endif
}

static void forks(void) {
  for (unsigned i = 0; i < 12; i++) {
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0)
      fail("fork");
    if (child == 0) {
      printf("child %u: %016llx\n", i, (unsigned long long)hot(i, LONG));
      fflush(stdout);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
}

// Programs of another address each time, as the kernel lays them out.
static void executes(const char *program) {
  for (unsigned i = 0; i < 8; i++) {
    char number[12];
    snprintf(number, sizeof number, "%u", i);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      execl(program, program, number, NULL);
      fail(program);
    }
    waitpid(child, NULL, 0);
  }
}

#ifdef __x86_64__
// Each instruction of a loop that was hot before. Linux has no such steps on riscv64.
static void steps(void) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    uint64_t sum = hot(1, LONG);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    sum = hot(sum, 300);
    _exit((int)(sum & 0x7f));
  }
  int status;
  unsigned count = 0;
  uint64_t seen = 0, flags = 0;
  for (waitpid(child, &status, 0); WIFSTOPPED(status); waitpid(child, &status, 0)) {
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, child, NULL, &registers);
    const uint64_t place = registers.rip - (uintptr_t)hot;
    if (place < 256) {
      seen = seen * 31 + place + registers.rax;
      flags = flags * 31 + (registers.eflags & 0x8d5);
    }
    if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL))
      break;
    count++;
  }
  printf("single steps: %u %016llx %d\n", count, (unsigned long long)seen, WEXITSTATUS(status));
  // With those that the manual leaves undefined, so each processor has its own.
  printf("flags of single steps: %016llx\n", (unsigned long long)flags);
}
#endif

static unsigned first_program = 1, programs = 32;

static void random_programs(void) {
  random_code(first_program, programs);
}

static const char *self;

static void executes_itself(void) {
  executes(self);
}

struct fields {
  uint64_t a, b;
  uint32_t c, d;
  uint64_t e;
};

__attribute__((noinline)) static uint64_t mix(volatile struct fields *at, uint64_t x) {
  at->a += x;
  at->b = at->b * 3 ^ at->a >> 5;
  at->c += (uint32_t)at->b;
  at->d ^= at->c;
  at->e = at->a + at->d;
  return at->a ^ at->b ^ at->e;
}

// A translator may look up at once what is used behind each other: fields in one page, then mostly in two of them, then
// in one page and another that is not there, or may not be written.
static void uses_two_pages(void) {
  uint8_t *memory = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  volatile uint64_t sum = 1;
  for (volatile unsigned i = 0; i < 8 * LONG; i++)
    sum = sum * 31 + mix((void *)(memory + (i < LONG ? 64 : PAGE - 24) + i % 4 * 8), i);
  printf("fields in two pages: %016llx\n", (unsigned long long)sum);
  signal(SIGSEGV, faulted);
  for (volatile unsigned i = 0; i < 400; i++) {
    mprotect(memory + PAGE, PAGE, i % 2 ? PROT_NONE : PROT_READ);
    if (!sigsetjmp(fault, 1))
      mix((void *)(memory + PAGE - 32 + i % 4 * 8), i);
    else
      sum = sum * 31 + *(uint64_t *)(memory + PAGE - 8) + i;
    mprotect(memory + PAGE, PAGE, PROT_READ | PROT_WRITE);
  }
  for (unsigned i = 0; i < 2 * PAGE; i += 8)
    sum = sum * 31 + *(uint64_t *)(memory + i);
  printf("fields that fault: %016llx\n", (unsigned long long)sum);
}

#ifdef __x86_64__
#include "x86_64_x87.h"
#endif

static const struct {
  const char *name;
  void (*run)(void);
  bool alone; // only if it is named
} TESTS[] = {
    {"itself", changes_itself, false},
    {"callee", changes_callee, false},
#ifdef __x86_64__
    {"across", runs_across_pages, false},
    {"integers", counts_up, false},
    {"singles", calculates_singles, false},
    {"pointers", notes_x87, false},
    {"stores", changes_itself_by_x87, false},
#endif
    {"addresses", runs_at_two_addresses, false},
    {"places", want_one_place, false},
    {"bytes", uses_bytes_of_two_pages, false},
    {"mapping", changes_mapping, false},
    {"appears", appears, false},
    {"late", begins_late, true},
    {"numbers", calculates, false},
    {"pages", uses_two_pages, false},
    {"recursion", recurses, false},
    {"longjmp", leaps, false},
    {"stacks", switches_stacks, false},
    {"signals", takes_signals, false},
    {"fork", forks, false},
    {"exec", executes_itself, false},
#ifdef __x86_64__
    {"faults", faults_in_x87, false},
    {"steps", steps, false},
#else
    {"reals", random_reals, false},
#endif
    {"random", random_programs, false},
};

// guest [TEST]: all, or one; random FIRST COUNT: those programs. A number is what executes() gives.
int main(int count, char **words) {
  const char *wanted = count > 1 ? words[1] : NULL;
  self = words[0];
  if (wanted && *wanted >= '0' && *wanted <= '9') {
    printf("program %s: %016llx\n", wanted, (unsigned long long)hot((uint64_t)atoi(wanted), LONG));
    return 0;
  }
  if (count > 3) {
    first_program = (unsigned)atoi(words[2]);
    programs = (unsigned)atoi(words[3]);
  }
  for (unsigned i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
    if (wanted ? strcmp(wanted, TESTS[i].name) == 0 : !TESTS[i].alone)
      TESTS[i].run();
  }
  return 0;
}
