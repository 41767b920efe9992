// Locals of a unit beside those that all processors have. See README.md beside this file.
#ifndef TRANSLATE_X86_64_EMITTER_H
#define TRANSLATE_X86_64_EMITTER_H

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/op.h"
#include "translate/emitter.h"
#include "translate/together.h"

enum { X86_VECTORS = 16 };

enum local {
  LOCAL_R = LOCALS_SHARED, // i64: the registers
  LOCAL_FLAGS_A = LOCAL_R + X86_REGISTERS,
  LOCAL_FLAGS_B,
  LOCAL_TEMPORARY, // what the members of struct x86_cpu of these names hold, between the ops of one instruction
  LOCAL_EFFECTIVE,
  LOCAL_FLAGS_OP,                               // i32
  LOCAL_TOGETHER,                               // host addresses of what is looked up together
  LOCAL_NARROW = LOCAL_TOGETHER + TOGETHER,     // low 32 bits of the registers, then of LOCAL_TEMPORARY
  LOCAL_XMM = LOCAL_NARROW + X86_REGISTERS + 1, // v128, where the host has SIMD
  LOCAL_WIDE = LOCAL_XMM + X86_VECTORS,         // an operand between the ops of one instruction
  LOCAL_VECTOR,                                 // scratch
  LOCALS_END,
  LOCAL_HALVES = LOCAL_XMM // i64, where it has not: two for each XMM register, and for the operand
};
enum {
  LOCALS_I64 = LOCAL_FLAGS_OP - LOCAL_R,
  LOCALS_I32 = LOCAL_XMM - LOCAL_FLAGS_OP,
  LOCALS_V128 = LOCALS_END - LOCAL_XMM,
  LOCALS_HALVES = 2 * (X86_VECTORS + 1)
};
// Of struct emitter, masks of registers have the XMM registers behind the general ones, then the flags: LOCAL_FLAGS_OP
// and LOCAL_FLAGS_A, LOCAL_FLAGS_B.
enum { VECTOR_BIT = X86_REGISTERS };
#define FLAGS_BIT (UINT64_C(1) << (VECTOR_BIT + X86_VECTORS))
#define SECOND_BIT (FLAGS_BIT << 1)

// Of struct emitter, bits of `narrow` say that LOCAL_NARROW is right, and bits of `clean` that a register's upper half
// is 0. `kind` is enum x86_flags_kind of the last note, or FLAGS_UNKNOWN, and `size` its operand's.
enum { FLAGS_UNKNOWN = KIND_UNKNOWN };

#endif
