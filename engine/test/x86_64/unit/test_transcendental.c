// x87's transcendental functions on special operands, and on random ones, against the host's processor: results, which
// differ from processor to processor in their last place, and the exceptions, which do not.
#include "check.h"
#include "cpu/x86_64/float/x87.h"
#include "cpu/x86_64/op.h"

// A value in memory, and what comes of an instruction.
struct extended {
  uint64_t significand;
  uint16_t sign_exponent;
} __attribute__((packed));
struct outcome {
  struct extended result, second;
  uint16_t status;
};

#define NATIVE(name, code)                                                                                             \
  static void name(const struct extended *y, const struct extended *x, struct outcome *out) {                          \
    __asm__ volatile("fninit\n fldt %3\n fldt %4\n fnclex\n " code "\n fnstsw %0\n fnclex\n fstpt %1\n fstpt %2\n"     \
                     "fninit"                                                                                          \
                     : "=m"(out->status), "=m"(out->result), "=m"(out->second)                                         \
                     : "m"(*y), "m"(*x)                                                                                \
                     : "memory");                                                                                      \
  }
NATIVE(native_fyl2x, "fyl2x")
NATIVE(native_fyl2xp1, "fyl2xp1")
NATIVE(native_fpatan, "fpatan")
NATIVE(native_fsin, "fsin")
NATIVE(native_fcos, "fcos")
NATIVE(native_fptan, "fptan")
NATIVE(native_fsincos, "fsincos")
NATIVE(native_f2xm1, "f2xm1")

static const struct function {
  const char *name;
  void (*native)(const struct extended *y, const struct extended *x, struct outcome *out);
  x86_handler *handler;
  bool two; // operands
} FUNCTIONS[] = {{"fyl2x", native_fyl2x, x86_fyl2x, true},        {"fyl2xp1", native_fyl2xp1, x86_fyl2xp1, true},
                 {"fpatan", native_fpatan, x86_fpatan, true},     {"fsin", native_fsin, x86_fsin, false},
                 {"fcos", native_fcos, x86_fcos, false},          {"fptan", native_fptan, x86_fptan, false},
                 {"fsincos", native_fsincos, x86_fsincos, false}, {"f2xm1", native_f2xm1, x86_f2xm1, false}};

static struct x86_cpu cpu;

static void put(unsigned i, const struct extended *value) {
  *x87_register(&cpu, i) = (struct x86_real){value->significand, value->sign_exponent};
  cpu.x87.used |= (uint8_t)(1 << x87_physical(&cpu, i));
}

static struct extended get(unsigned i) {
  const struct x86_real *found = x87_register(&cpu, i);
  return (struct extended){found->significand, found->sign_exponent};
}

static struct outcome emulate(const struct function *function, const struct extended *y, const struct extended *x) {
  const struct x86_op op = {0};
  x87_init(&cpu);
  cpu.x87.top = 6;
  put(0, x);
  put(1, y);
  function->handler(&cpu, &op);
  return (struct outcome){get(0), get(1), (uint16_t)x87_status(&cpu)};
}

// Places in the order of the values, as integers that differ by one where two neighbours do.
static uint64_t distance(const struct extended *a, const struct extended *b) {
  if ((a->sign_exponent ^ b->sign_exponent) & 0x8000)
    return a->significand == 0 && b->significand == 0 ? 0 : UINT64_MAX;
  const __int128 x = (__int128)(a->sign_exponent & 0x7fff) << 63 | (a->significand & INT64_MAX);
  const __int128 y = (__int128)(b->sign_exponent & 0x7fff) << 63 | (b->significand & INT64_MAX);
  const __int128 d = x < y ? y - x : x - y;
  return d > UINT32_MAX ? UINT32_MAX : (uint64_t)d;
}

// Zeros, denormals, powers of two, what is next to 1, the largest, infinities, NaNs and no number at all.
static const struct extended SPECIAL[] = {{0, 0},
                                          {1, 0},
                                          {0x123456789, 0},
                                          {UINT64_C(0x4000000000000000), 0},
                                          {INT64_MAX, 0},
                                          {UINT64_C(0x8000000000000000), 1},
                                          {UINT64_C(0xc000000000000000), 1},
                                          {UINT64_MAX, 1},
                                          {UINT64_C(0x8000000000000000), 66},
                                          {UINT64_C(0x8000000000000000), 0x1000},
                                          {UINT64_C(0xc000000000000000), 0x2000},
                                          {UINT64_C(0x8000000000000000), 0x3fa0},
                                          {UINT64_C(0xa000000000000000), 0x3fc0},
                                          {UINT64_C(0x8000000000000000), 0x3ffc},
                                          {UINT64_C(0x8000000000000000), 0x3ffd},
                                          {UINT64_C(0x8000000000000000), 0x3ffe},
                                          {UINT64_MAX, 0x3ffe},
                                          {UINT64_C(0x8000000000000000), 0x3fff},
                                          {UINT64_C(0x8000000000000001), 0x3fff},
                                          {UINT64_C(0xb504f333f9de6484), 0x3fff},
                                          {UINT64_C(0x8000000000000000), 0x4000},
                                          {UINT64_C(0xc000000000000000), 0x4000},
                                          {UINT64_C(0x8000000000000000), 0x4001},
                                          {UINT64_C(0xdeadbeef00000000), 0x403d},
                                          {UINT64_C(0x8000000000000000), 0x403e},
                                          {UINT64_C(0x8000000000000000), 0x5000},
                                          {UINT64_C(0x8000000000000000), 0x7ffe},
                                          {UINT64_MAX, 0x7ffe},
                                          {UINT64_C(0x8000000000000000), 0x7fff},
                                          {UINT64_C(0xc000000000000000), 0x7fff},
                                          {UINT64_C(0xa000000000000000), 0x7fff},
                                          {UINT64_C(0x4000000000000000), 0x3fff}};
enum { SPECIALS = sizeof SPECIAL / sizeof SPECIAL[0], RANDOM_CASES = 20000 };
// The host's results are good to one unit in the last place, and so are ours.
enum { ULPS = 1, C1 = STATUS_C1 };

// Beyond 1 - sqrt(1/2) the result is undefined (SDM 2A, "FYL2XP1").
static bool is_defined(const struct function *function, const struct extended *x) {
  return function->handler != x86_fyl2xp1 || (x->sign_exponent & 0x7fff) < 0x3ffd ||
         (x->sign_exponent & 0x7fff) == 0x7fff;
}

static void compare(const struct function *function, struct extended y, struct extended x) {
  struct outcome native;
  if (!is_defined(function, &x))
    return;
  const struct outcome emulated = emulate(function, &y, &x);
  function->native(&y, &x, &native);
  const uint64_t apart = distance(&native.result, &emulated.result);
  // C1 says whether the result was rounded up: of two results that differ it may say two things.
  const bool same = apart <= ULPS && ((native.status ^ emulated.status) & ~C1) == 0;
  check(same, function->name, __FILE__, __LINE__);
  if (!same)
    fprintf(stderr, "  of %04x:%016llx, %04x:%016llx: status %04x, native %04x; %04x:%016llx, native %04x:%016llx\n",
            y.sign_exponent, (unsigned long long)y.significand, x.sign_exponent, (unsigned long long)x.significand,
            emulated.status, native.status, emulated.result.sign_exponent,
            (unsigned long long)emulated.result.significand, native.result.sign_exponent,
            (unsigned long long)native.result.significand);
}

static void should_do_as_the_host_on_special_operands(const struct function *function) {
  for (unsigned i = 0; i < 4 * SPECIALS * SPECIALS; i++) {
    struct extended x = SPECIAL[i / 4 % SPECIALS], y = SPECIAL[i / 4 / SPECIALS];
    x.sign_exponent |= i & 1 ? 0x8000 : 0;
    y.sign_exponent |= i & 2 ? 0x8000 : 0;
    if (function->two || i / 2 < 2 * SPECIALS)
      compare(function, y, x);
  }
}

static uint64_t random_state = 1;

static uint64_t random_bits(void) {
  random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return random_state ^ random_state >> 29;
}

static struct extended random_operand(unsigned exponents) {
  const uint64_t bits = random_bits();
  return (struct extended){bits | UINT64_C(1) << 63,
                           (uint16_t)((0x3fff - exponents / 2 + random_bits() % exponents) | (bits & 1) << 15)};
}

// Small and large ones: the ratio of two of them may be beyond any exponent.
static void should_be_near_the_host_on_random_operands(const struct function *function) {
  for (unsigned i = 0; i < RANDOM_CASES; i++) {
    const unsigned exponents = i % 4 == 0 ? 0x7ff0 : i % 4 == 1 ? 100 : 4;
    compare(function, random_operand(exponents), random_operand(exponents));
  }
}

// The cosine of a small number is rounded up to 1, its sine to the number itself.
static void should_say_how_the_cosine_was_rounded(void) {
  const struct extended tiny = {UINT64_C(0x8000000000000000), 0x3f80}, denormal = {1, 0};
  const struct function *cosine = &FUNCTIONS[4];
  CHECK(emulate(cosine, &tiny, &tiny).status == (6 << STATUS_TOP_SHIFT | C1 | REAL_PE));
  CHECK(emulate(cosine, &denormal, &denormal).status == (6 << STATUS_TOP_SHIFT | C1 | REAL_PE | REAL_DE));
}

int main(void) {
  for (unsigned i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
    should_do_as_the_host_on_special_operands(&FUNCTIONS[i]);
    should_be_near_the_host_on_random_operands(&FUNCTIONS[i]);
  }
  should_say_how_the_cosine_was_rounded();
  return check_result("x87 transcendental functions");
}
