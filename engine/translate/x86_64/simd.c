// Vectors in locals: one for each where the host has SIMD, else two.
#include "simd.h"

#include "translate/mailbox.h"
#include "translate/registers.h"

int emit_vector_number(const struct emitter *emitter, const void *pointer, unsigned *byte) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->xmm,
                  wide = (uintptr_t)pointer - (uintptr_t)&emitter->cpu->wide;
  *byte = (unsigned)(offset < sizeof emitter->cpu->xmm ? offset : wide) % sizeof emitter->cpu->wide;
  if (offset < sizeof emitter->cpu->xmm)
    return (int)(offset / sizeof *emitter->cpu->xmm);
  return wide < sizeof emitter->cpu->wide ? X86_VECTORS : -1;
}

static void note(struct emitter *emitter, int number, bool is_written) {
  const uint64_t bit = number < X86_VECTORS ? UINT64_C(1) << (VECTOR_BIT + number) : 0;
  emitter->registers |= bit;
  emitter->cached.loaded |= bit;
  if (is_written) {
    emitter->written |= bit;
    emitter->cached.dirty |= bit;
  }
}

static bool is_in_memory(const struct emitter *emitter, int number) {
  return number < X86_VECTORS && emit_is_in_memory(emitter, VECTOR_BIT + (unsigned)number);
}

// ---- With SIMD ----

int emit_vector_local(const struct emitter *emitter, const void *pointer, unsigned *byte) {
  const int number = emit_vector_number(emitter, pointer, byte);
  return number < 0 || !mailbox_host()->simd ? -1 : LOCAL_XMM + number;
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
  const int number = local - LOCAL_XMM;
  if (is_in_memory(emitter, number)) {
    emit_pointer(emitter, &emitter->cpu->xmm[number]);
    wasm_simd_memory(emitter->code, WASM_V128_LOAD, 0);
    wasm_tee(emitter->code, (uint32_t)local);
  } else {
    wasm_get(emitter->code, (uint32_t)local);
  }
  note(emitter, number, false);
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
  note(emitter, local - LOCAL_XMM, true);
  wasm_set(emitter->code, (uint32_t)local);
}

// ---- Without ----

static uint32_t half_local(int number, unsigned byte) {
  return LOCAL_HALVES + 2 * (uint32_t)number + byte / 8;
}

static void load_halves(struct emitter *emitter, int number) {
  if (!is_in_memory(emitter, number))
    return;
  for (unsigned half = 0; half < 2; half++) {
    emit_pointer(emitter, &emitter->cpu->xmm[number]);
    wasm_memory(emitter->code, WASM_I64_LOAD, 8 * half);
    wasm_set(emitter->code, half_local(number, 8 * half));
  }
}

void emit_load_half(struct emitter *emitter, const void *from) {
  unsigned byte;
  const int number = emit_vector_number(emitter, from, &byte);
  if (number < 0) {
    emit_pointer(emitter, from);
    wasm_memory(emitter->code, WASM_I64_LOAD, 0);
    return;
  }
  load_halves(emitter, number);
  note(emitter, number, false);
  wasm_get(emitter->code, half_local(number, byte));
}

void emit_store_half(struct emitter *emitter, const void *to) {
  unsigned byte;
  const int number = emit_vector_number(emitter, to, &byte);
  load_halves(emitter, number);
  note(emitter, number, true);
  wasm_set(emitter->code, half_local(number, byte));
}

// ---- With or without ----

void emit_vector_from_memory(struct emitter *emitter, const struct x86_xmm *member) {
  if (mailbox_host()->simd) {
    emit_pointer(emitter, member);
    wasm_simd_memory(emitter->code, WASM_V128_LOAD, 0);
    emit_store_vector(emitter, member);
    return;
  }
  for (unsigned half = 0; half < 2; half++) {
    emit_pointer(emitter, member);
    wasm_memory(emitter->code, WASM_I64_LOAD, 8 * half);
    emit_store_half(emitter, &member->q[half]);
  }
}

void emit_vector_to_memory(struct emitter *emitter, const struct x86_xmm *member) {
  if (mailbox_host()->simd) {
    emit_pointer(emitter, member);
    emit_load_vector(emitter, member);
    wasm_simd_memory(emitter->code, WASM_V128_STORE, 0);
    return;
  }
  for (unsigned half = 0; half < 2; half++) {
    emit_pointer(emitter, member);
    emit_load_half(emitter, &member->q[half]);
    wasm_memory(emitter->code, WASM_I64_STORE, 8 * half);
  }
}

void emit_lane_to(struct emitter *emitter, const void *to) {
  unsigned byte;
  if (emit_vector_number(emitter, to, &byte) < 0)
    emit_pointer(emitter, to);
  else if (mailbox_host()->simd)
    emit_load_vector(emitter, to);
}

void emit_store_lane(struct emitter *emitter, const void *to, unsigned size) {
  struct wasm_code *code = emitter->code;
  unsigned byte;
  if (emit_vector_number(emitter, to, &byte) < 0) {
    wasm_memory(code, size == 3 ? WASM_I64_STORE : WASM_I64_STORE32, 0);
  } else if (mailbox_host()->simd) {
    if (size == 2)
      wasm_byte(code, WASM_I32_WRAP_I64);
    wasm_simd(code, size == 3 ? I64X2_REPLACE : I32X4_REPLACE);
    wasm_byte(code, byte >> size);
    emit_store_vector(emitter, to);
  } else {
    if (size == 2) {
      const bool high = byte % 8;
      if (high) {
        wasm_i64(code, 32);
        wasm_byte(code, WASM_I64_SHL);
      } else {
        wasm_i64(code, UINT32_MAX);
        wasm_byte(code, WASM_I64_AND);
      }
      emit_load_half(emitter, to);
      wasm_i64(code, high ? UINT32_MAX : (int64_t)~(uint64_t)UINT32_MAX);
      wasm_byte(code, WASM_I64_AND);
      wasm_byte(code, WASM_I64_OR);
    }
    emit_store_half(emitter, to);
  }
}
