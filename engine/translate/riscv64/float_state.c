#include "float_state.h"
#include "cpu/riscv64/softfloat.h"

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

void float_forget_control(struct emitter *emitter, bool flags, bool rounding) {
  if (emitter->kind != KIND_UNKNOWN)
    emitter->kind &= ~((flags ? FLOAT_INEXACT : 0) | (rounding ? FLOAT_NEAREST : 0));
}
