// The stack and jumps. Each has an op of 64 bits and one of 32 in the interpreter's loop; the rest, operands of 16 bits
// and stacks in a segment with a base, are functions that take their size from the op.
#include "emit_flow.h"

#include "emit_operand.h"

#include <stddef.h>

enum flow { FLOW_64, FLOW_32, FLOW_OTHER };

static enum flow flow_of(const struct x86_run *run, unsigned size) {
  if (run->cpu->code_kind == CODE_64)
    return size == 3 ? FLOW_64 : FLOW_OTHER;
  return size == 2 && run->cpu->code_kind == CODE_FLAT ? FLOW_32 : FLOW_OTHER;
}

static struct x86_op *append_for(struct x86_run *run, unsigned size, const uint16_t codes[3]) {
  struct x86_op *op = x86_append(run, codes[flow_of(run, size)]);
  op->size = (uint8_t)size;
  return op;
}

void x86_emit_push(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CODES[] = {X86_PUSH64, X86_PUSH32, X86_PUSH};
  const struct x86_operand *operand = &insn->operands[0];
  void *memory = operand->kind == OPERAND_MEMORY ? x86_emit_load(run, insn, operand) : NULL;
  struct x86_op *op = append_for(run, insn->operand_size, CODES);
  op->imm = insn->immediate;
  op->rs = operand->kind == OPERAND_IMMEDIATE ? NULL : memory ? memory : x86_register_of(run->cpu, operand);
}

// A POP to memory computes its address after it has changed RSP (SDM 2B, "POP").
void x86_emit_pop(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CODES[] = {X86_POP64, X86_POP32, X86_POP};
  const struct x86_operand *operand = &insn->operands[0];
  if (operand->kind == OPERAND_REGISTER) {
    append_for(run, operand->size, CODES)->rd = x86_register_of(run->cpu, operand);
    return;
  }
  struct x86_insn moved = *insn;
  if (insn->base == RSP)
    moved.displacement += 1 << operand->size;
  x86_emit_effective(run, &moved, true);
  struct x86_op *op = x86_append(run, X86_POP_MEMORY);
  op->size = operand->size;
  op->detail = insn->stack ? OP_STACK : 0;
}

static struct x86_op *emit_relative(struct x86_run *run, const struct x86_insn *insn, uint16_t code) {
  struct x86_op *op = x86_append(run, code);
  op->target = NULL;
  op->relative = (intptr_t)(run->offset + insn->length + (int64_t)insn->immediate);
  op->detail = insn->opcode & 15;
  op->size = insn->operand_size;
  op->imm = insn->immediate;
  return op;
}

// Targets of 16 bits: in 32-bit code, with an operand-size prefix.
static bool is_short(const struct x86_insn *insn) {
  return insn->compat && insn->operand_size == 1;
}

void x86_emit_jcc(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CODES[16] = {[4] = X86_JE, [5] = X86_JNE, [8] = X86_JS, [9] = X86_JNS};
  const uint16_t code = CODES[insn->opcode & 15];
  emit_relative(run, insn, is_short(insn) ? X86_JCC16 : code ? code : X86_JCC);
}

void x86_emit_jump(struct x86_run *run, const struct x86_insn *insn) {
  emit_relative(run, insn, is_short(insn) ? X86_JMP16 : X86_JMP);
}

void x86_emit_call(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CODES[] = {X86_CALL64, X86_CALL32, X86_CALL};
  // A prefix for 16 bits does nothing in 64-bit mode.
  emit_relative(run, insn, CODES[flow_of(run, insn->compat ? insn->operand_size : 3)]);
}

void x86_emit_indirect(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CALLS[] = {X86_CALL_TO64, X86_CALL_TO32, X86_CALL_TO};
  static const uint16_t JUMPS[] = {X86_JMP_TO64, X86_JMP_TO32, X86_JMP_TO};
  const struct x86_operand *operand = &insn->operands[0];
  void *target =
      operand->kind == OPERAND_MEMORY ? x86_emit_load(run, insn, operand) : x86_register_of(run->cpu, operand);
  append_for(run, operand->size, insn->row->code == X86_CALL_TO64 ? CALLS : JUMPS)->rd = target;
}

void x86_emit_return(struct x86_run *run, const struct x86_insn *insn) {
  static const uint16_t CODES[] = {X86_RET64, X86_RET32, X86_RET_POP};
  const unsigned size = insn->operands[0].size;
  const bool pops = insn->row->code == X86_RET_POP;
  struct x86_op *op = x86_append(run, pops ? X86_RET_POP : CODES[flow_of(run, size)]);
  op->size = (uint8_t)size;
  op->imm = insn->immediate;
}
