// Registers and addresses.
#include "operand.h"

#include "translate/processor.h"

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

void emit_read(struct emitter *emitter, const uint64_t *from) {
  if (from == &emitter->hart->x[0]) {
    wasm_i64(emitter->code, 0);
    return;
  }
  emitter->registers |= emit_bit_of(emitter, from);
  wasm_get(emitter->code, LOCAL_R + number_of(emitter, from));
}

void emit_write(struct emitter *emitter, const uint64_t *to) {
  emitter->registers |= emit_bit_of(emitter, to);
  emitter->written |= emit_bit_of(emitter, to);
  wasm_set(emitter->code, LOCAL_R + number_of(emitter, to));
}

void emit_address_of(struct emitter *emitter, int64_t offset) {
  wasm_get(emitter->code, LOCAL_ANCHOR);
  wasm_i64(emitter->code, emitter->page + offset);
  wasm_byte(emitter->code, WASM_I64_ADD);
}

void emit_memory(struct emitter *emitter, const uint64_t *base, int64_t displacement, enum tlb_kind kind,
                 unsigned bytes) {
  struct wasm_code *code = emitter->code;
  emit_read(emitter, base);
  if (displacement) {
    wasm_i64(code, displacement);
    wasm_byte(code, WASM_I64_ADD);
  }
  wasm_set(code, LOCAL_ADDRESS);
  emit_lookup(emitter, kind, bytes);
}

void emit_move(struct emitter *emitter, uint64_t set, bool to_memory) {
  struct wasm_code *code = emitter->code;
  for (unsigned i = 0; i < REGISTERS; i++) {
    if (!(set >> i & 1))
      continue;
    emit_pointer(emitter, processor_register(i));
    if (to_memory)
      wasm_get(code, LOCAL_R + i);
    wasm_memory(code, to_memory ? WASM_I64_STORE : WASM_I64_LOAD, 0);
    if (!to_memory)
      wasm_set(code, LOCAL_R + i);
  }
}
