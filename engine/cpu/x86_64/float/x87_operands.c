#include "x87_operands.h"

// Writes the result to ST(i) unless an exception forbids.
bool x87_finish_at(struct x86_cpu *cpu, struct real_context *context, unsigned i, const struct real *value) {
  if (!x87_finish(cpu, context))
    return false;
  x87_write(cpu, i, value);
  return true;
}

// Is ST(i) missing? Then the masked answer is written, if there is one: the caller has nothing left to do but pop.
bool x87_missing(struct x86_cpu *cpu, bool two, bool *answered) {
  const struct real indefinite = real_indefinite();
  *answered = false;
  if (!x87_is_empty(cpu, 0) && !(two && x87_is_empty(cpu, 1)))
    return false;
  *answered = x87_underflow(cpu);
  if (*answered)
    x87_write(cpu, 0, &indefinite);
  return true;
}

// The NaN of one operand or two, with its flags.
struct real x87_nan_of(struct real a, struct real b, struct real_context *context) {
  return real_add(&REAL_EXTENDED, a, b, context);
}

struct real x87_invalid(struct real_context *context) {
  context->flags |= REAL_IE;
  return real_indefinite();
}

// Pushes a second result, if the first was written.
void x87_push_result(struct x86_cpu *cpu, const struct real *value) {
  cpu->x87.top = (cpu->x87.top - 1) & 7;
  x87_write(cpu, 0, value);
}

// Both results of an instruction that pushes; a full stack is an overflow.
static bool no_room(struct x86_cpu *cpu) {
  const struct real indefinite = real_indefinite();
  if (x87_is_empty(cpu, 7))
    return false;
  const uint8_t top = cpu->x87.top;
  if (x87_push(cpu) || cpu->x87.top != top) {
    x87_write(cpu, 0, &indefinite);
    x87_write(cpu, 1, &indefinite);
  }
  return true;
}

bool x87_missing_or_full(struct x86_cpu *cpu) {
  const struct real indefinite = real_indefinite();
  bool answered;
  if (x87_missing(cpu, false, &answered)) {
    if (answered)
      x87_push_result(cpu, &indefinite);
    return true;
  }
  return no_room(cpu);
}
