// Branches, jumps, calls and returns.
#include "mark.h"
#include "operand.h"
#include "translate/processor.h"

int emit_branch(struct emitter *emitter, struct code_page *page, void *instruction) {
  static const enum wasm_opcode OPCODES[] = {[RV_BEQ - RV_BEQ] = WASM_I64_EQ,    [RV_BNE - RV_BEQ] = WASM_I64_NE,
                                             [RV_BLT - RV_BEQ] = WASM_I64_LT_S,  [RV_BGE - RV_BEQ] = WASM_I64_GE_S,
                                             [RV_BLTU - RV_BEQ] = WASM_I64_LT_U, [RV_BGEU - RV_BEQ] = WASM_I64_GE_U};
  const struct riscv_op *op = instruction;
  const unsigned code = riscv_code_at(op);
  const enum wasm_opcode opcode = OPCODES[code >= RV_BEQ_FAR ? code - RV_BEQ_FAR : code - RV_BEQ];
  (void)page;
  if (emit_is_clean(emitter, op->rs1) && emit_is_clean(emitter, op->rs2)) {
    emit_read_32(emitter, op->rs1);
    emit_read_32(emitter, op->rs2);
    wasm_byte(emitter->code, opcode - (WASM_I64_EQ - WASM_I32_EQ));
    return 1;
  }
  emit_read(emitter, op->rs1);
  emit_read(emitter, op->rs2);
  wasm_byte(emitter->code, opcode);
  return 1;
}

void emit_before_jump(struct emitter *emitter, struct code_page *page, void *op) {
  (void)emitter;
  (void)page;
  (void)op;
}

void emit_after_jump(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct riscv_op *op = instruction;
  (void)page;
  if (!emit_is_written(emitter, op->rd))
    return;
  emit_address_of(emitter, (int64_t)op->link);
  emit_write(emitter, op->rd);
}

void emit_target(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct riscv_op *op = instruction;
  (void)page;
  emit_read(emitter, op->rs1);
  wasm_i64(emitter->code, op->imm);
  wasm_byte(emitter->code, WASM_I64_ADD);
  wasm_i64(emitter->code, -2);
  wasm_byte(emitter->code, WASM_I64_AND);
}
