// What 32-bit programs ask of processor and kernel, one word on the command line each: prints "ok",
// or what does not hold. Without a C library, so that it can be made where none of 32 bits is.
enum { ENOSYS = 38 };
enum { SIGTRAP = 5, SIGSEGV = 11, SA_SIGINFO = 4 };
enum { AT_SYSINFO = 32 };

// System calls by number.
enum {
  EXIT = 1,
  FORK = 2,
  WRITE = 4,
  WAITPID = 7,
  EXECVE = 11,
  GETPID = 20,
  PTRACE = 26,
  MMAP = 90,
  VM86OLD = 113,
  MODIFY_LDT = 123,
  VM86 = 166,
  RT_SIGACTION = 174,
  SET_THREAD_AREA = 243
};

static long system_call(long number, long a, long b, long c, long d) {
  __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return number;
}

static void print(const char *text) {
  unsigned length = 0;
  while (text[length])
    length++;
  system_call(WRITE, 1, (long)text, (long)length, 0);
}

static _Noreturn void leave(int status) {
  system_call(EXIT, status, 0, 0, 0);
  __builtin_unreachable();
}

static void must_be(const char *what, int holds) {
  if (!holds) {
    print(what);
    print(": no\n");
    leave(1);
  }
}

static int equal(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static long must(const char *call, long result) {
  must_be(call, result >= 0 || result < -4095);
  return result;
}

// A fresh page at an address, or anywhere.
static char *page(unsigned long address) {
  enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, FIXED = 0x10 };
  const long request[] = {(long)address, 4096, READ_WRITE, PRIVATE_ANONYMOUS | (address ? FIXED : 0), -1, 0};
  return (char *)must("mmap", system_call(MMAP, (long)request, 0, 0, 0));
}

// The way that C libraries take: SYSENTER, where the kernel's page has it.
static void by_page(long *auxiliary) {
  while (auxiliary[0] && auxiliary[0] != AT_SYSINFO)
    auxiliary += 2;
  must_be("AT_SYSINFO", auxiliary[0] == AT_SYSINFO);
  for (int i = 0; i < 1000; i++) {
    long result = GETPID;
    __asm__ volatile("call *%1" : "+a"(result) : "r"(auxiliary[1]) : "memory", "ecx", "edx");
    must_be("a process number", result == system_call(GETPID, 0, 0, 0, 0));
  }
}

// Memory of a thread's own, as C libraries find it.
static void thread_area(long *unused) {
  (void)unused;
  enum { ANY = -1, PRESENT_32_BIT_PAGES = 0x51 };
  unsigned *own = (unsigned *)page(0), area[4] = {(unsigned)ANY, (unsigned)own, 0xfffff, PRESENT_32_BIT_PAGES}, value;
  own[3] = 0x12345678;
  must("set_thread_area", system_call(SET_THREAD_AREA, (long)area, 0, 0, 0));
  __asm__("movw %w1, %%gs; movl %%gs:12, %0" : "=r"(value) : "r"(area[0] << 3 | 3));
  must_be("the own value", value == 0x12345678);
}

// Addresses up to 4 GiB, and those that wrap there.
static void addresses(long *unused) {
  (void)unused;
  char *high = page(0xf0000000);
  unsigned char value;
  high[5] = 42;
  __asm__("movb (%1, %2), %0" : "=q"(value) : "r"(0xfffff000), "r"(high + 0x1005) : "memory");
  must_be("a wrapped address", value == 42);
}

static volatile unsigned long fault_address;
static unsigned long frame_of_signal;

static void on_fault(int number, const unsigned *info, unsigned *context) {
  enum { SI_ADDR = 3, CONTEXT_EIP = 19 }; // in words
  must_be("the number", number == SIGSEGV);
  fault_address = info[SI_ADDR];
  frame_of_signal = (unsigned long)context;
  context[CONTEXT_EIP] += 2; // behind the instruction
}

// A fault that a handler repairs; it returns through the kernel's page.
static void signals(long *unused) {
  (void)unused;
  const unsigned action[] = {(unsigned)on_fault, SA_SIGINFO, 0, 0, 0};
  unsigned value = 7;
  must("rt_sigaction", system_call(RT_SIGACTION, SIGSEGV, (long)action, 0, 8));
  __asm__ volatile("movl (%1), %0" : "+a"(value) : "c"(0x10) : "memory");
  must_be("the fault's address", fault_address == 0x10);
  must_be("a frame on the stack", frame_of_signal > 0x10000000);
  must_be("the register from before", value == 7);
}

// Another process stopped, looked at, changed and let go.
static void trace(long *unused) {
  (void)unused;
  enum { TRACEME = 0, CONT = 7, GETREGS = 12, SETREGS = 13, EAX = 6, EIP = 12, WORDS = 17 };
  unsigned registers[WORDS], status = 0, value = 1;
  const long child = must("fork", system_call(FORK, 0, 0, 0, 0));
  if (child == 0) {
    must("ptrace", system_call(PTRACE, TRACEME, 0, 0, 0));
    __asm__ volatile("int3" : "+a"(value));
    leave((int)value);
  }
  must("waitpid", system_call(WAITPID, child, (long)&status, 0, 0));
  must_be("stopped by int3", (status & 0xffff) == (SIGTRAP << 8 | 0x7f));
  must("registers", system_call(PTRACE, GETREGS, child, 0, (long)registers));
  must_be("its eax", registers[EAX] == 1 && *(const unsigned char *)(registers[EIP] - 1) == 0xcc);
  registers[EAX] = 5;
  must("registers", system_call(PTRACE, SETREGS, child, 0, (long)registers));
  must("continue", system_call(PTRACE, CONT, child, 0, 0));
  must("waitpid", system_call(WAITPID, child, (long)&status, 0, 0));
  must_be("its status", status == 5 << 8);
}

// Into 64-bit code and back, as emulators and copy protections do.
static void far(long *unused) {
  (void)unused;
  unsigned high;
  __asm__("ljmp $0x33, $1f\n"
          "1: .byte 0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff\n" // mov $-1, %rax
          ".byte 0x48, 0xc1, 0xe8, 0x28\n"                      // shr $40, %rax
          ".byte 0xff, 0x2c, 0x25; .long 2f\n"                  // ljmp *2f
          "2: .long 3f; .word 0x23\n"
          "3:"
          : "=a"(high));
  must_be("the upper half of rax", high == 0xffffff);
}

// What this kernel has not, it refuses as others without it do.
static void absent(long *unused) {
  (void)unused;
  must_be("vm86old", system_call(VM86OLD, 0, 0, 0, 0) == -ENOSYS);
  must_be("vm86", system_call(VM86, 0, 0, 0, 0) == -ENOSYS);
  must_be("modify_ldt", system_call(MODIFY_LDT, 0, 0, 0, 0) == -ENOSYS);
}

// An instruction of the kernel's.
static void fault(long *unused) {
  (void)unused;
  __asm__ volatile("hlt");
}

static void execute(long *auxiliary) {
  (void)auxiliary;
  const char *words[] = {"echo", "ok", (const char *)0}, *variables[] = {(const char *)0};
  must("execve", system_call(EXECVE, (long)"/bin/echo", (long)words, (long)variables, 0));
}

__attribute__((used)) static _Noreturn void begin(long *stack) {
  static const struct {
    const char *word;
    void (*probe)(long *auxiliary);
  } probes[] = {{"page", by_page},    {"thread", thread_area}, {"addresses", addresses},
                {"signals", signals}, {"trace", trace},        {"far", far},
                {"absent", absent},   {"fault", fault},        {"execute", execute}};
  const char *const word = stack[0] == 2 ? (const char *)stack[2] : "";
  long *auxiliary = stack + stack[0] + 2;
  while (*auxiliary++) // the environment
    continue;
  for (unsigned i = 0; i < sizeof probes / sizeof *probes; i++) {
    if (equal(word, probes[i].word)) {
      probes[i].probe(auxiliary);
      print("ok\n");
      leave(0);
    }
  }
  print("usage: probe_32 WORD\n");
  leave(2);
}

__asm__(".globl _start\n_start: movl %esp, %eax; andl $-16, %esp; subl $12, %esp; pushl %eax; call begin");
