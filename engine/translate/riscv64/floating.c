// F and D. What WebAssembly computes alike is written out, on the conditions of cpu/riscv64/fast_float.h; anything else
// is done by the interpreter's function.
#include "floating.h"
#include "cpu/riscv64/execute_float.h"
#include "cpu/riscv64/rare.h"
#include "cpu/riscv64/softfloat.h"
#include "operand.h"
#include "translate/module.h"
#include "translate/trained.h"

#include <stddef.h>

enum {
  F64_EQ = 0x61,
  F64_LT = 0x63,
  F64_LE = 0x65,
  F64_SQRT = 0x9f,
  F64_ADD = 0xa0,
  F64_SUB = 0xa1,
  F64_MUL = 0xa2,
  F64_DIV = 0xa3,
  I64_TRUNC_F64_S = 0xb0,
  F64_CONVERT_I64_S = 0xb9
};
enum { ROUNDING_SHIFT = 12, ROUNDING_DYNAMIC = 7 };
#define SIGN ((int64_t)(UINT64_C(1) << 63))

// ---- State ----

static bool knows(const struct emitter *emitter, int what) {
  return emitter->kind != KIND_UNKNOWN && (emitter->kind & what);
}

static void know(struct emitter *emitter, int what) {
  emitter->kind = (emitter->kind == KIND_UNKNOWN ? 0 : emitter->kind) | what;
}

void emit_float_on(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  if (knows(emitter, FLOAT_ON))
    return;
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I64_LOAD, (uint32_t)offsetof(struct riscv_cpu, sstatus));
  wasm_i64(code, SSTATUS_FS);
  wasm_byte(code, WASM_I64_AND);
  wasm_byte(code, WASM_I64_EQZ);
  emit_exit_if(emitter);
  know(emitter, FLOAT_ON);
}

void emit_float_dirty(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  if (knows(emitter, FLOAT_DIRTY))
    return;
  emit_pointer(emitter, emitter->hart);
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I64_LOAD, (uint32_t)offsetof(struct riscv_cpu, sstatus));
  wasm_i64(code, SSTATUS_FS);
  wasm_byte(code, WASM_I64_OR);
  wasm_memory(code, WASM_I64_STORE, (uint32_t)offsetof(struct riscv_cpu, sstatus));
  know(emitter, FLOAT_DIRTY);
}

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

// ---- Conditions ----

static unsigned rounding_of(const struct riscv_op *op) {
  return (uint32_t)op->imm >> ROUNDING_SHIFT & 7;
}

// As i32: does the host's arithmetic round as is asked for, and is an inexact result nothing new?
static void may_round(struct emitter *emitter, const struct riscv_op *op) {
  struct wasm_code *code = emitter->code;
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, fflags));
  wasm_i32(code, FP_NX);
  wasm_byte(code, WASM_I32_AND);
  if (rounding_of(op) == FP_RNE)
    return;
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, frm));
  wasm_byte(code, WASM_I32_EQZ);
  wasm_byte(code, WASM_I32_AND);
}

static bool rounds_to_nearest(const struct riscv_op *op) {
  return rounding_of(op) == FP_RNE || rounding_of(op) == ROUNDING_DYNAMIC;
}

static void push(struct emitter *emitter, const uint64_t *from) {
  emit_read(emitter, from);
  wasm_byte(emitter->code, WASM_F64_REINTERPRET_I64);
}

// ---- Instructions ----

// LOCAL_X is the result if the i32 on the stack is not 0.
static void take_or_call(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  wasm_open(code, WASM_IF, WASM_VOID);
  if (emit_is_written(emitter, op->rd)) {
    wasm_get(code, LOCAL_X);
    emit_write(emitter, op->rd);
  }
  wasm_byte(code, WASM_ELSE);
  call(emitter, op, which);
  wasm_end(code);
}

static void arithmetic(struct emitter *emitter, const struct riscv_op *op, unsigned which, unsigned opcode) {
  struct wasm_code *code = emitter->code;
  push(emitter, op->rs1);
  if (opcode != F64_SQRT)
    push(emitter, op->rs2);
  wasm_byte(code, opcode);
  wasm_byte(code, WASM_I64_REINTERPRET_F64);
  wasm_tee(code, LOCAL_X);
  wasm_i64(code, 52);
  wasm_byte(code, WASM_I64_SHR_U);
  wasm_i64(code, 0x7ff);
  wasm_byte(code, WASM_I64_AND);
  wasm_i64(code, 2);
  wasm_byte(code, WASM_I64_SUB);
  wasm_i64(code, 0x7ff - 2);
  wasm_byte(code, WASM_I64_LT_U);
  may_round(emitter, op);
  wasm_byte(code, WASM_I32_AND);
  take_or_call(emitter, op, which);
}

static void is_number(struct emitter *emitter, const uint64_t *from) {
  push(emitter, from);
  push(emitter, from);
  wasm_byte(emitter->code, F64_EQ);
}

static void compare(struct emitter *emitter, const struct riscv_op *op, unsigned which, unsigned opcode) {
  struct wasm_code *code = emitter->code;
  push(emitter, op->rs1);
  push(emitter, op->rs2);
  wasm_byte(code, opcode);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_X);
  is_number(emitter, op->rs1);
  is_number(emitter, op->rs2);
  wasm_byte(code, WASM_I32_AND);
  take_or_call(emitter, op, which);
}

static void inject_sign(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  if (which == RV_FSGNJX_D) {
    emit_read(emitter, op->rs1);
    emit_read(emitter, op->rs2);
    wasm_i64(code, SIGN);
    wasm_byte(code, WASM_I64_AND);
    wasm_byte(code, WASM_I64_XOR);
  } else if (which == RV_FSGNJ_D && op->rs1 == op->rs2) {
    emit_read(emitter, op->rs1);
  } else {
    emit_read(emitter, op->rs1);
    wasm_i64(code, ~SIGN);
    wasm_byte(code, WASM_I64_AND);
    emit_read(emitter, op->rs2);
    if (which == RV_FSGNJN_D) {
      wasm_i64(code, -1);
      wasm_byte(code, WASM_I64_XOR);
    }
    wasm_i64(code, SIGN);
    wasm_byte(code, WASM_I64_AND);
    wasm_byte(code, WASM_I64_OR);
  }
  emit_write(emitter, op->rd);
}

// Words are exact, whatever the rounding.
static void from_integer(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  emit_read(emitter, op->rs1);
  if (which == RV_FCVT_D_W)
    wasm_byte(code, WASM_I64_EXTEND32_S);
  if (which == RV_FCVT_D_WU) {
    wasm_i64(code, UINT32_MAX);
    wasm_byte(code, WASM_I64_AND);
  }
  wasm_byte(code, F64_CONVERT_I64_S);
  wasm_byte(code, WASM_I64_REINTERPRET_F64);
  if (which != RV_FCVT_D_L) {
    emit_write(emitter, op->rd);
    return;
  }
  wasm_set(code, LOCAL_X);
  may_round(emitter, op);
  take_or_call(emitter, op, which);
}

// Towards zero: the result is in reach if the number is well inside of its limits.
static void to_integer(struct emitter *emitter, const struct riscv_op *op, unsigned which) {
  struct wasm_code *code = emitter->code;
  const int limit = which == RV_FCVT_W_D ? 31 : 62;
  const int64_t positive = (int64_t)(0x3ff + limit) << 52; // 2 to that
  emit_read(emitter, op->rs1);
  wasm_i64(code, ~SIGN);
  wasm_byte(code, WASM_I64_AND);
  wasm_i64(code, positive);
  wasm_byte(code, WASM_I64_LT_U);
  wasm_open(code, WASM_IF, WASM_VOID);
  push(emitter, op->rs1);
  wasm_byte(code, I64_TRUNC_F64_S);
  wasm_set(code, LOCAL_X);
  emit_pointer(emitter, emitter->hart);
  emit_pointer(emitter, emitter->hart);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, fflags));
  push(emitter, op->rs1);
  wasm_get(code, LOCAL_X);
  wasm_byte(code, F64_CONVERT_I64_S);
  wasm_byte(code, F64_EQ);
  wasm_byte(code, WASM_I32_EQZ); // FP_NX
  wasm_byte(code, WASM_I32_OR);
  wasm_memory(code, WASM_I32_STORE, (uint32_t)offsetof(struct riscv_cpu, fflags));
  if (emit_is_written(emitter, op->rd)) {
    wasm_get(code, LOCAL_X);
    emit_write(emitter, op->rd);
  }
  wasm_byte(code, WASM_ELSE);
  call(emitter, op, which);
  wasm_end(code);
}
_Static_assert(FP_NX == 1, "an i32 that is true");

// False: by the interpreter's function.
static bool write_out(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  switch (code) {
  case RV_FADD_D:
  case RV_FSUB_D:
  case RV_FMUL_D:
  case RV_FDIV_D:
  case RV_FSQRT_D: {
    if (!rounds_to_nearest(op))
      return false;
    const unsigned opcode = code == RV_FADD_D   ? F64_ADD
                            : code == RV_FSUB_D ? F64_SUB
                            : code == RV_FMUL_D ? F64_MUL
                            : code == RV_FDIV_D ? F64_DIV
                                                : F64_SQRT;
    arithmetic(emitter, op, code, opcode);
    return true;
  }
  case RV_FEQ_D: compare(emitter, op, code, F64_EQ); return true;
  case RV_FLT_D: compare(emitter, op, code, F64_LT); return true;
  case RV_FLE_D: compare(emitter, op, code, F64_LE); return true;
  case RV_FSGNJ_D:
  case RV_FSGNJN_D:
  case RV_FSGNJX_D: inject_sign(emitter, op, code); return true;
  case RV_FMV_D_X:
  case RV_FMV_X_D:
    if (emit_is_written(emitter, op->rd)) {
      emit_read(emitter, op->rs1);
      emit_write(emitter, op->rd);
    }
    return true;
  case RV_FCVT_D_W:
  case RV_FCVT_D_WU:
    if (rounding_of(op) > FP_RMM)
      return false;
    from_integer(emitter, op, code);
    return true;
  case RV_FCVT_D_L:
    if (!rounds_to_nearest(op))
      return false;
    from_integer(emitter, op, code);
    return true;
  case RV_FCVT_W_D:
  case RV_FCVT_L_D:
    if (rounding_of(op) != FP_RTZ)
      return false;
    to_integer(emitter, op, code);
    return true;
  default: return false;
  }
}

bool emit_float(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  if (code < RV_FMADD_S || code > RV_FMV_D_X)
    return false;
  emit_float_on(emitter);
  if (!write_out(emitter, op, code))
    call(emitter, op, code);
  emit_float_dirty(emitter);
  return true;
}
