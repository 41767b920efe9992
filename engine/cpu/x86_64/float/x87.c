#include "x87.h"

struct real_context x87_context(const struct x86_cpu *cpu) {
  return (struct real_context){.rounding = (enum real_rounding)(cpu->x87.control >> CONTROL_RC_SHIFT & 3),
                               .masks = cpu->x87.control & STATUS_FLAGS,
                               .x87 = true};
}

// Precision control shortens the significand, not the exponent.
const struct real_format *x87_precision(const struct x86_cpu *cpu) {
  static const struct real_format SHORT = {24, 16383}, MIDDLE = {53, 16383};
  switch (cpu->x87.control >> CONTROL_PC_SHIFT & 3) {
  case 0: return &SHORT;
  case 2: return &MIDDLE;
  default: return &REAL_EXTENDED;
  }
}

void x87_summarize(struct x86_cpu *cpu) {
  cpu->x87.status &= (uint16_t)~(STATUS_ES | STATUS_B);
  if (cpu->x87.status & STATUS_FLAGS & ~cpu->x87.control)
    cpu->x87.status |= STATUS_ES | STATUS_B;
}

bool x87_finish(struct x86_cpu *cpu, const struct real_context *context) {
  uint32_t flags = context->flags;
  const bool stopped = (flags & REAL_BEFORE & ~context->masks) != 0;
  if (stopped)
    flags &= REAL_BEFORE;
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  cpu->x87.status |= (uint16_t)flags;
  if ((flags & REAL_PE) && context->rounded_up)
    cpu->x87.status |= STATUS_C1;
  x87_summarize(cpu);
  return !stopped;
}

static bool stack_fault(struct x86_cpu *cpu, bool overflow) {
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  cpu->x87.status |= (uint16_t)(REAL_IE | STATUS_SF | (overflow ? STATUS_C1 : 0));
  x87_summarize(cpu);
  return (cpu->x87.control & REAL_IE) != 0;
}

bool x87_underflow(struct x86_cpu *cpu) {
  return stack_fault(cpu, false);
}

bool x87_push(struct x86_cpu *cpu) {
  const bool overflow = !x87_is_empty(cpu, 7);
  if (overflow && !stack_fault(cpu, true))
    return false;
  cpu->x87.top = (cpu->x87.top - 1) & 7;
  cpu->x87.used |= (uint8_t)(1 << cpu->x87.top);
  if (overflow) {
    const struct real indefinite = real_indefinite();
    x87_write(cpu, 0, &indefinite);
    return false;
  }
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  return true;
}

void x87_init(struct x86_cpu *cpu) {
  cpu->x87.control = CONTROL_AT_INIT;
  cpu->x87.status = 0;
  cpu->x87.top = 0;
  cpu->x87.used = 0;
  cpu->x87.opcode = 0;
  cpu->x87.instruction = cpu->x87.operand = 0;
}

uint16_t x87_status(const struct x86_cpu *cpu) {
  return (uint16_t)(cpu->x87.status | cpu->x87.top << STATUS_TOP_SHIFT);
}

void x87_set_status(struct x86_cpu *cpu, uint16_t status) {
  cpu->x87.top = status >> STATUS_TOP_SHIFT & 7;
  cpu->x87.status = status & (uint16_t)~(7 << STATUS_TOP_SHIFT);
  x87_summarize(cpu);
}
