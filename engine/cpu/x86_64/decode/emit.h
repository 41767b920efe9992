// From a decoded instruction to the ops that the interpreter executes.
#ifndef CPU_X86_64_DECODE_EMIT_H
#define CPU_X86_64_DECODE_EMIT_H

#include "decode.h"
#include "missing.h"
#include "run.h"

// Appends the instruction; false if nothing of the run is executed behind it.
bool x86_emit(struct x86_run *run, const struct x86_insn *insn);
// An op that raises: #UD for what is no instruction, or of a set that is missing; #GP for one that is too long.
void x86_emit_fault(struct x86_run *run, enum x86_vector vector, enum x86_missing missing);
// The op that goes on at an offset from the page's first byte.
void x86_emit_continue(struct x86_run *run, uint32_t offset);

#endif
