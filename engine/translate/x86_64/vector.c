// Moves of vectors and their elements.
#include "vector.h"
#include "halves.h"
#include "operand.h"
#include "packed.h"
#include "shuffle.h"
#include "simd.h"

#include "translate/mailbox.h"

static void copy_pointers(struct emitter *emitter, const void *to, const void *from) {
  if (mailbox_host()->simd) {
    emit_vector_to(emitter, to);
    emit_load_vector(emitter, from);
    emit_store_vector(emitter, to);
    return;
  }
  for (unsigned byte = 0; byte < 16; byte += 8) {
    emit_lane_to(emitter, (const uint8_t *)to + byte);
    emit_load_half(emitter, (const uint8_t *)from + byte);
    emit_store_lane(emitter, (const uint8_t *)to + byte, 3);
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
  if (op->size) {
    if (!emit_address(emitter, op, true))
      return false;
    check_alignment(emitter);
  }
  if (!emit_access(emitter, op, true, is_store ? TLB_WRITE : TLB_READ, 16))
    return false;
  if (mailbox_host()->simd && is_store) {
    emit_host(emitter);
    emit_load_vector(emitter, op->rs);
    wasm_simd_memory(code, WASM_V128_STORE, emit_host_offset());
    return true;
  }
  if (mailbox_host()->simd) {
    emit_vector_to(emitter, op->rd);
    emit_host(emitter);
    wasm_simd_memory(code, WASM_V128_LOAD, emit_host_offset());
    emit_store_vector(emitter, op->rd);
    return true;
  }
  for (unsigned byte = 0; byte < 16; byte += 8) {
    emit_host(emitter);
    if (is_store) {
      emit_load_half(emitter, (const uint8_t *)op->rs + byte);
      wasm_memory(code, WASM_I64_STORE, byte + emit_host_offset());
    } else {
      wasm_memory(code, WASM_I64_LOAD, byte + emit_host_offset());
      emit_store_half(emitter, (const uint8_t *)op->rd + byte);
    }
  }
  return true;
}

static bool is_vector(const struct emitter *emitter, const void *pointer) {
  unsigned byte;
  return emit_vector_number(emitter, pointer, &byte) >= 0;
}

// The low bytes of a register; the upper half of it becomes 0, if `clears`.
static bool move_low(struct emitter *emitter, const struct x86_op *op, unsigned size, bool clears) {
  struct wasm_code *code = emitter->code;
  if (!is_vector(emitter, op->rd)) {
    if (clears || op->rd != &emitter->cpu->temporary || !emit_read(emitter, op, op->rs, size))
      return false;
    return emit_write(emitter, op->rd, 3);
  }
  unsigned byte;
  if (clears && emit_vector_local(emitter, op->rd, &byte) >= 0) {
    emit_vector_constant(emitter, 0);
    if (!emit_read(emitter, op, op->rs, size))
      return false;
    wasm_simd(code, I64X2_REPLACE);
    wasm_byte(code, 0);
    emit_store_vector(emitter, op->rd);
    return true;
  }
  emit_lane_to(emitter, op->rd);
  if (!emit_read(emitter, op, op->rs, size))
    return false;
  emit_store_lane(emitter, op->rd, clears ? 3 : size);
  if (clears) {
    wasm_i64(code, 0);
    emit_store_half(emitter, (const uint8_t *)op->rd + 8);
  }
  return true;
}

static bool move_half(struct emitter *emitter, const struct x86_op *op, uint32_t to, uint32_t from) {
  const uint8_t *source = (const uint8_t *)op->rs + from;
  if (op->rd == &emitter->cpu->temporary)
    return emit_read(emitter, op, source, 3) && emit_write(emitter, op->rd, 3);
  if (!is_vector(emitter, op->rd))
    return false;
  const uint8_t *target = (const uint8_t *)op->rd + to;
  emit_lane_to(emitter, target);
  if (!emit_read(emitter, op, source, 3))
    return false;
  emit_store_lane(emitter, target, 3);
  return true;
}

bool emit_vector(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_LOADX: return access(emitter, op, false);
  case X86_STOREX: return access(emitter, op, true);
  case X86_MOV128: copy_pointers(emitter, op->rd, op->rs); return true;
  case X86_MOV32_ZERO: return move_low(emitter, op, 2, true);
  case X86_MOV64_ZERO: return move_low(emitter, op, 3, true);
  case X86_MOV32_LOW: return move_low(emitter, op, 2, false);
  case X86_MOV64_LOW: return move_low(emitter, op, 3, false);
  case X86_MOVQ_STORE: return move_low(emitter, op, 3, op->rd != &emitter->cpu->temporary);
  case X86_MOV_TO_XMM: return move_low(emitter, op, op->shift, true);
  case X86_MOVLHPS: return move_half(emitter, op, 8, 0);
  case X86_MOVHLPS:
  case X86_MOVHPS_STORE: return move_half(emitter, op, 0, 8);
  case X86_MOV_FROM_VECTOR: return emit_read(emitter, op, op->rs, op->size) && emit_write(emitter, op->rd, op->size);
  default:
    return mailbox_host()->simd ? emit_packed(emitter, op) || emit_shuffle(emitter, op) : emit_halves(emitter, op);
  }
}
