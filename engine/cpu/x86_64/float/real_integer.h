// Conversions to integers, and comparisons.
#ifndef CPU_X86_64_FLOAT_REAL_INTEGER_H
#define CPU_X86_64_FLOAT_REAL_INTEGER_H

#include "real.h"

// To an integral value of the same format, and to an integer of `bits`; what does not fit is invalid and gives the
// least.
struct real real_round_to_integral(struct real a, struct real_context *context);
int64_t real_to_integer(struct real a, unsigned bits, struct real_context *context);

enum real_order { REAL_LESS, REAL_EQUAL, REAL_GREATER, REAL_UNORDERED };
// Notes IE for a signaling NaN, and for a quiet one if told so; DE.
enum real_order real_compare(struct real a, struct real b, bool quiet_is_invalid, struct real_context *context);

#endif
