#include "float_code.h"

enum { COMPARISONS = F64_EQ - 0x5b, CALCULATIONS = F64_ABS - 0x8b }; // from doubles' instructions to singles'

static uint32_t local_of(struct emitter *emitter, const uint64_t *register_, bool wide) {
  const unsigned number = emit_float_number(emitter, register_);
  return (wide ? LOCAL_F : LOCAL_S) + number;
}

uint32_t float_operand(struct emitter *emitter, const uint64_t *from, bool wide) {
  if (wide)
    emit_copy_double(emitter, from);
  else
    emit_unbox(emitter, from);
  return local_of(emitter, from, wide);
}

struct float_op float_begin(struct emitter *emitter, const struct riscv_op *op, bool wide, unsigned operands) {
  struct float_op f = {.emitter = emitter, .op = op, .wide = wide, .result = wide ? LOCAL_RESULT : LOCAL_SINGLE_RESULT};
  f.a = float_operand(emitter, op->rs1, wide);
  f.b = operands > 1 ? float_operand(emitter, op->rs2, wide) : f.a;
  return f;
}

void float_put(const struct float_op *f, enum float_opcode opcode) {
  const unsigned single = (unsigned)opcode - (opcode >= F64_ABS ? CALCULATIONS : COMPARISONS);
  wasm_byte(f->emitter->code, f->wide ? (unsigned)opcode : single);
}

void float_get(const struct float_op *f, uint32_t local) {
  wasm_get(f->emitter->code, local);
}

static void get_bits(const struct float_op *f, uint32_t local) {
  float_get(f, local);
  wasm_byte(f->emitter->code, f->wide ? WASM_I64_REINTERPRET_F64 : WASM_I32_REINTERPRET_F32);
}

void float_is_zero(const struct float_op *f, uint32_t local) {
  struct wasm_code *code = f->emitter->code;
  get_bits(f, local);
  if (f->wide)
    wasm_i64(code, 1);
  else
    wasm_i32(code, 1);
  wasm_byte(code, f->wide ? WASM_I64_SHL : WASM_I32_SHL);
  wasm_byte(code, f->wide ? WASM_I64_EQZ : WASM_I32_EQZ);
}

void float_is_not_zero(const struct float_op *f, uint32_t local) {
  float_is_zero(f, local);
  wasm_byte(f->emitter->code, WASM_I32_EQZ);
}

void float_finish(const struct float_op *f) {
  if (f->wide)
    emit_write_double(f->emitter, f->op->rd);
  else
    emit_write_single(f->emitter, f->op->rd);
}

void float_begin_zero(const struct float_op *f, uint32_t result) {
  struct wasm_code *code = f->emitter->code;
  const int exponents = f->wide ? 0x7ff : 0xff;
  get_bits(f, result);
  if (f->wide) {
    wasm_i64(code, 52);
    wasm_byte(code, WASM_I64_SHR_U);
    wasm_byte(code, WASM_I32_WRAP_I64);
  } else {
    wasm_i32(code, 23);
    wasm_byte(code, WASM_I32_SHR_U);
  }
  wasm_i32(code, exponents);
  wasm_byte(code, WASM_I32_AND);
  wasm_i32(code, 2);
  wasm_byte(code, WASM_I32_SUB);
  wasm_i32(code, exponents - 2);
  wasm_byte(code, I32_GE_U);
  wasm_open(code, WASM_IF, WASM_VOID);
  float_is_not_zero(f, result);
}

void float_end_zero(const struct float_op *f) {
  emit_exit_if(f->emitter);
  wasm_end(f->emitter->code);
}
