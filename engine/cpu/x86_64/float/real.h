// IEEE 754 arithmetic as x86 does it, on three formats: rounding modes, exception flags, NaN operands, denormals (SDM
// 1, chapters 4.8, 4.9 and 11.5). WebAssembly's arithmetic has neither modes nor flags.
#ifndef CPU_X86_64_FLOAT_REAL_H
#define CPU_X86_64_FLOAT_REAL_H

#include <stdbool.h>
#include <stdint.h>

// Bits of MXCSR and of the x87 status word.
enum {
  REAL_IE = 1, // invalid
  REAL_DE = 2, // denormal operand
  REAL_ZE = 4, // division by zero
  REAL_OE = 8,
  REAL_UE = 16,
  REAL_PE = 32,                             // inexact
  REAL_BEFORE = REAL_IE | REAL_DE | REAL_ZE // found before the operation
};

// As encoded in MXCSR.RC and the x87 control word.
enum real_rounding { REAL_NEAREST, REAL_DOWN, REAL_UP, REAL_TRUNCATE };

struct real_format {
  uint8_t precision; // bits of significand, with the leading one
  int32_t maximum;   // greatest exponent; the least is 1 - maximum
};
extern const struct real_format REAL_SINGLE, REAL_DOUBLE, REAL_EXTENDED;

enum real_kind { REAL_ZERO, REAL_FINITE, REAL_INFINITE, REAL_QUIET, REAL_SIGNALING, REAL_UNSUPPORTED };

// A finite value is (-1)^sign * significand * 2^(exponent - 63), with bit 63 of the significand set. A NaN's payload is
// left-aligned as in the extended format: bit 62 says quiet.
struct real {
  enum real_kind kind;
  bool sign, denormal;
  int32_t exponent;
  uint64_t significand;
};

struct real_context {
  enum real_rounding rounding;
  uint32_t masks;  // exceptions that are masked
  bool x87;        // which NaN of two is the result, what an unmasked overflow or underflow gives
  bool flush;      // results that would be denormal become zero (MXCSR.FZ)
  bool zeros;      // denormal operands are zero (MXCSR.DAZ)
  uint32_t flags;  // out
  bool rounded_up; // out: the magnitude, for x87's C1
};

struct real real_from_single(uint32_t bits, const struct real_context *context);
struct real real_from_double(uint64_t bits, const struct real_context *context);
struct real real_from_extended(uint64_t significand, uint16_t sign_exponent);
struct real real_from_integer(int64_t value);
// The value must have been rounded to the format; NaNs lose the low end of their payload.
uint32_t real_to_single(const struct real *value);
uint64_t real_to_double(const struct real *value);
void real_to_extended(const struct real *value, uint64_t *significand, uint16_t *sign_exponent);

bool real_is_nan(const struct real *value);
struct real real_indefinite(void);
struct real real_negate(struct real value);

// Rounds (-1)^sign * (significand + rest / 2^64) * 2^(exponent - 63); bit 63 of the significand is set.
struct real real_round(const struct real_format *format, bool sign, int32_t exponent, uint64_t significand,
                       uint64_t rest, struct real_context *context);
// A value of another format, with the flags of a conversion.
struct real real_convert(const struct real_format *format, struct real a, struct real_context *context);

struct real real_add(const struct real_format *format, struct real a, struct real b, struct real_context *context);
struct real real_multiply(const struct real_format *format, struct real a, struct real b, struct real_context *context);
struct real real_divide(const struct real_format *format, struct real a, struct real b, struct real_context *context);
struct real real_square_root(const struct real_format *format, struct real a, struct real_context *context);

#endif
