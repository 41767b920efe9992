// The stack, for instructions that are functions: in 64-bit and in 32-bit code, with values of any size (log2).
#ifndef CPU_X86_64_SYSTEM_STACK_H
#define CPU_X86_64_SYSTEM_STACK_H

#include "cpu/x86_64/operand.h"
#include "mmu.h"

static inline enum x86_result x86_stack_fault(struct x86_cpu *cpu) {
  if (cpu->fault_noncanonical)
    cpu->fault_vector = VECTOR_SS;
  return RESULT_FAULT;
}

static inline enum x86_result x86_push_value(struct x86_cpu *cpu, unsigned size, uint64_t value) {
  const uint64_t top = x86_wrap(cpu, cpu->r[RSP] - (1U << size));
  if (!x86_store(cpu, x86_stack_address(cpu, top), 1U << size, &value))
    return x86_stack_fault(cpu);
  cpu->r[RSP] = top;
  return RESULT_REFETCH;
}

// The value at the top, which is not removed yet.
static inline bool x86_peek(struct x86_cpu *cpu, unsigned size, uint64_t *value) {
  *value = 0;
  if (x86_load(cpu, x86_stack_address(cpu, cpu->r[RSP]), 1U << size, value))
    return true;
  x86_stack_fault(cpu);
  return false;
}

static inline void x86_drop(struct x86_cpu *cpu, uint64_t bytes) {
  cpu->r[RSP] = x86_wrap(cpu, cpu->r[RSP] + bytes);
}

#endif
