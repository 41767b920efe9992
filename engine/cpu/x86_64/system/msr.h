// Model-specific registers. False if the register or its value is refused: the caller raises #GP.
#ifndef CPU_X86_64_SYSTEM_MSR_H
#define CPU_X86_64_SYSTEM_MSR_H

#include "cpu/x86_64/cpu.h"

bool x86_read_msr(struct x86_cpu *cpu, uint32_t number, uint64_t *value);
bool x86_write_msr(struct x86_cpu *cpu, uint32_t number, uint64_t value);

#endif
