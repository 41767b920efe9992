#include "registers.h"

#include "processor.h"

static bool is_float(unsigned number) {
  return number >= processor()->i64_locals;
}

bool emit_is_in_memory(const struct emitter *emitter, unsigned number) {
  return emitter->in_memory && !(emitter->cached.loaded >> number & 1);
}

static void load(struct emitter *emitter, unsigned number) {
  emit_pointer(emitter, processor_register(number));
  wasm_memory(emitter->code, is_float(number) ? WASM_F64_LOAD : WASM_I64_LOAD, 0);
}

void emit_get_register(struct emitter *emitter, unsigned number) {
  emitter->registers |= UINT64_C(1) << number;
  if (!emit_is_in_memory(emitter, number)) {
    wasm_get(emitter->code, LOCALS_SHARED + number);
    return;
  }
  load(emitter, number);
  wasm_tee(emitter->code, LOCALS_SHARED + number);
  emitter->cached.loaded |= UINT64_C(1) << number;
}

void emit_set_register(struct emitter *emitter, unsigned number) {
  const uint64_t bit = UINT64_C(1) << number;
  wasm_set(emitter->code, LOCALS_SHARED + number);
  emitter->registers |= bit;
  emitter->written |= bit;
  emitter->cached.loaded |= bit;
  emitter->cached.dirty |= bit;
}

void emit_load_registers(struct emitter *emitter) {
  for (unsigned i = 0; i < processor()->registers; i++) {
    if (emitter->registers >> i & 1) {
      load(emitter, i);
      wasm_set(emitter->code, LOCALS_SHARED + i);
    }
  }
  emit_load_state(emitter);
}

void emit_store_registers(struct emitter *emitter, uint64_t set) {
  for (unsigned i = 0; i < processor()->registers; i++) {
    if (set >> i & 1) {
      emit_pointer(emitter, processor_register(i));
      wasm_get(emitter->code, LOCALS_SHARED + i);
      wasm_memory(emitter->code, is_float(i) ? WASM_F64_STORE : WASM_I64_STORE, 0);
    }
  }
  emit_store_state(emitter, set);
}

void emit_flush(struct emitter *emitter) {
  if (emitter->in_memory)
    emit_store_registers(emitter, emitter->cached.dirty);
  emitter->cached.dirty = 0;
}
