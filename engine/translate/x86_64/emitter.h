// Locals of a unit beside those that all processors have. See README.md beside this file.
#ifndef TRANSLATE_X86_64_EMITTER_H
#define TRANSLATE_X86_64_EMITTER_H

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/op.h"
#include "translate/emitter.h"

enum { TOGETHER = 4 };

enum local {
  LOCAL_R = LOCALS_SHARED, // i64: the registers
  LOCAL_FLAGS_A = LOCAL_R + X86_REGISTERS,
  LOCAL_FLAGS_B,
  LOCAL_TEMPORARY, // what the members of struct x86_cpu of these names hold, between the ops of one instruction
  LOCAL_EFFECTIVE,
  LOCAL_FLAGS_OP, // i32
  LOCAL_TOGETHER, // host addresses of what is looked up together: access.c
  LOCALS_END = LOCAL_TOGETHER + TOGETHER
};
enum { LOCALS_I64 = LOCAL_FLAGS_OP - LOCAL_R, LOCALS_I32 = LOCALS_END - LOCAL_FLAGS_OP };

// Of struct emitter, `kind` is enum x86_flags_kind of the last note, or FLAGS_UNKNOWN, and `size` its operand's.
enum { FLAGS_UNKNOWN = KIND_UNKNOWN };

#endif
