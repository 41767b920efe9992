// Vectors in locals, or in struct x86_cpu where the host has no SIMD.
#include "simd.h"

#include "translate/mailbox.h"

int emit_vector_local(const struct emitter *emitter, const void *pointer, unsigned *byte) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->xmm,
                  wide = (uintptr_t)pointer - (uintptr_t)&emitter->cpu->wide;
  if (!mailbox_host()->simd)
    return -1;
  *byte = (unsigned)(offset < sizeof emitter->cpu->xmm ? offset : wide) % sizeof emitter->cpu->wide;
  if (offset < sizeof emitter->cpu->xmm)
    return LOCAL_XMM + (int)(offset / sizeof *emitter->cpu->xmm);
  return wide < sizeof emitter->cpu->wide ? LOCAL_WIDE : -1;
}

static uint64_t bit_of(int local) {
  return local < LOCAL_WIDE ? UINT64_C(1) << (VECTOR_BIT + local - LOCAL_XMM) : 0;
}

void emit_vector_constant(struct emitter *emitter, uint64_t half) {
  wasm_simd(emitter->code, V128_CONST);
  for (unsigned i = 0; i < 16; i++)
    wasm_byte(emitter->code, (unsigned)(half >> i % 8 * 8) & 0xff);
}

void emit_load_vector(struct emitter *emitter, const void *from) {
  unsigned byte;
  const int local = emit_vector_local(emitter, from, &byte);
  if (local < 0) {
    emit_pointer(emitter, from);
    wasm_simd_memory(emitter->code, WASM_V128_LOAD, 0);
    return;
  }
  emitter->registers |= bit_of(local);
  wasm_get(emitter->code, (uint32_t)local);
}

void emit_vector_to(struct emitter *emitter, const void *to) {
  unsigned byte;
  if (emit_vector_local(emitter, to, &byte) < 0)
    emit_pointer(emitter, to);
}

void emit_store_vector(struct emitter *emitter, const void *to) {
  unsigned byte;
  const int local = emit_vector_local(emitter, to, &byte);
  if (local < 0) {
    wasm_simd_memory(emitter->code, WASM_V128_STORE, 0);
    return;
  }
  emitter->registers |= bit_of(local);
  emitter->written |= bit_of(local);
  wasm_set(emitter->code, (uint32_t)local);
}

void emit_lane_to(struct emitter *emitter, const void *to) {
  unsigned byte;
  if (emit_vector_local(emitter, to, &byte) < 0)
    emit_pointer(emitter, to);
  else
    emit_load_vector(emitter, to);
}

void emit_store_lane(struct emitter *emitter, const void *to, unsigned size) {
  unsigned byte;
  if (emit_vector_local(emitter, to, &byte) < 0) {
    wasm_memory(emitter->code, size == 3 ? WASM_I64_STORE : WASM_I64_STORE32, 0);
    return;
  }
  if (size == 2)
    wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  wasm_simd(emitter->code, size == 3 ? I64X2_REPLACE : I32X4_REPLACE);
  wasm_byte(emitter->code, byte >> size);
  emit_store_vector(emitter, to);
}
