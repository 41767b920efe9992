// Locals of a unit beside those that all processors have. See README.md beside this file.
#ifndef TRANSLATE_RISCV64_EMITTER_H
#define TRANSLATE_RISCV64_EMITTER_H

#include "cpu/riscv64/cpu.h"
#include "cpu/riscv64/insn.h"
#include "translate/emitter.h"

// Registers by number, as masks and processor_register have them: x, then f. Those of floating point are bits, too.
enum { REGISTER_F = X_COUNT, REGISTERS = X_COUNT + F_COUNT };
enum { LOCAL_R = LOCALS_SHARED, LOCALS_END = LOCAL_R + REGISTERS };

// Of struct emitter, `kind` is a set of what is known about floating point at this place of a block, if it is not
// KIND_UNKNOWN.
enum { FLOAT_ON = 1, FLOAT_DIRTY = 2 };

#endif
