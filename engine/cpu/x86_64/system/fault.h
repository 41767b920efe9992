// Notes an exception that is about to be delivered.
#ifndef CPU_X86_64_SYSTEM_FAULT_H
#define CPU_X86_64_SYSTEM_FAULT_H

#include "cpu/x86_64/op.h"

// Returns false, for use in a return statement.
bool x86_raise(struct x86_cpu *cpu, enum x86_vector vector, uint32_t error);

// The same for handlers.
static inline enum x86_result x86_fault(struct x86_cpu *cpu, enum x86_vector vector, uint32_t error) {
  x86_raise(cpu, vector, error);
  return RESULT_FAULT;
}

#endif
