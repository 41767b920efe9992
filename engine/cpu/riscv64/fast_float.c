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

// Is the result a normal number above the least, or a 0 that raises no flag? A sum or root that is 0 is exact. A
// product is if a factor is 0, and a quotient if the dividend is.
static bool is_plain(unsigned exponent, unsigned exponents, enum fast_operation operation, bool a_zero, bool b_zero,
                     bool zero) {
  if (exponent - 2 < exponents - 2)
    return true;
  return zero && (operation == FAST_MULTIPLY ? a_zero || b_zero : operation == FAST_DIVIDE ? a_zero : true);
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
  return is_plain(*result >> 52 & 0x7ff, 0x7ff, operation, a == 0, b == 0, value == 0);
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
  return is_plain(bits >> 23 & 0xff, 0xff, operation, a == 0, b == 0, value == 0);
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// What rounding took from a sum and from a product (Knuth; Dekker).
static inline double sum_error(double a, double b, double sum) {
  const double of_b = sum - a;
  return (a - (sum - of_b)) + (b - of_b);
}

// The upper half of the significand, rounded.
static inline double upper_half(double value) {
  enum { LOW_BITS = 27 };
  return double_of((bits_of(value) + (1 << (LOW_BITS - 1))) & ~((UINT64_C(1) << LOW_BITS) - 1));
}

static inline double product_error(double a, double b, double product) {
  const double a_high = upper_half(a), b_high = upper_half(b), a_low = a - a_high, b_low = b - b_high;
  return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
}

// The sum of the product and the term, and what rounding took from both, has the same neighbours as that of these two:
// `error` is off by less than a 2^52nd part, if the factors are normal. If it rounds to the same number when it is a
// little more and a little less, that is the result. The least product is such that nothing on the way is below the
// least denormal number.
bool fast_fused_double(uint64_t a_bits, uint64_t b_bits, uint64_t c_bits, uint64_t *result) {
  static const double LEAST = 0x1p-1022, LEAST_PRODUCT = 0x1p-900, BELOW = 1 - 0x1p-50, ABOVE = 1 + 0x1p-50;
  const double a = double_of(a_bits), b = double_of(b_bits), c = double_of(c_bits), product = a * b;
  if ((__builtin_fabs(product) < LEAST_PRODUCT || __builtin_fabs(a) < LEAST || __builtin_fabs(b) < LEAST) && a != 0 &&
      b != 0)
    return false;
  double value = product + c;
  const double of_product = product_error(a, b, product);
  if (of_product != 0) {
    const double of_sum = sum_error(product, c, value), error = of_sum + of_product;
    if (of_sum != 0 && value + error * BELOW != value + error * ABOVE)
      return false;
    value += error;
  }
  *result = bits_of(value);
  return is_plain(*result >> 52 & 0x7ff, 0x7ff, FAST_ADD, false, false, value == 0);
}

// A double holds a product of singles. Their sum with a third, as a double, rounds to the same single unless it seems
// to be in the middle between two.
bool fast_fused_single(uint32_t a, uint32_t b, uint32_t c, uint64_t *result) {
  enum { LOW_BITS = 29 };
  const double sum = (double)single_of(a) * single_of(b) + single_of(c);
  const float value = (float)sum;
  uint32_t bits;
  memcpy(&bits, &value, sizeof value);
  *result = bits;
  return (bits_of(sum) & ((1 << LOW_BITS) - 1)) != 1 << (LOW_BITS - 1) &&
         is_plain(bits >> 23 & 0xff, 0xff, FAST_ADD, false, false, sum == 0);
}

bool fast_to_integer(uint64_t a_bits, int64_t limit, int64_t *result, bool *exact) {
  const double a = double_of(a_bits);
  if (!(a > -(double)limit && a < (double)limit))
    return false;
  *result = (int64_t)a;
  *exact = (double)*result == a;
  return true;
}
