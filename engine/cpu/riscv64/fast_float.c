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

bool fast_to_integer(uint64_t a_bits, int64_t limit, int64_t *result, bool *exact) {
  const double a = double_of(a_bits);
  if (!(a > -(double)limit && a < (double)limit))
    return false;
  *result = (int64_t)a;
  *exact = (double)*result == a;
  return true;
}
