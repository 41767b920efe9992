// The processor at its start.
#ifndef CPU_X86_64_EXECUTE_RESET_H
#define CPU_X86_64_EXECUTE_RESET_H

#include "cpu/x86_64/cpu.h"

// RAM, bus and the board's side must be set. Leaves the processor in long mode, paging on (CR3 = 0), at privilege
// level 0. False if the host has not enough memory.
bool x86_init(struct x86_cpu *cpu);

#endif
