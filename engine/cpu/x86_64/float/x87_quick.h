// Sums and products of ordinary numbers, with all of the control word as it is at first: to the nearest, 64 bits, all
// exceptions masked. The same results and flags as those of real.c.
#ifndef CPU_X86_64_FLOAT_X87_QUICK_H
#define CPU_X86_64_FLOAT_X87_QUICK_H

#include "cpu/x86_64/cpu.h"

// ST(to) becomes the result. False: not in this way, and nothing was done.
bool x87_add_quickly(struct x86_cpu *cpu, unsigned to, unsigned from, bool negate_to, bool negate_from);
bool x87_multiply_quickly(struct x86_cpu *cpu, unsigned to, unsigned from);

#endif
