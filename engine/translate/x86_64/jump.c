// Branches, jumps, calls and returns.
#include "cpu/x86_64/decode/code_cache.h"
#include "flags.h"
#include "op.h"
#include "operand.h"
#include "translate/processor.h"
#include "walk.h"

// Condition codes in the order of the fused codes (decode/optimize.c).
static const uint8_t CMP_CONDITIONS[] = {CONDITION_NE, CONDITION_E, CONDITION_AE, CONDITION_BE,
                                         CONDITION_A,  CONDITION_B, CONDITION_G,  CONDITION_LE,
                                         CONDITION_GE, CONDITION_L, CONDITION_S,  CONDITION_NS};
static const uint8_t TEST_CONDITIONS[] = {CONDITION_E,  CONDITION_NE, CONDITION_S,
                                          CONDITION_NS, CONDITION_LE, CONDITION_G};

static bool read_narrow(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned size) {
  return size == 2 ? emit_read_32(emitter, op, from) : emit_read_small(emitter, op, from, size);
}

// Reads an operand of a comparison, as emit_comparison takes it.
static void read_compared(struct emitter *emitter, const struct x86_op *op, const void *from, unsigned condition,
                          unsigned size) {
  read_narrow(emitter, op, from, size);
  emit_extend(emitter, condition, size);
}

// Of up to 32 bits: they are compared as i32. What the flags are of is computed where somebody asks for it.
static bool emit_fused_narrow(struct emitter *emitter, const struct x86_op *op, bool is_test, unsigned condition,
                              unsigned size) {
  struct wasm_code *code = emitter->code;
  const bool of_result = is_test || condition == CONDITION_S || condition == CONDITION_NS;
  if (!read_narrow(emitter, op, op->rd, size) || !read_narrow(emitter, op, op->rs, size))
    return false;
  wasm_byte(code, is_test ? WASM_I32_AND : WASM_I32_SUB);
  if (size < 2 && !is_test) {
    wasm_i32(code, (int32_t)x86_size_mask(size));
    wasm_byte(code, WASM_I32_AND);
  }
  if (of_result)
    wasm_tee(code, LOCAL_SLOT);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_X);
  emit_read(emitter, op, op->rs, size);
  wasm_set(code, LOCAL_Y);
  emit_note(emitter, is_test ? FLAGS_LOGIC : FLAGS_SUB, size, !is_test);
  if (of_result) {
    wasm_get(code, LOCAL_SLOT);
    emit_extend(emitter, condition, size);
    wasm_i32(code, 0);
  } else {
    read_compared(emitter, op, op->rd, condition, size);
    read_compared(emitter, op, op->rs, condition, size);
  }
  emit_comparison(emitter, condition, size);
  return true;
}

static bool emit_fused(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  const bool is_test = op->code >= X86_TEST_JE8;
  const unsigned number = op->code - (unsigned)(is_test ? X86_TEST_JE8 : X86_CMP_JNE8);
  const unsigned size = number % 3 ? number % 3 + 1 : 0;
  const unsigned condition = (is_test ? TEST_CONDITIONS : CMP_CONDITIONS)[number / 3];
  if (size < 3)
    return emit_fused_narrow(emitter, op, is_test, condition, size);
  if (!emit_read(emitter, op, op->rd, size))
    return false;
  wasm_tee(code, LOCAL_Z);
  if (!emit_read(emitter, op, op->rs, size))
    return false;
  wasm_tee(code, LOCAL_Y);
  wasm_byte(code, is_test ? WASM_I64_AND : WASM_I64_SUB);
  wasm_set(code, LOCAL_X);
  emit_note(emitter, is_test ? FLAGS_LOGIC : FLAGS_SUB, size, !is_test);
  if (is_test || condition == CONDITION_S || condition == CONDITION_NS) {
    emit_condition(emitter, condition);
    return true;
  }
  wasm_get(code, LOCAL_Z);
  wasm_get(code, LOCAL_Y);
  emit_comparison(emitter, condition, size);
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
  emit_anchor(emitter);
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
