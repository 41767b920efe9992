#include "registers.h"

#include <string.h>

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

static void store(struct emitter *emitter, unsigned number) {
  emit_pointer(emitter, processor_register(number));
  wasm_get(emitter->code, LOCALS_SHARED + number);
  wasm_memory(emitter->code, is_float(number) ? WASM_F64_STORE : WASM_I64_STORE, 0);
}

void emit_move_registers(struct emitter *emitter, uint64_t set, bool to_memory) {
  for (unsigned i = 0; i < processor()->registers; i++) {
    if (!(set >> i & 1))
      continue;
    if (to_memory) {
      store(emitter, i);
    } else {
      load(emitter, i);
      wasm_set(emitter->code, LOCALS_SHARED + i);
    }
  }
}

void emit_load_registers(struct emitter *emitter) {
  emit_move_registers(emitter, emitter->registers, false);
  emit_load_state(emitter);
}

void emit_store_registers(struct emitter *emitter, uint64_t set) {
  emit_move_registers(emitter, set, true);
  emit_store_state(emitter, set);
}

void emit_flush(struct emitter *emitter) {
  if (emitter->in_memory)
    emit_store_registers(emitter, emitter->cached.dirty);
  emitter->cached.dirty = 0;
}

// Puts the bytes written from `second` on before those from `first` on.
static void exchange(struct wasm_code *code, uint32_t first, uint32_t second) {
  uint8_t moved[1024];
  const uint32_t count = code->used - second;
  if (code->full || count > sizeof moved) {
    code->full = true;
    return;
  }
  memcpy(moved, code->bytes + second, count);
  memmove(code->bytes + first + count, code->bytes + first, second - first);
  memcpy(code->bytes + first, moved, count);
}

// Before an instruction that may leave the unit, what those before it have changed is put into memory.
bool emit_cached_instruction(struct emitter *emitter, struct code_page *page, void *op) {
  struct wasm_code *code = emitter->code;
  const struct cached before = emitter->cached;
  const unsigned exits = emitter->exits;
  const uint32_t start = code->used;
  emitter->cached.dirty = 0;
  const bool written = emit_instruction(emitter, page, op);
  if (!emitter->in_memory || emitter->exits == exits) {
    emitter->cached.dirty |= before.dirty;
    return written;
  }
  const struct cached behind = emitter->cached;
  const uint32_t end = code->used;
  emitter->cached = before;
  emit_flush(emitter);
  emitter->cached = behind;
  exchange(code, start, end);
  return written;
}
