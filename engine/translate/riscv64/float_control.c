// fflags, frm and fcsr.
#include "float_control.h"
#include "cpu/riscv64/csr.h"
#include "float_state.h"
#include "operand.h"

#include <stddef.h>

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
  const bool flags = number != CSR_FRM, rounding = number != CSR_FFLAGS;
  if (flags)
    store_control(emitter, offsetof(struct riscv_cpu, fflags), 0, 31);
  if (rounding)
    store_control(emitter, offsetof(struct riscv_cpu, frm), number == CSR_FCSR ? 5 : 0, 7);
  emit_float_dirty(emitter);
  float_forget_control(emitter, flags, rounding);
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
