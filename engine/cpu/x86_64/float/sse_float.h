// What the floating-point handlers of SSE share: MXCSR as a context, elements, the end of an instruction.
#ifndef CPU_X86_64_FLOAT_SSE_FLOAT_H
#define CPU_X86_64_FLOAT_SSE_FLOAT_H

#include "cpu/x86_64/op.h"
#include "cpu/x86_64/vector.h"
#include "real.h"

enum { MXCSR_FLAGS = 0x3f, MXCSR_DAZ = 0x40, MXCSR_MASKS_SHIFT = 7, MXCSR_RC_SHIFT = 13, MXCSR_FZ = 0x8000 };

static inline struct real_context x86_sse_context(const struct x86_cpu *cpu) {
  return (struct real_context){.rounding = (enum real_rounding)(cpu->mxcsr >> MXCSR_RC_SHIFT & 3),
                               .masks = cpu->mxcsr >> MXCSR_MASKS_SHIFT & MXCSR_FLAGS,
                               .flush = (cpu->mxcsr & MXCSR_FZ) != 0,
                               .zeros = (cpu->mxcsr & MXCSR_DAZ) != 0};
}

// Everything masked, round to nearest, no flushing, and PE noted already: the host's arithmetic will do, as long as
// neither operands nor result are special.
static inline bool x86_sse_is_plain(const struct x86_cpu *cpu) {
  return (cpu->mxcsr & 0xffe0) == 0x1fa0;
}

// Notes the flags. False if an exception is to be raised (it is noted): then nothing else may change.
bool x86_sse_note(struct x86_cpu *cpu, uint32_t flags, uint32_t masks);
static inline bool x86_sse_finish(struct x86_cpu *cpu, const struct real_context *context) {
  return !context->flags || x86_sse_note(cpu, context->flags, context->masks);
}

static inline struct real x86_sse_unpack(uint64_t bits, bool is_double, const struct real_context *context) {
  return is_double ? real_from_double(bits, context) : real_from_single((uint32_t)bits, context);
}

static inline uint64_t x86_sse_pack(const struct real *value, bool is_double) {
  return is_double ? real_to_double(value) : real_to_single(value);
}

// An element as the host has it.
static inline double x86_as_double(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float x86_as_single(uint64_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline double x86_host_value(uint64_t bits, bool is_double) {
  return is_double ? x86_as_double(bits) : (double)x86_as_single(bits);
}

static inline const struct real_format *x86_sse_format(bool is_double) {
  return is_double ? &REAL_DOUBLE : &REAL_SINGLE;
}

static inline uint64_t x86_element(const struct x86_xmm *vector, bool is_double, unsigned i) {
  return is_double ? vector->q[i] : vector->d[i];
}

static inline void x86_set_element(struct x86_xmm *vector, bool is_double, unsigned i, uint64_t value) {
  if (is_double)
    vector->q[i] = value;
  else
    vector->d[i] = (uint32_t)value;
}

#endif
