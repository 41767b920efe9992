// IEEE 754 arithmetic on bit patterns, with RISC-V's choices: canonical NaN results, tininess after rounding.
// Used where the host's arithmetic cannot be, because WebAssembly has neither rounding modes nor exception flags.
#ifndef CPU_RISCV64_SOFTFLOAT_H
#define CPU_RISCV64_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

// Values of the rm field (unprivileged specification, table 20.1).
enum fp_rounding { FP_RNE, FP_RTZ, FP_RDN, FP_RUP, FP_RMM };

// Accrued exceptions, as in fflags.
enum fp_flag { FP_NX = 1, FP_UF = 2, FP_OF = 4, FP_DZ = 8, FP_NV = 16 };

struct fp_format {
  uint8_t fraction_bits, exponent_bits;
};
extern const struct fp_format FP_SINGLE, FP_DOUBLE;

// Rounding mode in, exceptions out (added to `flags`).
struct fp_context {
  enum fp_rounding rounding;
  uint32_t flags;
};

uint64_t fp_add(const struct fp_format *format, uint64_t a, uint64_t b, struct fp_context *context);
uint64_t fp_multiply(const struct fp_format *format, uint64_t a, uint64_t b, struct fp_context *context);
uint64_t fp_divide(const struct fp_format *format, uint64_t a, uint64_t b, struct fp_context *context);
uint64_t fp_square_root(const struct fp_format *format, uint64_t a, struct fp_context *context);
// a * b + c, rounded once.
uint64_t fp_multiply_add(const struct fp_format *format, uint64_t a, uint64_t b, uint64_t c,
                         struct fp_context *context);

#endif
