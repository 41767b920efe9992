// The x87 register stack, and how an instruction ends (SDM 1, chapter 8).
#ifndef CPU_X86_64_FLOAT_X87_H
#define CPU_X86_64_FLOAT_X87_H

#include "cpu/x86_64/op.h"
#include "cpu/x86_64/system/fault.h"
#include "real.h"

// Status word beside the exception flags.
enum {
  STATUS_SF = 0x40,
  STATUS_ES = 0x80,
  STATUS_C0 = 0x100,
  STATUS_C1 = 0x200,
  STATUS_C2 = 0x400,
  STATUS_TOP_SHIFT = 11,
  STATUS_C3 = 0x4000,
  STATUS_B = 0x8000,
  STATUS_FLAGS = 0x3f,
  STATUS_CONDITIONS = STATUS_C0 | STATUS_C2 | STATUS_C3
};
enum { CONTROL_PC_SHIFT = 8, CONTROL_RC_SHIFT = 10, CONTROL_AT_INIT = 0x37f, CONTROL_RESERVED = 0x40 };

// Of a register.
#define X87_TOP_BIT (UINT64_C(1) << 63)
enum { X87_EXPONENTS = 0x7fff, X87_BIAS = 16383 };

static inline unsigned x87_physical(const struct x86_cpu *cpu, unsigned i) {
  return (cpu->x87.top + i) & 7;
}

static inline bool x87_is_empty(const struct x86_cpu *cpu, unsigned i) {
  return !(cpu->x87.used >> x87_physical(cpu, i) & 1);
}

static inline struct x86_real *x87_register(struct x86_cpu *cpu, unsigned i) {
  return &cpu->x87.registers[x87_physical(cpu, i)];
}

static inline struct real x87_read(struct x86_cpu *cpu, unsigned i) {
  const struct x86_real *stored = x87_register(cpu, i);
  return real_from_extended(stored->significand, stored->sign_exponent);
}

static inline void x87_write(struct x86_cpu *cpu, unsigned i, const struct real *value) {
  struct x86_real *stored = x87_register(cpu, i);
  real_to_extended(value, &stored->significand, &stored->sign_exponent);
  cpu->x87.used |= (uint8_t)(1 << x87_physical(cpu, i));
}

static inline void x87_pop(struct x86_cpu *cpu) {
  cpu->x87.used &= (uint8_t)~(1 << cpu->x87.top);
  cpu->x87.top = (cpu->x87.top + 1) & 7;
}

static inline bool x87_pending(const struct x86_cpu *cpu) {
  return (cpu->x87.status & STATUS_ES) != 0;
}

// At the start of every instruction that waits.
#define X87_WAIT(cpu)                                                                                                  \
  if (x87_pending(cpu))                                                                                                \
  return x86_fault(cpu, VECTOR_MF, 0)

// What the usual case of an instruction need not make room on the stack for.
#define X87_RARE static __attribute__((noinline))

struct real_context x87_context(const struct x86_cpu *cpu);
const struct real_format *x87_precision(const struct x86_cpu *cpu);
// Notes flags and C1. False: an exception that is not masked keeps the result from being written.
bool x87_finish(struct x86_cpu *cpu, const struct real_context *context);
// Stack faults: invalid operations with SF. False: not masked.
bool x87_underflow(struct x86_cpu *cpu);
// Makes room for a value at the top; on overflow the masked answer is there already, and false returned.
bool x87_push(struct x86_cpu *cpu);
void x87_summarize(struct x86_cpu *cpu);
void x87_init(struct x86_cpu *cpu);
uint16_t x87_status(const struct x86_cpu *cpu);
void x87_set_status(struct x86_cpu *cpu, uint16_t status);

#endif
