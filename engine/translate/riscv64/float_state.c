#include "float_state.h"
#include "cpu/riscv64/csr.h"
#include "cpu/riscv64/softfloat.h"
#include "operand.h"

#include <stddef.h>

// Of struct emitter, `kind` is a set of these, and `size` the set of registers whose singles are in LOCAL_S, where
// `kind` is not KIND_UNKNOWN.
enum { FLOAT_ON = 1, FLOAT_DIRTY = 2, FLOAT_NEAREST = 4, FLOAT_INEXACT = 8 };
enum { ROUNDING_SHIFT = 12 };

static bool knows(const struct emitter *emitter, int what) {
  return emitter->kind != KIND_UNKNOWN && (emitter->kind & what);
}

static void know(struct emitter *emitter, int what) {
  if (emitter->kind == KIND_UNKNOWN)
    emitter->kind = emitter->size = 0;
  emitter->kind |= what;
}

static void forget(struct emitter *emitter, int what) {
  if (emitter->kind != KIND_UNKNOWN)
    emitter->kind &= ~what;
}

static void load_status(struct emitter *emitter) {
  emit_pointer(emitter, emitter->hart);
  wasm_memory(emitter->code, WASM_I64_LOAD, (uint32_t)offsetof(struct riscv_cpu, sstatus));
  wasm_i64(emitter->code, SSTATUS_FS);
}

void emit_float_on(struct emitter *emitter) {
  if (knows(emitter, FLOAT_ON))
    return;
  load_status(emitter);
  wasm_byte(emitter->code, WASM_I64_AND);
  wasm_byte(emitter->code, WASM_I64_EQZ);
  emit_exit_if(emitter);
  know(emitter, FLOAT_ON);
}

void emit_float_dirty(struct emitter *emitter) {
  if (knows(emitter, FLOAT_DIRTY))
    return;
  emit_pointer(emitter, emitter->hart);
  load_status(emitter);
  wasm_byte(emitter->code, WASM_I64_OR);
  wasm_memory(emitter->code, WASM_I64_STORE, (uint32_t)offsetof(struct riscv_cpu, sstatus));
  know(emitter, FLOAT_DIRTY);
}

unsigned float_rounding(const struct riscv_op *op) {
  return (uint32_t)op->imm >> ROUNDING_SHIFT & 7;
}

bool float_is_nearest(const struct emitter *emitter, const struct riscv_op *op) {
  const unsigned rounding = float_rounding(op);
  return rounding == FP_RNE || (rounding == ROUNDING_DYNAMIC && emitter->hart->frm == FP_RNE);
}

void emit_nearest(struct emitter *emitter, const struct riscv_op *op) {
  if (float_rounding(op) == FP_RNE || knows(emitter, FLOAT_NEAREST))
    return;
  emit_pointer(emitter, emitter->hart);
  wasm_memory(emitter->code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, frm));
  emit_exit_if(emitter);
  know(emitter, FLOAT_NEAREST);
}
_Static_assert(FP_RNE == 0, "any other leaves the unit");

bool float_inexact_is_noted(const struct emitter *emitter) {
  return (emitter->hart->fflags & FP_NX) != 0;
}

bool float_knows_inexact(const struct emitter *emitter) {
  return knows(emitter, FLOAT_INEXACT);
}

static void inexact_is_new(struct emitter *emitter) {
  emit_pointer(emitter, emitter->hart);
  wasm_memory(emitter->code, WASM_I32_LOAD, (uint32_t)offsetof(struct riscv_cpu, fflags));
  wasm_i32(emitter->code, FP_NX);
  wasm_byte(emitter->code, WASM_I32_AND);
  wasm_byte(emitter->code, WASM_I32_EQZ);
}

void emit_inexact_noted(struct emitter *emitter) {
  if (knows(emitter, FLOAT_INEXACT))
    return;
  inexact_is_new(emitter);
  emit_exit_if(emitter);
  know(emitter, FLOAT_INEXACT);
}

void emit_if_inexact_is_new(struct emitter *emitter) {
  inexact_is_new(emitter);
  wasm_open(emitter->code, WASM_IF, WASM_VOID);
}

bool float_knows_single(const struct emitter *emitter, unsigned number) {
  return emitter->kind != KIND_UNKNOWN && (emitter->size >> number & 1);
}

void float_know_single(struct emitter *emitter, unsigned number) {
  know(emitter, 0);
  emitter->size |= 1U << number;
}

void float_forget_single(struct emitter *emitter, unsigned number) {
  if (emitter->kind != KIND_UNKNOWN)
    emitter->size &= ~(1U << number);
}

// ---- Control registers ----

static void load_control(struct emitter *emitter, size_t offset) {
  emit_pointer(emitter, emitter->hart);
  wasm_memory(emitter->code, WASM_I64_LOAD32_U, (uint32_t)offset);
}

// The i64 in LOCAL_Y from a bit on.
static void store_control(struct emitter *emitter, size_t offset, int from, int mask) {
  emit_pointer(emitter, emitter->hart);
  wasm_get(emitter->code, LOCAL_Y);
  wasm_i64(emitter->code, from);
  wasm_byte(emitter->code, WASM_I64_SHR_U);
  wasm_i64(emitter->code, mask);
  wasm_byte(emitter->code, WASM_I64_AND);
  wasm_memory(emitter->code, WASM_I64_STORE32, (uint32_t)offset);
}

// The old value into LOCAL_X.
static void read_control(struct emitter *emitter, unsigned number) {
  struct wasm_code *code = emitter->code;
  if (number != CSR_FFLAGS)
    load_control(emitter, offsetof(struct riscv_cpu, frm));
  if (number == CSR_FCSR) {
    wasm_i64(code, 5);
    wasm_byte(code, WASM_I64_SHL);
  }
  if (number != CSR_FRM)
    load_control(emitter, offsetof(struct riscv_cpu, fflags));
  if (number == CSR_FCSR)
    wasm_byte(code, WASM_I64_OR);
  wasm_set(code, LOCAL_X);
}

// The new value is in LOCAL_Y.
static void write_control(struct emitter *emitter, unsigned number) {
  if (number != CSR_FRM)
    store_control(emitter, offsetof(struct riscv_cpu, fflags), 0, 31);
  if (number != CSR_FFLAGS)
    store_control(emitter, offsetof(struct riscv_cpu, frm), number == CSR_FCSR ? 5 : 0, 7);
  emit_float_dirty(emitter);
  forget(emitter, number == CSR_FFLAGS ? FLOAT_INEXACT
                  : number == CSR_FRM  ? FLOAT_NEAREST
                                       : FLOAT_INEXACT | FLOAT_NEAREST);
}

bool emit_float_control(struct emitter *emitter, const struct riscv_op *op, unsigned instruction) {
  struct wasm_code *code = emitter->code;
  const uint32_t bits = (uint32_t)op->imm;
  const unsigned number = bits >> 20, source = bits >> 15 & 31, kind = bits >> 12 & 3;
  if (instruction < RV_CSRRW || instruction > RV_CSRRCI || number < CSR_FFLAGS || number > CSR_FCSR)
    return false;
  emit_float_on(emitter);
  read_control(emitter, number);
  if (kind == 1 || source != 0) {
    if (bits >> 14 & 1)
      wasm_i64(code, (int)source);
    else
      emit_read(emitter, &emitter->hart->x[source]);
    if (kind == 3) {
      wasm_i64(code, -1);
      wasm_byte(code, WASM_I64_XOR);
    }
    if (kind != 1) {
      wasm_get(code, LOCAL_X);
      wasm_byte(code, kind == 2 ? WASM_I64_OR : WASM_I64_AND);
    }
    wasm_set(code, LOCAL_Y);
    write_control(emitter, number);
  }
  if (emit_is_written(emitter, op->rd)) {
    wasm_get(code, LOCAL_X);
    emit_write(emitter, op->rd);
  }
  return true;
}
