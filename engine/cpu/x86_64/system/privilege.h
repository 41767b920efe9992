// What the current code segment decides: privilege level, kind of code, view of memory.
#ifndef CPU_X86_64_SYSTEM_PRIVILEGE_H
#define CPU_X86_64_SYSTEM_PRIVILEGE_H

#include "cpu/x86_64/cpu.h"

// The level of the code segment just loaded. Also to be called when the base of a segment has changed.
void x86_set_privilege(struct x86_cpu *cpu, uint32_t level);

#endif
