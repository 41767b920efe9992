// Operands and results of x87's functions.
#ifndef CPU_X86_64_FLOAT_X87_OPERANDS_H
#define CPU_X86_64_FLOAT_X87_OPERANDS_H

#include "x87.h"

// Writes the result to ST(i) unless an exception forbids.
bool x87_finish_at(struct x86_cpu *cpu, struct real_context *context, unsigned i, const struct real *value);
// Is ST(0), or one of the two, empty? Then the masked answer is written, if there is one (*answered).
bool x87_missing(struct x86_cpu *cpu, bool two, bool *answered);
// The same for an instruction that pushes a second result: there may also be no room. Both answers are written.
bool x87_missing_or_full(struct x86_cpu *cpu);
void x87_push_result(struct x86_cpu *cpu, const struct real *value);
// The NaN of one operand or two, with its flags.
struct real x87_nan_of(struct real a, struct real b, struct real_context *context);
struct real x87_invalid(struct real_context *context);

#endif
