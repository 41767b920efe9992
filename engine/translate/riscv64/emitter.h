// Locals of a unit beside those that all processors have. See README.md beside this file.
#ifndef TRANSLATE_RISCV64_EMITTER_H
#define TRANSLATE_RISCV64_EMITTER_H

#include "cpu/riscv64/cpu.h"
#include "cpu/riscv64/insn.h"
#include "translate/emitter.h"
#include "translate/together.h"

// Registers by number, as masks and processor_register have them: x, then f.
enum { REGISTER_F = X_COUNT, REGISTERS = X_COUNT + F_COUNT };
enum {
  LOCAL_R = LOCALS_SHARED,        // i64: x
  LOCAL_F = LOCAL_R + REGISTER_F, // f64: f, whatever a register holds
  LOCAL_A = LOCAL_R + REGISTERS,  // f64, scratch for one op
  LOCAL_B,
  LOCAL_C,
  LOCAL_RESULT,
  LOCAL_PRODUCT,
  LOCAL_ERROR,
  LOCAL_HIGH_A,
  LOCAL_LOW_A,
  LOCAL_HIGH_B,
  LOCAL_LOW_B,
  LOCAL_S,                                 // f32: the singles in f, where that is known
  LOCAL_SINGLE_RESULT = LOCAL_S + F_COUNT, // f32, scratch for one op
  LOCAL_SINGLE_ERROR,
  LOCAL_TOGETHER,                           // i32: host addresses of what is looked up together
  LOCAL_NARROW = LOCAL_TOGETHER + TOGETHER, // i32: low 32 bits of x
  LOCALS_END = LOCAL_NARROW + REGISTER_F
};
enum {
  LOCALS_F64 = LOCAL_S - LOCAL_F,
  LOCALS_F32 = LOCAL_TOGETHER - LOCAL_S,
  LOCALS_I32 = LOCALS_END - LOCAL_TOGETHER
};
// Of struct emitter, bits of `narrow` say that LOCAL_NARROW is right, and bits of `clean` that a register is its low 32
// bits, sign-extended.

#endif
