// Segment registers.
#ifndef CPU_X86_64_EXECUTE_SEGMENT_H
#define CPU_X86_64_EXECUTE_SEGMENT_H

#include "cpu/x86_64/cpu.h"

// Loads a segment register as MOV does. May change the kind of code. False: the fault is noted.
bool x86_load_segment(struct x86_cpu *cpu, enum x86_segment segment, uint16_t selector);

#endif
