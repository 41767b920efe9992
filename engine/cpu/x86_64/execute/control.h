// Control registers. False if the value is refused: the caller raises #GP.
#ifndef CPU_X86_64_EXECUTE_CONTROL_H
#define CPU_X86_64_EXECUTE_CONTROL_H

#include "cpu/x86_64/cpu.h"

bool x86_write_cr0(struct x86_cpu *cpu, uint64_t value);
bool x86_write_cr3(struct x86_cpu *cpu, uint64_t value);
bool x86_write_cr4(struct x86_cpu *cpu, uint64_t value);

#endif
