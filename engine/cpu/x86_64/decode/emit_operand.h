// Operands of ops, and the ops that load and store them.
#ifndef CPU_X86_64_DECODE_EMIT_OPERAND_H
#define CPU_X86_64_DECODE_EMIT_OPERAND_H

#include "decode.h"
#include "run.h"

struct x86_op *x86_append(struct x86_run *run, uint16_t code);
void *x86_register_of(struct x86_cpu *cpu, const struct x86_operand *operand);
// Writes the address of the memory operand into the op.
void x86_set_address(struct x86_run *run, const struct x86_insn *insn, struct x86_op *op);
// The effective address into cpu->effective.
void x86_emit_effective(struct x86_run *run, const struct x86_insn *insn, bool with_segment);
// An op that accesses the memory operand, in the variant without or with an index.
struct x86_op *x86_emit_access(struct x86_run *run, const struct x86_insn *insn, uint16_t code_b, uint16_t code_x);
// The same for operands of any size, log2: `b` and `x` are the codes for one byte.
struct x86_op *x86_emit_sized_access(struct x86_run *run, const struct x86_insn *insn, uint16_t b, uint16_t x,
                                     unsigned size);
// Loads the memory operand; returns where it is then.
void *x86_emit_load(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand);
// Before an instruction whose memory operand is written: notes the address, faults if the write would.
void *x86_emit_load_to_modify(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand);
void x86_emit_store(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand,
                    const void *value);

#endif
