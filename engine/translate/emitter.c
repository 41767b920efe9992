// Exits and memory.
#include "emitter.h"

#include <stddef.h>

enum { PAGE_FIELD = 12 };

// What the end of the function takes apart (frame.c): offset from the anchor, kind of exit, instructions done.
static void exit_with(struct emitter *emitter, int64_t offset, enum exit_kind kind) {
  const int64_t done = emitter->done & ((1 << EXIT_SHIFT) - 1);
  emitter->exits++;
  wasm_i64(emitter->code, offset * (1 << EXIT_BITS) + (int64_t)kind * (1 << EXIT_SHIFT) + done);
  wasm_branch(emitter->code, WASM_BR, emitter->exit);
}

void emit_exit(struct emitter *emitter) {
  exit_with(emitter, emitter->page + emitter->instruction, EXIT_HERE);
}

void emit_exit_if(struct emitter *emitter) {
  wasm_open(emitter->code, WASM_IF, WASM_VOID);
  emit_exit(emitter);
  wasm_end(emitter->code);
}

void emit_exit_at(struct emitter *emitter, int64_t offset, enum exit_kind kind) {
  exit_with(emitter, emitter->page + offset, kind);
}

void emit_pointer(struct emitter *emitter, const void *pointer) {
  wasm_i32(emitter->code, (int32_t)(uint32_t)(uintptr_t)pointer);
}

void emit_anchor(struct emitter *emitter) {
  emit_pointer(emitter, emitter->anchor);
  wasm_memory(emitter->code, WASM_I64_LOAD, 0);
}

static void lookup(struct emitter *emitter, enum tlb_kind kind, unsigned bytes, enum exit_kind exit) {
  struct wasm_code *code = emitter->code;
  const uint32_t entries = (uint32_t)(uintptr_t)emitter->tlb->entries[kind];
  const unsigned entry_bits = 4; // memory/tlb.h
  wasm_get(code, LOCAL_ADDRESS);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_tee(code, LOCAL_HOST);
  wasm_i32(code, PAGE_FIELD - (int)entry_bits);
  wasm_byte(code, WASM_I32_SHR_U);
  wasm_i32(code, (TLB_ENTRIES - 1) << entry_bits);
  wasm_byte(code, WASM_I32_AND);
  wasm_tee(code, LOCAL_SLOT);
  wasm_memory(code, WASM_I64_LOAD, entries + (uint32_t)offsetof(struct tlb_entry, page));
  wasm_get(code, LOCAL_ADDRESS);
  if (bytes > 1) {
    wasm_i64(code, (int)bytes - 1);
    wasm_byte(code, WASM_I64_ADD);
  }
  wasm_i64(code, -(1 << PAGE_FIELD));
  wasm_byte(code, WASM_I64_AND);
  wasm_byte(code, WASM_I64_NE);
  wasm_open(code, WASM_IF, WASM_VOID);
  emit_exit_at(emitter, emitter->instruction, exit);
  wasm_end(code);
  wasm_get(code, LOCAL_SLOT);
  wasm_memory(code, WASM_I32_LOAD, entries + (uint32_t)offsetof(struct tlb_entry, addend));
  wasm_get(code, LOCAL_HOST);
  wasm_byte(code, WASM_I32_ADD);
  wasm_set(code, LOCAL_HOST);
}

void emit_lookup(struct emitter *emitter, enum tlb_kind kind, unsigned bytes) {
  lookup(emitter, kind, bytes, EXIT_HERE);
}

void emit_lookup_together(struct emitter *emitter, enum tlb_kind kind, unsigned bytes) {
  lookup(emitter, kind, bytes, EXIT_APART);
}
