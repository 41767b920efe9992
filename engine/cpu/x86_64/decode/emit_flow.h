// What uses the stack or jumps.
#ifndef CPU_X86_64_DECODE_EMIT_FLOW_H
#define CPU_X86_64_DECODE_EMIT_FLOW_H

#include "decode.h"
#include "run.h"

void x86_emit_push(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_pop(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_jcc(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_jump(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_call(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_indirect(struct x86_run *run, const struct x86_insn *insn);
void x86_emit_return(struct x86_run *run, const struct x86_insn *insn);

#endif
