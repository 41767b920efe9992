// Registers and addresses.
#include "operand.h"

#include "cpu/riscv64/rare.h"
#include "float_state.h"
#include "translate/processor.h"
#include "translate/registers.h"

static unsigned number_of(const struct emitter *emitter, const uint64_t *pointer) {
  const uintptr_t x = (uintptr_t)(pointer - emitter->hart->x);
  return x <= X_SINK ? (unsigned)x : REGISTER_F + (unsigned)(pointer - emitter->hart->f);
}

bool emit_is_written(const struct emitter *emitter, const uint64_t *to) {
  return to != &emitter->hart->x[X_SINK];
}

uint64_t emit_bit_of(const struct emitter *emitter, const uint64_t *pointer) {
  return pointer == &emitter->hart->x[0] || !emit_is_written(emitter, pointer)
             ? 0
             : UINT64_C(1) << number_of(emitter, pointer);
}

static bool is_float(const struct emitter *emitter, const uint64_t *pointer) {
  return number_of(emitter, pointer) >= REGISTER_F;
}

// Nothing else is known of the register.
static void forget(struct emitter *emitter, unsigned number) {
  if (number >= REGISTER_F) {
    float_forget_single(emitter, number - REGISTER_F);
    return;
  }
  emitter->narrow &= ~(UINT32_C(1) << number);
  emitter->clean &= ~(UINT32_C(1) << number);
}

void emit_read(struct emitter *emitter, const uint64_t *from) {
  if (from == &emitter->hart->x[0]) {
    wasm_i64(emitter->code, 0);
    return;
  }
  emit_get_register(emitter, number_of(emitter, from));
  if (is_float(emitter, from))
    wasm_byte(emitter->code, WASM_I64_REINTERPRET_F64);
}

void emit_write(struct emitter *emitter, const uint64_t *to) {
  if (is_float(emitter, to))
    wasm_byte(emitter->code, WASM_F64_REINTERPRET_I64);
  emit_write_double(emitter, to);
}

// Some hosts have an instruction for each i32.wrap_i64: so what is wrapped once is kept.
void emit_read_32(struct emitter *emitter, const uint64_t *from) {
  struct wasm_code *code = emitter->code;
  if (from == &emitter->hart->x[0]) {
    wasm_i32(code, 0);
    return;
  }
  const uint32_t local = LOCAL_NARROW + number_of(emitter, from);
  if (emit_has_32(emitter, from)) {
    wasm_get(code, local);
    return;
  }
  if (emit_is_in_memory(emitter, number_of(emitter, from))) {
    emit_pointer(emitter, from);
    wasm_memory(code, WASM_I32_LOAD, 0);
  } else {
    emit_read(emitter, from);
    wasm_byte(code, WASM_I32_WRAP_I64);
  }
  wasm_tee(code, local);
  emitter->narrow |= (uint32_t)emit_bit_of(emitter, from);
}

void emit_write_32(struct emitter *emitter, const uint64_t *to) {
  const uint32_t bit = (uint32_t)emit_bit_of(emitter, to);
  wasm_tee(emitter->code, LOCAL_NARROW + number_of(emitter, to));
  wasm_byte(emitter->code, WASM_I64_EXTEND_I32_S);
  emit_write(emitter, to);
  emitter->narrow |= bit;
  emitter->clean |= bit;
}

void emit_copy(struct emitter *emitter, const uint64_t *to, const uint64_t *from) {
  struct wasm_code *code = emitter->code;
  const uint32_t bit = (uint32_t)emit_bit_of(emitter, to);
  const bool has_32 = emit_has_32(emitter, from), is_clean = emit_is_clean(emitter, from);
  emit_read(emitter, from);
  emit_write(emitter, to);
  if (has_32) {
    emit_read_32(emitter, from);
    wasm_set(code, LOCAL_NARROW + number_of(emitter, to));
    emitter->narrow |= bit;
  }
  if (is_clean)
    emitter->clean |= bit;
}

bool emit_has_32(const struct emitter *emitter, const uint64_t *from) {
  return from == &emitter->hart->x[0] || (emitter->narrow & emit_bit_of(emitter, from));
}

bool emit_is_clean(const struct emitter *emitter, const uint64_t *from) {
  return from == &emitter->hart->x[0] || (emitter->clean & emit_bit_of(emitter, from));
}

void emit_register(struct emitter *emitter, unsigned number) {
  emit_read(emitter, processor_register(number));
}

unsigned emit_integer_number(const struct emitter *emitter, const uint64_t *pointer) {
  return number_of(emitter, pointer);
}

unsigned emit_float_number(const struct emitter *emitter, const uint64_t *pointer) {
  return number_of(emitter, pointer) - REGISTER_F;
}

void emit_read_double(struct emitter *emitter, const uint64_t *from) {
  emit_get_register(emitter, number_of(emitter, from));
}

void emit_copy_double(struct emitter *emitter, const uint64_t *from) {
  emit_read_double(emitter, from);
  wasm_set(emitter->code, LOCAL_R + number_of(emitter, from));
}

void emit_write_double(struct emitter *emitter, const uint64_t *to) {
  forget(emitter, number_of(emitter, to));
  emit_set_register(emitter, number_of(emitter, to));
}

void emit_unbox(struct emitter *emitter, const uint64_t *from) {
  struct wasm_code *code = emitter->code;
  const unsigned number = emit_float_number(emitter, from);
  if (float_knows_single(emitter, number))
    return;
  emit_read(emitter, from);
  wasm_tee(code, LOCAL_X);
  wasm_i64(code, (int64_t)NAN_BOX);
  wasm_byte(code, WASM_I64_LT_U);
  emit_exit_if(emitter);
  wasm_get(code, LOCAL_X);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_byte(code, WASM_F32_REINTERPRET_I32);
  wasm_set(code, LOCAL_S + number);
  float_know_single(emitter, number);
}

void emit_read_single(struct emitter *emitter, const uint64_t *from) {
  wasm_get(emitter->code, LOCAL_S + emit_float_number(emitter, from));
}

void emit_write_single(struct emitter *emitter, const uint64_t *to) {
  struct wasm_code *code = emitter->code;
  const unsigned number = emit_float_number(emitter, to);
  wasm_tee(code, LOCAL_S + number);
  wasm_byte(code, WASM_I32_REINTERPRET_F32);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_i64(code, (int64_t)NAN_BOX);
  wasm_byte(code, WASM_I64_OR);
  emit_write(emitter, to);
  float_know_single(emitter, number);
}

void emit_address_of(struct emitter *emitter, int64_t offset) {
  emit_anchor(emitter);
  wasm_i64(emitter->code, emitter->page + offset);
  wasm_byte(emitter->code, WASM_I64_ADD);
}

void emit_move(struct emitter *emitter, uint64_t set, bool to_memory) {
  emit_flush(emitter);
  if (!emitter->in_memory)
    emit_move_registers(emitter, set, to_memory);
  else if (!to_memory)
    emitter->cached.loaded &= ~set;
  for (unsigned i = 0; !to_memory && i < REGISTERS; i++) {
    if (set >> i & 1)
      forget(emitter, i);
  }
}
