// F and D. What WebAssembly computes alike is written out; what its numbers do not tell leaves the unit. What is never
// written out is done by the interpreter's function.
#include "floating.h"
#include "cpu/riscv64/execute_float.h"
#include "cpu/riscv64/rare.h"
#include "float_arithmetic.h"
#include "float_code.h"
#include "float_control.h"
#include "float_convert.h"
#include "float_state.h"
#include "translate/module.h"
#include "translate/trained.h"

#define SIGN ((int64_t)(UINT64_C(1) << 63))

// ---- The interpreter's function ----

static const struct riscv_op *keep(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  if (!emitter->kept_riscv)
    return op;
  struct riscv_op *kept = emitter->kept_used < emitter->kept_max ? &emitter->kept_riscv[emitter->kept_used++] : NULL;
  if (trained_collecting())
    kept = trained_allocate(sizeof *kept);
  if (!kept) {
    emitter->code->full = true;
    return op;
  }
  *kept = *op;
  kept->code = (uint16_t)code;
  return kept;
}

// Changes nothing if it refuses the instruction.
static void call(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  const bool fused = which >= RV_FMADD_D ? which <= RV_FNMADD_D : which >= RV_FMADD_S && which <= RV_FNMADD_S;
  const uint64_t third = fused ? UINT64_C(1) << (REGISTER_F + ((uint32_t)op->imm >> 27)) : 0;
  const uint64_t read = emit_bit_of(emitter, op->rs1) | emit_bit_of(emitter, op->rs2) | third;
  const uint64_t written = emit_bit_of(emitter, op->rd);
  emitter->registers |= read | written;
  emitter->written |= written;
  emit_move(emitter, read, true);
  emit_pointer(emitter, emitter->hart);
  emit_pointer(emitter, keep(emitter, op, which));
  wasm_i32(code, (int32_t)(uint32_t)(uintptr_t)riscv_execute_float);
  wasm_byte(code, WASM_CALL_INDIRECT);
  wasm_unsigned(code, module_type(MODULE_HANDLER));
  wasm_unsigned(code, 0);
  wasm_i32(code, RARE_NEXT);
  wasm_byte(code, WASM_I32_NE);
  emit_exit_if(emitter);
  emit_move(emitter, written, false);
}

// ---- Instructions ----

// Leaves the unit if one of the two is no number: `less` and its opposite hold of no pair then.
static void compare(struct emitter *emitter, const struct riscv_op *op, bool wide, enum float_opcode opcode) {
  struct wasm_code *code = emitter->code;
  const struct float_op f = float_begin(emitter, op, wide, 2);
  static const enum float_opcode OTHERS[][2] = {
      [F64_EQ - F64_EQ] = {F64_LT, F64_GT}, [F64_LT - F64_EQ] = {F64_GE, 0}, [F64_LE - F64_EQ] = {F64_GT, 0}};
  float_get(&f, f.a);
  float_get(&f, f.b);
  float_put(&f, opcode);
  wasm_tee(code, LOCAL_SLOT);
  for (unsigned i = 0; i < 2; i++) {
    const enum float_opcode other = OTHERS[opcode - F64_EQ][i];
    if (!other)
      continue;
    float_get(&f, f.a);
    float_get(&f, f.b);
    float_put(&f, other);
    wasm_byte(code, WASM_I32_OR);
  }
  wasm_byte(code, WASM_I32_EQZ);
  emit_exit_if(emitter);
  if (!emit_is_written(emitter, op->rd))
    return;
  wasm_get(code, LOCAL_SLOT);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  emit_write(emitter, op->rd);
}

// Of zeros, -0 is the lesser one here, too.
static void extreme(struct emitter *emitter, const struct riscv_op *op, bool wide, enum float_opcode opcode) {
  const struct float_op f = float_begin(emitter, op, wide, 2);
  float_get(&f, f.a);
  float_get(&f, f.b);
  float_put(&f, F64_LT);
  float_get(&f, f.a);
  float_get(&f, f.b);
  float_put(&f, F64_GE);
  wasm_byte(emitter->code, WASM_I32_OR);
  wasm_byte(emitter->code, WASM_I32_EQZ);
  emit_exit_if(emitter);
  float_get(&f, f.a);
  float_get(&f, f.b);
  float_put(&f, opcode);
  float_finish(&f);
}

enum sign { SIGN_TAKEN, SIGN_OPPOSITE, SIGN_PRODUCT };

// Of doubles `a` and `b`, or of singles, any bits: these instructions of WebAssembly change no NaN but for its sign.
static void inject_sign(struct emitter *emitter, const struct riscv_op *op, bool wide, enum sign sign) {
  const struct float_op f = float_begin(emitter, op, wide, 2);
  float_get(&f, f.a);
  if (f.a != f.b && sign == SIGN_PRODUCT) {
    wasm_byte(emitter->code, wide ? WASM_I64_REINTERPRET_F64 : WASM_I32_REINTERPRET_F32);
    float_get(&f, f.b);
    wasm_byte(emitter->code, wide ? WASM_I64_REINTERPRET_F64 : WASM_I32_REINTERPRET_F32);
    if (wide)
      wasm_i64(emitter->code, SIGN);
    else
      wasm_i32(emitter->code, INT32_MIN);
    wasm_byte(emitter->code, wide ? WASM_I64_AND : WASM_I32_AND);
    wasm_byte(emitter->code, wide ? WASM_I64_XOR : WASM_I32_XOR);
    wasm_byte(emitter->code, wide ? WASM_F64_REINTERPRET_I64 : WASM_F32_REINTERPRET_I32);
  } else if (f.a != f.b) {
    float_get(&f, f.b);
    if (sign == SIGN_OPPOSITE)
      float_put(&f, F64_NEG);
    float_put(&f, F64_COPYSIGN);
  } else if (sign != SIGN_TAKEN) {
    float_put(&f, sign == SIGN_OPPOSITE ? F64_NEG : F64_ABS);
  }
  float_finish(&f);
}

static void move_to_integer(struct emitter *emitter, const struct riscv_op *op, bool wide) {
  if (!emit_is_written(emitter, op->rd))
    return;
  emit_read(emitter, op->rs1);
  if (!wide)
    wasm_byte(emitter->code, WASM_I64_EXTEND32_S);
  emit_write(emitter, op->rd);
}

static void move_from_integer(struct emitter *emitter, const struct riscv_op *op, bool wide) {
  emit_read(emitter, op->rs1);
  if (wide) {
    emit_write(emitter, op->rd);
    return;
  }
  wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  wasm_byte(emitter->code, WASM_F32_REINTERPRET_I32);
  emit_write_single(emitter, op->rd);
}

// False: not one of these.
static bool write_out(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  switch (code) {
  case RV_FEQ_D:
  case RV_FEQ_S: compare(emitter, op, code == RV_FEQ_D, F64_EQ); return true;
  case RV_FLT_D:
  case RV_FLT_S: compare(emitter, op, code == RV_FLT_D, F64_LT); return true;
  case RV_FLE_D:
  case RV_FLE_S: compare(emitter, op, code == RV_FLE_D, F64_LE); return true;
  case RV_FMIN_D:
  case RV_FMIN_S: extreme(emitter, op, code == RV_FMIN_D, F64_MIN); return true;
  case RV_FMAX_D:
  case RV_FMAX_S: extreme(emitter, op, code == RV_FMAX_D, F64_MAX); return true;
  case RV_FSGNJ_D:
  case RV_FSGNJ_S: inject_sign(emitter, op, code == RV_FSGNJ_D, SIGN_TAKEN); return true;
  case RV_FSGNJN_D:
  case RV_FSGNJN_S: inject_sign(emitter, op, code == RV_FSGNJN_D, SIGN_OPPOSITE); return true;
  case RV_FSGNJX_D:
  case RV_FSGNJX_S: inject_sign(emitter, op, code == RV_FSGNJX_D, SIGN_PRODUCT); return true;
  case RV_FMV_X_D:
  case RV_FMV_X_W: move_to_integer(emitter, op, code == RV_FMV_X_D); return true;
  case RV_FMV_D_X:
  case RV_FMV_W_X: move_from_integer(emitter, op, code == RV_FMV_D_X); return true;
  default: return false;
  }
}

bool emit_float(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  if (emit_float_control(emitter, op, code))
    return true;
  if (code < RV_FMADD_S || code > RV_FCVT_D_S)
    return false;
  emit_float_on(emitter);
  if (!write_out(emitter, op, code) && !emit_float_arithmetic(emitter, op, code) &&
      !emit_float_fused(emitter, op, code) && !emit_float_convert(emitter, op, code))
    call(emitter, op, code);
  emit_float_dirty(emitter);
  return true;
}
