// The FXSAVE image, also for tests and signal frames.
#ifndef CPU_X86_64_FLOAT_X87_IMAGE_H
#define CPU_X86_64_FLOAT_X87_IMAGE_H

#include "cpu/x86_64/cpu.h"

enum { FXSAVE_WRITTEN = 416 }; // of 512 bytes; the rest is left alone

// `wide`: with REX.W, pointers of 64 bits.
void x86_fxsave_image(struct x86_cpu *cpu, bool wide, uint8_t *image);
// False if MXCSR has reserved bits set; nothing is changed then.
bool x86_fxrstor_image(struct x86_cpu *cpu, bool wide, const uint8_t *image);

#endif
