#include "fast_float.h"

#include <string.h>

static double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float single_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

bool fast_double(enum fast_operation operation, uint64_t a_bits, uint64_t b_bits, uint64_t *result) {
  const double a = double_of(a_bits), b = double_of(b_bits);
  double value = 0;
  switch (operation) {
  case FAST_ADD: value = a + b; break;
  case FAST_SUBTRACT: value = a - b; break;
  case FAST_MULTIPLY: value = a * b; break;
  case FAST_DIVIDE: value = a / b; break;
  case FAST_SQUARE_ROOT: value = __builtin_sqrt(a); break;
  }
  memcpy(result, &value, sizeof value);
  const uint64_t exponent = *result >> 52 & 0x7ff;
  return exponent - 2 < 0x7ff - 2;
}

bool fast_single(enum fast_operation operation, uint32_t a_bits, uint32_t b_bits, uint64_t *result) {
  const float a = single_of(a_bits), b = single_of(b_bits);
  float value = 0;
  switch (operation) {
  case FAST_ADD: value = a + b; break;
  case FAST_SUBTRACT: value = a - b; break;
  case FAST_MULTIPLY: value = a * b; break;
  case FAST_DIVIDE: value = a / b; break;
  case FAST_SQUARE_ROOT: value = __builtin_sqrtf(a); break;
  }
  uint32_t bits;
  memcpy(&bits, &value, sizeof value);
  *result = bits;
  const uint32_t exponent = bits >> 23 & 0xff;
  return exponent - 2 < 0xff - 2;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Sums and products with what rounding took from them: high + low is exact (Knuth; Dekker and Veltkamp).
struct pair {
  double high, low;
};

static inline struct pair exact_sum(double a, double b) {
  const double sum = a + b, of_b = sum - a;
  return (struct pair){sum, (a - (sum - of_b)) + (b - of_b)};
}

static inline struct pair exact_product(double a, double b) {
  static const double SPLITTER = 0x1p27 + 1;
  const double a_scaled = a * SPLITTER, b_scaled = b * SPLITTER, product = a * b;
  const double a_high = a_scaled - (a_scaled - a), b_high = b_scaled - (b_scaled - b);
  const double a_low = a - a_high, b_low = b - b_high;
  return (struct pair){product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

// The sum, rounded to odd: of the two neighbours of what is not exact, the one with an odd significand. Rounding that
// again to fewer bits gives what rounding once would have.
static inline double sum_to_odd(double a, double b) {
  const struct pair sum = exact_sum(a, b);
  uint64_t bits = bits_of(sum.high);
  if (sum.low != 0 && !(bits & 1))
    bits += (sum.low > 0) == (sum.high > 0) ? 1 : UINT64_MAX;
  return double_of(bits);
}

// Biased exponents within which nothing on the way overflows, or loses bits below the least denormal.
static bool is_in_range(uint64_t bits, unsigned least, unsigned greatest) {
  const unsigned exponent = bits >> 52 & 0x7ff;
  return exponent >= least && exponent <= greatest;
}

// Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd".
bool fast_fused_double(uint64_t a, uint64_t b, uint64_t c, uint64_t *result) {
  enum { BIAS = 1023, FACTOR_MAX = 300, TERM_MAX = 800 };
  if (!is_in_range(a, BIAS - FACTOR_MAX, BIAS + FACTOR_MAX) || !is_in_range(b, BIAS - FACTOR_MAX, BIAS + FACTOR_MAX) ||
      !(is_in_range(c, BIAS - TERM_MAX, BIAS + TERM_MAX) || c << 1 == 0))
    return false;
  const struct pair product = exact_product(double_of(a), double_of(b));
  const struct pair low = exact_sum(double_of(c), product.low), high = exact_sum(product.high, low.high);
  *result = bits_of(high.high + sum_to_odd(low.low, high.low));
  return true;
}

// A double holds a product of singles, and more than twice a single's bits of a sum with one.
bool fast_fused_single(uint32_t a, uint32_t b, uint32_t c, uint64_t *result) {
  const float value = (float)sum_to_odd((double)single_of(a) * single_of(b), single_of(c));
  uint32_t bits;
  memcpy(&bits, &value, sizeof value);
  *result = bits;
  const uint32_t exponent = bits >> 23 & 0xff;
  return exponent - 2 < 0xff - 2;
}

bool fast_to_integer(uint64_t a_bits, int64_t limit, int64_t *result, bool *exact) {
  const double a = double_of(a_bits);
  if (!(a > -(double)limit && a < (double)limit))
    return false;
  *result = (int64_t)a;
  *exact = (double)*result == a;
  return true;
}
