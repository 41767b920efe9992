// What emit.c and emit_flow.c share.
#ifndef CPU_X86_64_EMIT_INTERNAL_H
#define CPU_X86_64_EMIT_INTERNAL_H

#include "emit.h"

struct x86_op *x86_append(struct x86_run *run, uint16_t code);
void *x86_register_of(struct x86_cpu *cpu, const struct x86_operand *operand);
// Loads the memory operand; returns where it is then.
void *x86_emit_load(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand);
// The effective address into cpu->effective.
void x86_emit_effective(struct x86_run *run, const struct x86_insn *insn, bool with_segment);
// The instruction's own op, behind its loads and before its store. `memory` is where its memory operand was loaded.
struct x86_op *x86_emit_body(struct x86_run *run, const struct x86_insn *insn, void *memory);

// emit_flow.c: what uses the stack or jumps.
void x86_emit_push(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_pop(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_jcc(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_jump(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_call(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_indirect(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_return(struct x86_run *run, const struct x86_insn *insn);

#endif
