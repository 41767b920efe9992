// SSE: moves of 16 bytes. XMM registers stay in struct x86_cpu: nothing is to be spilled for a call or an exit.
#include "emitter.h"

#include "translate/mailbox.h"

static void copy_pointers(struct emitter *emitter, const void *to, const void *from) {
  struct wasm_code *code = emitter->code;
  if (mailbox_host()->simd) {
    emit_pointer(emitter, to);
    emit_pointer(emitter, from);
    wasm_simd_memory(code, WASM_V128_LOAD, 0);
    wasm_simd_memory(code, WASM_V128_STORE, 0);
    return;
  }
  // Both halves are read before one is written: source and destination may be the same, but they do not overlap.
  for (uint32_t half = 0; half < 16; half += 8) {
    emit_pointer(emitter, to);
    emit_pointer(emitter, from);
    wasm_memory(code, WASM_I64_LOAD, half);
    wasm_memory(code, WASM_I64_STORE, half);
  }
}

static void check_alignment(struct emitter *emitter) {
  wasm_get(emitter->code, LOCAL_ADDRESS);
  wasm_i64(emitter->code, 15);
  wasm_byte(emitter->code, WASM_I64_AND);
  wasm_i64(emitter->code, 0);
  wasm_byte(emitter->code, WASM_I64_NE);
  emit_exit_if(emitter);
}

static bool access(struct emitter *emitter, const struct x86_op *op, bool is_store) {
  struct wasm_code *code = emitter->code;
  const bool simd = mailbox_host()->simd;
  const void *pointer = is_store ? op->rs : op->rd;
  if (!emit_address(emitter, op, true))
    return false;
  if (op->size)
    check_alignment(emitter);
  emit_lookup(emitter, is_store ? TLB_WRITE : TLB_READ, 16);
  for (uint32_t at = 0; at < 16; at += simd ? 16 : 8) {
    if (is_store)
      wasm_get(code, LOCAL_HOST);
    else
      emit_pointer(emitter, pointer);
    if (is_store)
      emit_pointer(emitter, pointer);
    else
      wasm_get(code, LOCAL_HOST);
    if (simd) {
      wasm_simd_memory(code, WASM_V128_LOAD, 0);
      wasm_simd_memory(code, WASM_V128_STORE, 0);
    } else {
      wasm_memory(code, WASM_I64_LOAD, at);
      wasm_memory(code, WASM_I64_STORE, at);
    }
  }
  return true;
}

bool emit_vector(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_LOADX: return access(emitter, op, false);
  case X86_STOREX: return access(emitter, op, true);
  case X86_MOV128: copy_pointers(emitter, op->rd, op->rs); return true;
  default: return false;
  }
}
