// Branches, jumps, calls and returns.
#include "access.h"
#include "cpu/x86_64/decode/code_cache.h"
#include "flags.h"
#include "op.h"
#include "operand.h"
#include "translate/processor.h"
#include "walk.h"

// Condition codes in the order of the fused codes (decode/optimize.c).
static const uint8_t CMP_CONDITIONS[] = {5, 4, 3, 6, 7, 2, 15, 14, 13, 12, 8, 9};
static const uint8_t TEST_CONDITIONS[] = {4, 5, 8, 9, 14, 15};

// A comparison of two operands in LOCAL_Z and LOCAL_Y, whose difference is LOCAL_X.
static void emit_comparison(struct wasm_code *code, unsigned condition, unsigned size) {
  static const enum wasm_opcode OPCODES[16] = {
      [2] = WASM_I64_LT_U, [3] = WASM_I64_GE_U,  [4] = WASM_I64_EQ,    [5] = WASM_I64_NE,    [6] = WASM_I64_LE_U,
      [7] = WASM_I64_GT_U, [12] = WASM_I64_LT_S, [13] = WASM_I64_GE_S, [14] = WASM_I64_LE_S, [15] = WASM_I64_GT_S};
  const unsigned left = 64 - (8U << size);
  const bool is_signed = condition >= 12;
  if (condition == 8 || condition == 9) { // the sign of the difference
    wasm_get(code, LOCAL_X);
    wasm_i64(code, (int)left);
    wasm_byte(code, WASM_I64_SHL);
    wasm_i64(code, 0);
    wasm_byte(code, condition == 8 ? WASM_I64_LT_S : WASM_I64_GE_S);
    return;
  }
  static const enum wasm_opcode EXTENSIONS[] = {WASM_I64_EXTEND8_S, WASM_I64_EXTEND16_S, WASM_I64_EXTEND32_S};
  wasm_get(code, LOCAL_Z);
  if (is_signed && size < 3)
    wasm_byte(code, EXTENSIONS[size]);
  wasm_get(code, LOCAL_Y);
  if (is_signed && size < 3)
    wasm_byte(code, EXTENSIONS[size]);
  wasm_byte(code, OPCODES[condition]);
}

static bool emit_fused(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  const bool is_test = op->code >= X86_TEST_JE8;
  const unsigned number = op->code - (unsigned)(is_test ? X86_TEST_JE8 : X86_CMP_JNE8);
  const unsigned size = number % 3 ? number % 3 + 1 : 0;
  unsigned condition = (is_test ? TEST_CONDITIONS : CMP_CONDITIONS)[number / 3];
  if (!emit_read(emitter, op, op->rd, size))
    return false;
  wasm_tee(code, LOCAL_Z);
  if (!emit_read(emitter, op, op->rs, size))
    return false;
  wasm_tee(code, LOCAL_Y);
  wasm_byte(code, is_test ? WASM_I64_AND : WASM_I64_SUB);
  if (!is_test && size < 3) {
    wasm_i64(code, (int64_t)x86_size_mask(size));
    wasm_byte(code, WASM_I64_AND);
  }
  wasm_set(code, LOCAL_X);
  emit_note(emitter, is_test ? FLAGS_LOGIC : FLAGS_SUB, size, !is_test);
  if (is_test)
    emit_condition(emitter, condition);
  else
    emit_comparison(code, condition, size);
  return true;
}

int emit_branch(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct x86_op *op = x86_walk_last(page, instruction);
  if (op->code >= X86_CMP_JNE8)
    emitter->code->full |= !emit_fused(emitter, op);
  else
    emit_condition(emitter, op->code == X86_JE    ? 4
                            : op->code == X86_JNE ? 5
                            : op->code == X86_JS  ? 8
                            : op->code == X86_JNS ? 9
                                                  : op->detail & 15);
  return emit_counted(emitter, op);
}

static void emit_push_return(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  emit_host(emitter);
  wasm_get(code, LOCAL_ANCHOR);
  wasm_i64(code, emitter->page + op->offset + op->length);
  wasm_byte(code, WASM_I64_ADD);
  wasm_memory(code, WASM_I64_STORE, emit_host_offset());
  emit_read(emitter, op, &emitter->cpu->r[RSP], 3);
  wasm_i64(code, -8);
  wasm_byte(code, WASM_I64_ADD);
  emit_write(emitter, &emitter->cpu->r[RSP], 3);
}

static bool is_call(const struct x86_op *op) {
  return op->code == X86_CALL64 || op->code == X86_CALL_TO64;
}

void emit_before_jump(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct x86_op *op = x86_walk_last(page, instruction);
  if (is_call(op))
    emit_access_at(emitter, op, RSP, -8, TLB_WRITE, 8);
}

void emit_after_jump(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct x86_op *op = x86_walk_last(page, instruction);
  struct wasm_code *code = emitter->code;
  if (is_call(op))
    emit_push_return(emitter, op);
  if (op->code == X86_RET64) {
    emit_read(emitter, op, &emitter->cpu->r[RSP], 3);
    wasm_i64(code, 8);
    wasm_byte(code, WASM_I64_ADD);
    emit_write(emitter, &emitter->cpu->r[RSP], 3);
  }
}

void emit_target(struct emitter *emitter, struct code_page *page, void *instruction) {
  const struct x86_op *op = x86_walk_last(page, instruction);
  struct wasm_code *code = emitter->code;
  if (op->code == X86_RET64) {
    emit_access_at(emitter, op, RSP, 0, TLB_READ, 8);
    emit_host(emitter);
    wasm_memory(code, WASM_I64_LOAD, emit_host_offset());
  } else {
    code->full |= !emit_read(emitter, op, op->rd, 3);
  }
}
