// Tests of instructions that only amd64 has. guest.c has what they use.

// Each instruction of a loop on the border of two pages, in turn; then with
// another immediate operand.
static void runs_across_pages(void) {
  // xor eax, eax; again: call CALLED; add eax, NUMBER; dec esi; jnz again (of 6
  // bytes); ret; CALLED: test esi, 1; jz +5; add qword [rsp], 5 (which skips
  // NUMBER's instruction); lea eax, [rax + rsi]; ret
  static const uint8_t BYTES[] = {0x31, 0xc0, 0xe8, 0x0e, 0,    0,    0,    0x05, 0x78, 0x56, 0x34, 0x12, 0xff,
                                  0xce, 0x0f, 0x85, 0xee, 0xff, 0xff, 0xff, 0xc3, 0xf7, 0xc6, 1,    0,    0,
                                  0,    0x74, 0x05, 0x48, 0x83, 0x04, 0x24, 0x05, 0x8d, 0x04, 0x30, 0xc3};
  enum { NUMBER = 8 };
  uint64_t sum = 0;
  for (unsigned before = 1; before < sizeof BYTES; before++) {
    uint8_t *at = pages(NULL, 2 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1) + PAGE - before;
    memcpy(at, BYTES, sizeof BYTES);
    for (unsigned i = 0; i < 4; i++) {
      at[NUMBER + i] = (uint8_t)(before + i);
      sum = sum * 31 + ((code *)at)(NULL, i ? LONG / 32 : LONG);
    }
  }
  printf("across pages: %016llx\n", (unsigned long long)sum);
}

// What an instruction gave, and what seven conditions say behind it.
struct outcome {
  uint64_t a, b, c;
  uint8_t conditions[7];
};

static uint64_t add_up(uint64_t sum, const struct outcome *outcome) {
  sum = (sum ^ outcome->a) * UINT64_C(0x9e3779b97f4a7c15) + outcome->b;
  sum = (sum ^ outcome->c) * UINT64_C(0xbf58476d1ce4e5b9);
  for (unsigned i = 0; i < sizeof outcome->conditions; i++)
    sum = sum * 3 + outcome->conditions[i];
  return sum;
}

#define CONDITIONS                                                                                                     \
  "setc %3\n\tseto %4\n\tsete %5\n\tsetl %6\n\tsetbe %7\n\tsets %8\n\tsetp "                                           \
  "%9\n\t"
#define CONDITION_OUTPUTS                                                                                              \
  "=m"(to->conditions[0]), "=m"(to->conditions[1]), "=m"(to->conditions[2]), "=m"(to->conditions[3]),                  \
      "=m"(to->conditions[4]), "=m"(to->conditions[5]), "=m"(to->conditions[6])
// With the lowest bit of c as carry; the carry that comes out is used by
// another.
#define CARRY(name, suffix, form)                                                                                      \
  __asm__ volatile("bt $0, %2\n\t" name suffix " %" form "1, %" form "0\n\t" CONDITIONS "sbb %2, %2\n\tadc %2, %1"     \
                   : "+&r"(to->a), "+&r"(to->b), "+&r"(to->c), CONDITION_OUTPUTS                                       \
                   :                                                                                                   \
                   : "cc")
// a is rAX, c is rDX. Of the conditions only the first two are defined.
#define PRODUCT(name, suffix, form)                                                                                    \
  __asm__ volatile(name suffix " %" form "1\n\tsetc %3\n\tseto %4"                                                     \
                   : "+&a"(to->a), "+&r"(to->b), "+&d"(to->c), CONDITION_OUTPUTS                                       \
                   :                                                                                                   \
                   : "cc")
#define EXCHANGE(name, suffix, form)                                                                                   \
  __asm__ volatile(name suffix " %" form "1, %2\n\t" CONDITIONS                                                        \
                   : "+&a"(to->a), "+&r"(to->b), "+m"(to->c), CONDITION_OUTPUTS                                        \
                   :                                                                                                   \
                   : "cc")
#define EXCHANGE_REGISTERS(name, suffix, form)                                                                         \
  __asm__ volatile(name suffix " %" form "1, %" form "2\n\t" CONDITIONS                                                \
                   : "+&a"(to->a), "+&r"(to->b), "+&r"(to->c), CONDITION_OUTPUTS                                       \
                   :                                                                                                   \
                   : "cc")
// By 1, behind a comparison: a rotation keeps four of its flags.
#define ROTATION(name, suffix, form)                                                                                   \
  __asm__ volatile("cmp %1, %2\n\t" name suffix " $1, %" form "0\n\t" CONDITIONS                                       \
                   : "+&r"(to->a), "+&r"(to->b), "+&r"(to->c), CONDITION_OUTPUTS                                       \
                   :                                                                                                   \
                   : "cc")
// By c, then by 8. What the overflow flag is then is not defined.
#define LONG_ROTATION(name, suffix, form)                                                                              \
  __asm__ volatile("cmp %0, %1\n\t" name suffix " %%cl, %" form "0\n\tsetc %3\n\tsete %4\n\tsets %5\n\tsetp %6\n\t"    \
                   "cmp %0, %2\n\t" name suffix " $8, %" form "1\n\tsetc %7\n\tsete %8\n\tsets %9"                     \
                   : "+&r"(to->a), "+&r"(to->b), "+&c"(to->c), CONDITION_OUTPUTS                                       \
                   :                                                                                                   \
                   : "cc")
#define IN_MEMORY(name)                                                                                                \
  EXCHANGE(name, "b", "b");                                                                                            \
  EXCHANGE(name, "w", "w");                                                                                            \
  EXCHANGE(name, "l", "k");                                                                                            \
  EXCHANGE(name, "q", "q")
#define IN_REGISTERS(name)                                                                                             \
  EXCHANGE_REGISTERS(name, "b", "b");                                                                                  \
  EXCHANGE_REGISTERS(name, "w", "w");                                                                                  \
  EXCHANGE_REGISTERS(name, "l", "k");                                                                                  \
  EXCHANGE_REGISTERS(name, "q", "q")

__attribute__((noinline)) static void with_carries(struct outcome *to) {
  CARRY("adc", "b", "b");
  CARRY("adc", "w", "w");
  CARRY("adc", "l", "k");
  CARRY("adc", "q", "q");
  CARRY("sbb", "b", "b");
  CARRY("sbb", "w", "w");
  CARRY("sbb", "l", "k");
  CARRY("sbb", "q", "q");
}

__attribute__((noinline)) static void products(struct outcome *to) {
  memset(to->conditions, 0, sizeof to->conditions);
  PRODUCT("mul", "l", "k");
  PRODUCT("mul", "q", "q");
  PRODUCT("imul", "l", "k");
  PRODUCT("imul", "q", "q");
  PRODUCT("mul", "w", "w");
  __asm__ volatile("imul $-1234567, %0, %1\n\timul $77, %k1, %k0" : "+&r"(to->a), "+&r"(to->b) : : "cc");
}

// Quotients that fit, of random numbers and of small ones.
__attribute__((noinline)) static void quotients(struct outcome *to) {
  const uint32_t divisor = (uint32_t)to->b | 1, high = (uint32_t)to->c % divisor;
  uint32_t quotient, rest;
  __asm__ volatile("divl %4" : "=a"(quotient), "=d"(rest) : "0"((uint32_t)to->a), "1"(high), "r"(divisor) : "cc");
  to->c = (uint64_t)quotient << 32 | rest;
  const int32_t by = (int32_t)(to->b >> 7) | 2;
  int32_t signed_quotient, signed_rest;
  __asm__ volatile("cltd\n\tidivl %3"
                   : "=&a"(signed_quotient), "=&d"(signed_rest)
                   : "0"((int32_t)to->a), "r"(by)
                   : "cc");
  to->a = (uint64_t)(uint32_t)signed_quotient << 32 | (uint32_t)signed_rest;
  __asm__ volatile("cbtw\n\tcwtl\n\tcltq\n\tcqto\n\tcwtd" : "+&a"(to->b), "=&d"(to->c) : : "cc");
}

__attribute__((noinline)) static void exchanges(struct outcome *to) {
  IN_MEMORY("xadd");
  IN_REGISTERS("xadd");
  IN_MEMORY("cmpxchg");
  IN_REGISTERS("cmpxchg");
  to->a = to->c; // so that the next ones find what they compare with
  IN_MEMORY("lock cmpxchg");
  __asm__ volatile("xchg %w0, %w1\n\txchg %k1, %k0\n\txchg %b0, %h0" : "+&a"(to->a), "+&b"(to->b));
}

#define ROTATIONS(name)                                                                                                \
  ROTATION(name, "b", "b");                                                                                            \
  ROTATION(name, "w", "w");                                                                                            \
  ROTATION(name, "l", "k");                                                                                            \
  ROTATION(name, "q", "q");                                                                                            \
  LONG_ROTATION(name, "b", "b");                                                                                       \
  LONG_ROTATION(name, "w", "w");                                                                                       \
  LONG_ROTATION(name, "l", "k");                                                                                       \
  LONG_ROTATION(name, "q", "q")

__attribute__((noinline)) static void rotations(struct outcome *to) {
  ROTATIONS("rol");
  ROTATIONS("ror");
}

// Below the red zone.
__attribute__((noinline)) static void frames(struct outcome *to) {
  memset(to->conditions, 0, sizeof to->conditions);
  __asm__ volatile("lea -128(%%rsp), %%rsp\n\tmov %%rsp, %2\n\tpush %%rbp\n\tmov %%rsp, "
                   "%%rbp\n\tpush %0\n\tpush %1\n\t"
                   "mov -8(%%rbp), %1\n\tleave\n\tsub %%rsp, %2\n\tlea 128(%%rsp), %%rsp"
                   : "+&r"(to->a), "+&r"(to->b), "=&r"(to->c)
                   :
                   : "cc", "memory");
}

static void counts_up(void) {
  static void (*const STEPS[])(struct outcome *) = {with_carries, products, quotients, exchanges, rotations, frames};
  for (unsigned kind = 0; kind < sizeof STEPS / sizeof *STEPS; kind++) {
    uint64_t sum = 1;
    for (unsigned i = 0; i < LONG / 4; i++) {
      // Ones and zeros at the ends of their range, too.
      const uint64_t random = hot(sum + i, 1), rare = i % 8 ? random : (random & 2) - 1;
      struct outcome outcome = {random, i % 3 ? rare : random >> 32, sum, {0}};
      STEPS[kind](&outcome);
      sum = add_up(sum, &outcome);
    }
    printf("integers %u: %016llx\n", kind, (unsigned long long)sum);
  }
}

// Four singles at once: most are usual numbers, some are zeros, denormals, infinities, no numbers or near the limits.
static void calculates_singles(void) {
  static const uint32_t RARE[] = {0,          0x80000000, 1,          0x807fffff, 0x00800000, 0x01000000,
                                  0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00001, 0x3f800000, 0x34000000};
  uint64_t sum = 1;
  for (unsigned i = 0; i < LONG; i++) {
    union {
      __m128 floats;
      __m128i integers;
      uint32_t bits[4];
      uint64_t halves[2];
    } a, b, results[5];
    for (unsigned lane = 0; lane < 4; lane++) {
      const uint64_t random = sum * (2 * lane + 3) * UINT64_C(0x9e3779b97f4a7c15);
      a.bits[lane] = 0x3f000000 + (uint32_t)(random >> 8 & 0x81ffffff);
      b.bits[lane] = 0x3f000000 + (uint32_t)(random >> 32 & 0x81ffffff);
      if (i % 64 < 2 && random >> 62 == 0)
        (i % 2 ? &a : &b)->bits[lane] = RARE[random >> 40 & 7 ? (random >> 44) % 12 : i / 64 % 12];
    }
    results[0].floats = _mm_add_ps(a.floats, b.floats);
    results[1].floats = _mm_sub_ps(a.floats, b.floats);
    results[2].floats = _mm_mul_ps(a.floats, b.floats);
    results[3].floats = _mm_div_ps(a.floats, b.floats);
    results[4].floats = _mm_cvtepi32_ps(b.integers);
    for (unsigned k = 0; k < 5; k++)
      sum = (sum ^ results[k].halves[0]) * UINT64_C(0xbf58476d1ce4e5b9) + results[k].halves[1] + (sum >> 31);
  }
  printf("packed singles: %016llx\n", (unsigned long long)sum);
}
