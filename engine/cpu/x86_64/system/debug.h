// Debug registers and breakpoints.
#ifndef CPU_X86_64_SYSTEM_DEBUG_H
#define CPU_X86_64_SYSTEM_DEBUG_H

#include "cpu/x86_64/cpu.h"

void x86_write_debug(struct x86_cpu *cpu, unsigned number, uint64_t value);
// Breakpoints on execution of this instruction, and on an access that the present instruction makes: bits of DR6.
uint64_t x86_breakpoints_at(const struct x86_cpu *cpu, uint64_t rip);
void x86_watch(struct x86_cpu *cpu, uint64_t address, unsigned size, bool write);

#endif
