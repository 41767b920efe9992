// Delivery of exceptions and interrupts, and the way back.
#ifndef CPU_X86_64_SYSTEM_EXCEPTION_H
#define CPU_X86_64_SYSTEM_EXCEPTION_H

#include "cpu/x86_64/cpu.h"

// Delivers what x86_raise noted, at cpu->rip.
void x86_deliver_fault(struct x86_cpu *cpu);
// cpu->rip is past the instruction. False: the fault is noted.
bool x86_software_interrupt(struct x86_cpu *cpu, unsigned vector);
void x86_deliver_interrupt(struct x86_cpu *cpu);
// Debug exceptions behind an instruction and before one, with their cause for DR6.
void x86_deliver_debug_trap(struct x86_cpu *cpu, uint64_t cause);
void x86_deliver_debug_fault(struct x86_cpu *cpu, uint64_t cause);
// `size` is that of a word of the frame, log2. False: the fault is noted.
bool x86_iret(struct x86_cpu *cpu, unsigned size);

#endif
