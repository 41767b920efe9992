// Conversions, comparisons and classification.
#ifndef CPU_RISCV64_SOFTFLOAT_CONVERT_H
#define CPU_RISCV64_SOFTFLOAT_CONVERT_H

#include "softfloat.h"

uint64_t fp_convert(const struct fp_format *from, const struct fp_format *to, uint64_t a, struct fp_context *context);
uint64_t fp_from_integer(const struct fp_format *format, uint64_t magnitude, bool negative, struct fp_context *context);
// To an integer of 32 or 64 bits, saturating (unprivileged specification, table 20.4); 32-bit results are
// sign-extended.
uint64_t fp_to_integer(const struct fp_format *format, uint64_t a, unsigned width, bool is_signed,
                       struct fp_context *context);

uint64_t fp_negate(const struct fp_format *format, uint64_t a);
uint64_t fp_minimum(const struct fp_format *format, uint64_t a, uint64_t b, bool maximum, struct fp_context *context);
bool fp_equal(const struct fp_format *format, uint64_t a, uint64_t b, struct fp_context *context);
// a < b, or a <= b.
bool fp_less(const struct fp_format *format, uint64_t a, uint64_t b, bool or_equal, struct fp_context *context);
// The ten classes of table 20.5 as a one-hot mask.
uint64_t fp_classify(const struct fp_format *format, uint64_t a);

#endif
