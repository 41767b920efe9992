// The beginning and the end of a unit's function, and its table of entries.
#include "frame.h"

#include "host/host.h"
#include "registers.h"
#include "trained.h"

#include <string.h>

// So many places for each entry at most: entries at the same offset of two pages may not have one each in any table.
enum { PLACES_MAX = 4096, PLACES_FOR_ONE = 8, PLACES_BYTES_MAX = 32 << 20 };

static void declare_locals(struct wasm_code *code) {
  const struct {
    unsigned count;
    enum wasm_type type;
  } groups[] = {{LOCALS_SHARED_I64, WASM_I64},
                {LOCALS_SHARED_I32, WASM_I32},
                {processor()->i64_locals, WASM_I64},
                {processor()->i32_locals, WASM_I32},
                {processor()->f64_locals, WASM_F64},
                {processor()->f32_locals, WASM_F32},
                {processor()->more_locals, processor()->more_type}};
  const unsigned count = sizeof groups / sizeof *groups - (processor()->more_locals == 0);
  wasm_byte(code, count);
  for (unsigned i = 0; i < count; i++) {
    wasm_unsigned(code, groups[i].count);
    wasm_byte(code, groups[i].type);
  }
}

void frame_head(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  declare_locals(code);
  if (!emitter->in_memory)
    emit_load_registers(emitter);
  emit_pointer(emitter, processor()->budget);
  wasm_memory(code, WASM_I32_LOAD, 0);
  wasm_set(code, LOCAL_BUDGET);
  wasm_get(code, LOCAL_ENTRY);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_set(code, LOCAL_NEXT);
}

void frame_tail(struct emitter *emitter) {
  struct wasm_code *code = emitter->code;
  wasm_set(code, LOCAL_X);
  if (!emitter->in_memory)
    emit_store_registers(emitter, emitter->written);
  emit_pointer(emitter, processor()->pc);
  emit_anchor(emitter);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, EXIT_BITS);
  wasm_byte(code, WASM_I64_SHR_S);
  wasm_byte(code, WASM_I64_ADD);
  wasm_memory(code, WASM_I64_STORE, 0);
  emit_pointer(emitter, processor()->budget);
  wasm_get(code, LOCAL_BUDGET);
  wasm_get(code, LOCAL_X);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_i32(code, 32 - EXIT_SHIFT);
  wasm_byte(code, WASM_I32_SHL);
  wasm_i32(code, 32 - EXIT_SHIFT);
  wasm_byte(code, WASM_I32_SHR_S);
  wasm_byte(code, WASM_I32_SUB);
  wasm_memory(code, WASM_I32_STORE, 0);
  wasm_get(code, LOCAL_X);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_i32(code, EXIT_SHIFT);
  wasm_byte(code, WASM_I32_SHR_U);
  wasm_i32(code, (1 << EXIT_KIND_BITS) - 1);
  wasm_byte(code, WASM_I32_AND);
}

bool frame_places(struct unit *unit, const struct region *region, const struct entry *entries, unsigned count) {
  static struct place room[PLACES_MAX];
  static uint32_t allocated;
  bool fits = false;
  for (unsigned size = 16; !fits; size *= 2) {
    const bool largest = size == PLACES_MAX || size >= PLACES_FOR_ONE * count;
    fits = true;
    for (unsigned i = 0; i < size; i++)
      room[i] = (struct place){.offset = ~(int64_t)i}; // of no distance that leads to this place
    for (unsigned i = 0; i < count && fits; i++) {
      const struct block *block = &region->blocks[entries[i].block];
      const int64_t offset = (int64_t)(block->page_address + block->offset - unit->anchor);
      struct place *place = &room[(uint32_t)offset & (size - 1)];
      fits = place->entry == 0 || largest;
      if (place->entry == 0)
        *place = (struct place){.offset = offset, .entry = i + 1};
    }
    unit->place_mask = size - 1;
  }
  const uint32_t bytes = (unit->place_mask + 1) * (uint32_t)sizeof *room;
  if (trained_collecting()) {
    unit->places = trained_allocate(bytes);
  } else {
    unit->places = allocated + bytes > PLACES_BYTES_MAX ? NULL : host_allocate(bytes);
    allocated += bytes;
  }
  if (!unit->places)
    return false;
  memcpy(unit->places, room, bytes);
  return true;
}
