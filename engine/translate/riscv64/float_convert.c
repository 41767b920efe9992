// Conversions between formats and integers. What is not in reach leaves the unit.
#include "float_convert.h"
#include "cpu/riscv64/softfloat.h"
#include "float_code.h"
#include "float_state.h"

#include <stddef.h>

enum { I64_TRUNC_F64_S = 0xb0, F32_CONVERT_I64_S = 0xb4, F64_CONVERT_I64_S = 0xb9 }; // behind each: of unsigned ones

// The integer's type, as in the order of the instructions' codes.
struct integer {
  bool is_unsigned, wide;
};

static struct integer integer_of(unsigned code, unsigned first) {
  return (struct integer){.is_unsigned = (code - first) & 1, .wide = code - first >= 2};
}

static void put(const struct float_op *f, unsigned opcode) {
  wasm_byte(f->emitter->code, opcode);
}

// ---- From integers ----

// The integer on the stack: less than `limit` away from 0, as i32?
static void is_below(const struct float_op *f, struct integer integer, int64_t limit) {
  const bool negative = !(integer.wide && integer.is_unsigned);
  if (negative) {
    wasm_i64(f->emitter->code, limit);
    put(f, WASM_I64_ADD);
  }
  wasm_i64(f->emitter->code, negative ? 2 * limit : limit);
  put(f, WASM_I64_LT_U);
}

static bool from_integer(struct emitter *emitter, const struct riscv_op *op, bool wide, struct integer integer) {
  struct wasm_code *code = emitter->code;
  const bool exact = wide && !integer.wide;
  const struct float_op f = {.emitter = emitter, .op = op, .wide = wide};
  if (exact ? float_rounding(op) > FP_RMM : !float_is_nearest(emitter, op))
    return false;
  if (!exact) {
    emit_nearest(emitter, op);
    if (float_inexact_is_noted(emitter))
      emit_inexact_noted(emitter);
  }
  emit_read(emitter, op->rs1);
  if (!integer.wide && integer.is_unsigned) {
    wasm_i64(code, UINT32_MAX);
    put(&f, WASM_I64_AND);
  } else if (!integer.wide) {
    put(&f, WASM_I64_EXTEND32_S);
  }
  if (!exact && !float_knows_inexact(emitter)) {
    wasm_set(code, LOCAL_X);
    emit_if_inexact_is_new(emitter);
    wasm_get(code, LOCAL_X);
    is_below(&f, integer, INT64_C(1) << (wide ? 53 : 24));
    put(&f, WASM_I32_EQZ);
    emit_exit_if(emitter);
    wasm_end(code);
    wasm_get(code, LOCAL_X);
  }
  put(&f, (wide ? F64_CONVERT_I64_S : F32_CONVERT_I64_S) + (integer.is_unsigned && integer.wide));
  float_finish(&f);
  return true;
}

// ---- To integers ----

// Of doubles; 0: towards zero, as conversions do anyway.
static bool rounding_opcode(const struct emitter *emitter, const struct riscv_op *op, enum float_opcode *opcode) {
  switch (float_rounding(op)) {
  case FP_RTZ: *opcode = 0; return true;
  case FP_RDN: *opcode = F64_FLOOR; return true;
  case FP_RUP: *opcode = F64_CEIL; return true;
  default: *opcode = F64_NEAREST; return float_is_nearest(emitter, op);
  }
}

// fflags |= FP_NX unless LOCAL_X, converted back, is LOCAL_A.
static void note_inexact(const struct float_op *f) {
  struct wasm_code *code = f->emitter->code;
  if (float_knows_inexact(f->emitter))
    return;
  emit_pointer(f->emitter, f->emitter->hart);
  emit_pointer(f->emitter, f->emitter->hart);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, fflags));
  wasm_get(code, LOCAL_A);
  wasm_get(code, LOCAL_X);
  put(f, F64_CONVERT_I64_S);
  put(f, F64_NE);
  put(f, WASM_I32_OR);
  wasm_memory(code, WASM_I32_STORE, (uint32_t)offsetof(struct riscv_cpu, fflags));
}
_Static_assert(FP_NX == 1, "an i32 that is true");

static bool to_integer(struct emitter *emitter, const struct riscv_op *op, bool wide, struct integer integer) {
  struct wasm_code *code = emitter->code;
  enum float_opcode opcode;
  if (!rounding_opcode(emitter, op, &opcode))
    return false;
  if (float_rounding(op) == ROUNDING_DYNAMIC)
    emit_nearest(emitter, op);
  const struct float_op f = float_begin(emitter, op, wide, 1);
  float_get(&f, f.a);
  if (!wide)
    put(&f, F64_PROMOTE);
  wasm_tee(code, LOCAL_A);
  if (opcode)
    put(&f, opcode);
  wasm_tee(code, LOCAL_RESULT);
  if (!integer.is_unsigned)
    put(&f, F64_ABS);
  wasm_f64(code, integer.wide ? 0x1p63 : integer.is_unsigned ? 0x1p32 : 0x1p31);
  put(&f, F64_LT);
  if (integer.is_unsigned) {
    wasm_get(code, LOCAL_RESULT);
    wasm_f64(code, 0);
    put(&f, F64_GE);
    put(&f, WASM_I32_AND);
  }
  put(&f, WASM_I32_EQZ);
  emit_exit_if(emitter);
  wasm_get(code, LOCAL_RESULT);
  put(&f, I64_TRUNC_F64_S);
  wasm_set(code, LOCAL_X);
  note_inexact(&f);
  if (!emit_is_written(emitter, op->rd))
    return true;
  wasm_get(code, LOCAL_X);
  if (!integer.wide && integer.is_unsigned)
    put(&f, WASM_I64_EXTEND32_S);
  emit_write(emitter, op->rd);
  return true;
}

// ---- Between formats ----

// Exact, but for what is no number.
static bool widen(struct emitter *emitter, const struct riscv_op *op) {
  const bool dynamic = float_rounding(op) == ROUNDING_DYNAMIC;
  if (dynamic ? !float_is_nearest(emitter, op) : float_rounding(op) > FP_RMM)
    return false;
  if (dynamic)
    emit_nearest(emitter, op);
  const struct float_op single = float_begin(emitter, op, false, 1), wide = {emitter, op, .wide = true};
  float_get(&single, single.a);
  float_get(&single, single.a);
  float_put(&single, F64_NE);
  emit_exit_if(emitter);
  float_get(&single, single.a);
  put(&single, F64_PROMOTE);
  float_finish(&wide);
  return true;
}

static bool narrow(struct emitter *emitter, const struct riscv_op *op) {
  struct wasm_code *code = emitter->code;
  if (!float_is_nearest(emitter, op))
    return false;
  emit_nearest(emitter, op);
  if (float_inexact_is_noted(emitter))
    emit_inexact_noted(emitter);
  const struct float_op wide = float_begin(emitter, op, true, 1), single = {emitter, op, .result = LOCAL_SINGLE_RESULT};
  float_get(&wide, wide.a);
  put(&wide, F32_DEMOTE);
  wasm_set(code, single.result);
  float_begin_zero(&single, single.result);
  float_is_not_zero(&wide, wide.a);
  put(&wide, WASM_I32_OR);
  float_end_zero(&single);
  if (!float_knows_inexact(emitter)) {
    emit_if_inexact_is_new(emitter);
    float_get(&single, single.result);
    put(&single, F64_PROMOTE);
    float_get(&wide, wide.a);
    put(&wide, F64_NE);
    emit_exit_if(emitter);
    wasm_end(code);
  }
  float_get(&single, single.result);
  float_finish(&single);
  return true;
}

bool emit_float_convert(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  if (code >= RV_FCVT_W_S && code <= RV_FCVT_LU_S)
    return to_integer(emitter, op, false, integer_of(code, RV_FCVT_W_S));
  if (code >= RV_FCVT_W_D && code <= RV_FCVT_LU_D)
    return to_integer(emitter, op, true, integer_of(code, RV_FCVT_W_D));
  if (code >= RV_FCVT_S_W && code <= RV_FCVT_S_LU)
    return from_integer(emitter, op, false, integer_of(code, RV_FCVT_S_W));
  if (code >= RV_FCVT_D_W && code <= RV_FCVT_D_LU)
    return from_integer(emitter, op, true, integer_of(code, RV_FCVT_D_W));
  if (code == RV_FCVT_D_S)
    return widen(emitter, op);
  return code == RV_FCVT_S_D && narrow(emitter, op);
}
