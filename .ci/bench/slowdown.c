// What kinds of work cost, for bench.sh slowdown: slowdown MILLISECONDS. Each kind runs once, then as often as fits the
// given time; a line for each says its name, the nanoseconds of its fastest run, and what it computed, or - where
// machines differ in last digits.
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COPY = 1 << 20, TEXT = 1 << 17, SIDE = 64 };

static uint8_t bytes[COPY], other[COPY], third[COPY];
static volatile uint64_t zero; // The compiler does not know it.

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static __attribute__((noinline)) uint64_t fib(uint64_t n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t run_fib(void) {
  return fib(22 + zero);
}

static uint64_t run_sieve(void) {
  enum { LIMIT = 200000 };
  static uint8_t composite[LIMIT];
  memset(composite, 0, sizeof composite);
  uint64_t count = 0;
  for (size_t i = 2; i < LIMIT; i++) {
    if (composite[i])
      continue;
    count++;
    for (size_t k = i * i; k < LIMIT; k += i)
      composite[k] = 1;
  }
  return count;
}

static uint32_t turned(uint32_t value, int by) {
  return value >> by | value << (32 - by);
}

// SHA-256's rounds over 32 KB. The constants are a generator's, which costs the same.
static uint64_t run_sha256(void) {
  uint32_t key[64], state[8] = {1, 2, 3, 4, 5, 6, 7, 8}, word[64];
  for (uint32_t i = 0; i < 64; i++)
    key[i] = (i + 1) * 2654435761u;
  for (size_t block = 0; block < 512; block++) {
    for (size_t i = 0; i < 16; i++) {
      const uint8_t *at = bytes + block * 64 + i * 4;
      word[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (size_t i = 16; i < 64; i++) {
      uint32_t low = turned(word[i - 15], 7) ^ turned(word[i - 15], 18) ^ word[i - 15] >> 3;
      uint32_t high = turned(word[i - 2], 17) ^ turned(word[i - 2], 19) ^ word[i - 2] >> 10;
      word[i] = word[i - 16] + low + word[i - 7] + high;
    }
    uint32_t s[8];
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 64; i++) {
      uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]), majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      uint32_t first = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) + choice + key[i] + word[i];
      uint32_t second = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) + majority;
      s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + first;
      s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = first + second;
    }
    for (size_t i = 0; i < 8; i++)
      state[i] += s[i];
  }
  return state[0] ^ (uint64_t)state[7] << 32;
}

static uint64_t run_malloc(void) {
  enum { HELD = 512 };
  static void *held[HELD];
  uint64_t sum = 0;
  random_state = 88172645463325252u;
  for (size_t i = 0; i < 10000; i++) {
    uint64_t random = next_random();
    size_t slot = random % HELD, size = 16 + (random >> 20) % 1000;
    free(held[slot]);
    held[slot] = malloc(size);
    if (!held[slot])
      abort();
    memset(held[slot], (int)i, 16);
    sum += size;
  }
  for (size_t i = 0; i < HELD; i++) {
    free(held[i]);
    held[i] = NULL;
  }
  return sum;
}

enum operation { PUSH, ADD, MULTIPLY, XOR, SWAP, DECREASE, JUMP, END };

static uint64_t run_vm(void) {
  static const uint8_t program[] = {PUSH, 7, ADD, PUSH, 13, MULTIPLY, PUSH, 5, XOR, SWAP, DECREASE, SWAP, JUMP, 0, END};
  uint64_t stack[8] = {20000 + zero, 1};
  size_t top = 1, at = 0;
  for (;;)
    switch (program[at++]) {
    case PUSH: stack[++top] = program[at++]; break;
    case ADD: top--, stack[top] += stack[top + 1]; break;
    case MULTIPLY: top--, stack[top] *= stack[top + 1]; break;
    case XOR: top--, stack[top] ^= stack[top + 1]; break;
    case SWAP: {
      uint64_t value = stack[top];
      stack[top] = stack[top - 1];
      stack[top - 1] = value;
      break;
    }
    case DECREASE: stack[top]--; break;
    case JUMP: at = stack[top - 1] ? program[at] : at + 1; break;
    default: return stack[top];
    }
}

static uint64_t run_search(void) {
  static char text[TEXT + 1];
  for (size_t i = 0; i < TEXT; i++)
    text[i] = (char)('a' + bytes[i] % 6);
  text[TEXT] = 0;
  uint64_t found = 0;
  for (const char *at = text; (at = strstr(at, "abcd")); at++)
    found++;
  for (const char *at = text; (at = strchr(at, 'f')); at++)
    found++;
  return found + strlen(text);
}

static uint64_t run_memcpy(void) {
  memcpy(other, bytes, COPY);
  return other[(12345 + zero) % COPY];
}

static uint64_t run_crc32(void) {
  uint32_t table[256], crc = ~0u;
  for (uint32_t i = 0; i < 256; i++) {
    table[i] = i;
    for (int bit = 0; bit < 8; bit++)
      table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
  }
  for (size_t i = 0; i < TEXT; i++)
    crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
  return crc;
}

static uint64_t run_nbody(void) {
  double at[5][3], speed[5][3] = {{0}}, mass[5];
  for (int i = 0; i < 5; i++) {
    mass[i] = 1.0 / (i + 1);
    for (int k = 0; k < 3; k++)
      at[i][k] = i * 1.7 + k * (i + 0.3);
  }
  for (int step = 0; step < 2000; step++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double d[3], square = 0.01;
        for (int k = 0; k < 3; k++)
          d[k] = at[i][k] - at[j][k], square += d[k] * d[k];
        double pull = 0.001 / (square * sqrt(square));
        for (int k = 0; k < 3; k++)
          speed[i][k] -= d[k] * mass[j] * pull, speed[j][k] += d[k] * mass[i] * pull;
      }
    for (int i = 0; i < 5; i++)
      for (int k = 0; k < 3; k++)
        at[i][k] += 0.001 * speed[i][k];
  }
  return (uint64_t)fabs(at[0][0] * 1e6);
}

static uint64_t run_libm(void) {
  double sum = 0;
  for (int i = 1; i < 5000; i++)
    sum += pow(i * 0.01, 1.37) + exp(-i * 0.001) + sin(i * 0.7) + log(i);
  return (uint64_t)fabs(sum);
}

// Small whole numbers: every product and sum is exact, with and without fused operations.
#define PRODUCT(NAME, TYPE)                                                                                            \
  static uint64_t NAME(void) {                                                                                         \
    static TYPE a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];                                                           \
    for (int i = 0; i < SIDE; i++)                                                                                     \
      for (int k = 0; k < SIDE; k++)                                                                                   \
        a[i][k] = (TYPE)((i + k) % 7), b[i][k] = (TYPE)((i * k) % 5), c[i][k] = 0;                                     \
    for (int i = 0; i < SIDE; i++)                                                                                     \
      for (int k = 0; k < SIDE; k++)                                                                                   \
        for (int j = 0; j < SIDE; j++)                                                                                 \
          c[i][j] += a[i][k] * b[k][j];                                                                                \
    TYPE sum = 0;                                                                                                      \
    for (int i = 0; i < SIDE; i++)                                                                                     \
      sum += c[i][(i * 3) % SIDE];                                                                                     \
    return (uint64_t)sum;                                                                                              \
  }
PRODUCT(run_matrix_double, double)
PRODUCT(run_matrix_single, float)

static uint64_t run_long_double(void) {
  long double sum = 0, x = 1.5L;
  for (int i = 1; i < 20000; i++)
    sum += x / i, x = x * 1.0001L - 0.00001L;
  return (uint64_t)sum;
}

static uint64_t run_averages(void) {
  for (size_t i = 0; i < COPY; i++)
    third[i] = (uint8_t)((bytes[i] + other[i] + 1) >> 1);
  return third[(777 + zero) % COPY];
}

static uint64_t run_getppid(void) {
  for (int i = 0; i < 2000; i++)
    syscall(SYS_getppid);
  return 0;
}

static void wait_for(pid_t child) {
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    perror("slowdown: a child");
    exit(1);
  }
}

static uint64_t run_fork_exec(void) {
  for (int i = 0; i < 5; i++) {
    pid_t child = fork();
    if (child == 0) {
      execl("/proc/self/exe", "slowdown", "0", NULL);
      _exit(127);
    }
    wait_for(child);
  }
  return 0;
}

static uint64_t run_page_faults(void) {
  size_t size = (size_t)8 << 20;
  uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED)
    exit(1);
  madvise(map, size, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < size; at += 4096)
    map[at] = 1;
  uint64_t last = map[size - 4096];
  munmap(map, size);
  return last;
}

static uint64_t run_pipes(void) {
  int there[2], back[2];
  if (pipe(there) || pipe(back))
    exit(1);
  pid_t child = fork();
  char letter = 'x';
  if (child == 0) {
    close(there[1]);
    while (read(there[0], &letter, 1) == 1)
      if (write(back[1], &letter, 1) != 1)
        _exit(1);
    _exit(0);
  }
  for (int i = 0; i < 300; i++)
    if (write(there[1], &letter, 1) != 1 || read(back[0], &letter, 1) != 1)
      exit(1);
  close(there[0]), close(there[1]), close(back[0]), close(back[1]);
  wait_for(child);
  return 0;
}

static const struct kind {
  const char *name;
  uint64_t (*run)(void);
  int exact;
} kinds[] = {
    {"fib", run_fib, 1},
    {"sieve", run_sieve, 1},
    {"sha256", run_sha256, 1},
    {"malloc", run_malloc, 1},
    {"bytecode VM", run_vm, 1},
    {"string search", run_search, 1},
    {"memcpy of 1 MB", run_memcpy, 1},
    {"crc32", run_crc32, 1},
    {"nbody", run_nbody, 0},
    {"libm", run_libm, 0},
    {"matrix product, double", run_matrix_double, 1},
    {"matrix product, single", run_matrix_single, 1},
    {"long double", run_long_double, 0},
    {"byte averages", run_averages, 1},
    {"getppid", run_getppid, 1},
    {"fork and exec", run_fork_exec, 1},
    {"page faults", run_page_faults, 1},
    {"pipes", run_pipes, 1},
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int count, char **words) {
  int64_t limit = count == 2 ? atoll(words[1]) * 1000000 : -1;
  if (limit < 0) {
    fprintf(stderr, "usage: slowdown MILLISECONDS\n");
    return 2;
  }
  if (limit == 0)
    return 0;
  for (size_t i = 0; i < COPY; i++)
    bytes[i] = (uint8_t)next_random(), other[i] = (uint8_t)(i * 7);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    uint64_t value = kinds[i].run();
    int64_t begin = now(), last = begin, least = INT64_MAX;
    do {
      kinds[i].run();
      int64_t end = now();
      if (end - last < least)
        least = end - last;
      last = end;
    } while (last - begin < limit);
    printf("%s\t%" PRId64 "\t", kinds[i].name, least);
    printf(kinds[i].exact ? "%" PRIx64 "\n" : "-\n", value);
    fflush(stdout);
  }
  return 0;
}
