// SSE that moves elements: within vectors, and one in or out. MMX registers (size 3) are left to the interpreter's
// functions.
#include "shuffle.h"
#include "operand.h"
#include "order.h"
#include "simd.h"

enum { VECTOR_SIZE = 4 }; // log2 of the bytes

static void put_shuffle(struct emitter *emitter, const uint8_t *bytes) {
  wasm_simd(emitter->code, I8X16_SHUFFLE);
  wasm_bytes(emitter->code, bytes, 16);
}

static void shuffle(struct emitter *emitter, const struct x86_op *op, uint8_t *bytes) {
  bool source = false, zeros = false;
  for (unsigned i = 0; i < 16; i++) {
    source = source || (bytes[i] >= ORDER_SOURCE && bytes[i] < ORDER_ZERO);
    zeros = zeros || bytes[i] >= ORDER_ZERO;
  }
  // Where there are zeros, bytes are of one operand only.
  emit_load_vector(emitter, zeros && source ? op->rs : op->rd);
  if (zeros)
    emit_vector_constant(emitter, 0);
  else
    emit_load_vector(emitter, source ? op->rs : op->rd);
  for (unsigned i = 0; zeros && i < 16; i++)
    bytes[i] = bytes[i] >= ORDER_ZERO ? ORDER_SOURCE : bytes[i] % ORDER_SOURCE;
  put_shuffle(emitter, bytes);
}

// Bytes by the low four bits of the source's, or 0 where that is negative.
static void choose_bytes(struct emitter *emitter, const struct x86_op *op) {
  emit_load_vector(emitter, op->rd);
  emit_load_vector(emitter, op->rs);
  emit_vector_constant(emitter, UINT64_C(0x8f8f8f8f8f8f8f8f));
  wasm_simd(emitter->code, V128_AND);
  wasm_simd(emitter->code, I8X16_SWIZZLE);
}

// Is the operand, which may be an MMX register, one of 16 bytes?
static bool is_xmm(const struct emitter *emitter, const void *pointer) {
  unsigned byte;
  return emit_vector_local(emitter, pointer, &byte) >= 0;
}

// ---- Low elements become wider ones ----

// Of elements of 1 << from bytes, elements of 1 << to.
struct widening {
  unsigned from, to;
  bool is_signed;
};

static struct widening widening_of(unsigned code) {
  switch (code) {
  case X86_PMOVSXBW: return (struct widening){0, 1, true};
  case X86_PMOVSXBD: return (struct widening){0, 2, true};
  case X86_PMOVSXBQ: return (struct widening){0, 3, true};
  case X86_PMOVSXWD: return (struct widening){1, 2, true};
  case X86_PMOVSXWQ: return (struct widening){1, 3, true};
  case X86_PMOVSXDQ: return (struct widening){2, 3, true};
  case X86_PMOVZXBW: return (struct widening){0, 1, false};
  case X86_PMOVZXBD: return (struct widening){0, 2, false};
  case X86_PMOVZXBQ: return (struct widening){0, 3, false};
  case X86_PMOVZXWD: return (struct widening){1, 2, false};
  case X86_PMOVZXWQ: return (struct widening){1, 3, false};
  case X86_PMOVZXDQ: return (struct widening){2, 3, false};
  default: return (struct widening){0, 0, false};
  }
}

static bool widen(struct emitter *emitter, const struct x86_op *op, const struct widening *widening) {
  static const uint32_t OPCODES[][2] = {{I16X8_EXTEND_LOW_U, I16X8_EXTEND_LOW_S},
                                        {I32X4_EXTEND_LOW_U, I32X4_EXTEND_LOW_S},
                                        {I64X2_EXTEND_LOW_U, I64X2_EXTEND_LOW_S}};
  if (is_xmm(emitter, op->rs)) {
    emit_load_vector(emitter, op->rs);
  } else {
    if (!emit_read(emitter, op, op->rs, 3))
      return false;
    wasm_simd(emitter->code, I64X2_SPLAT);
  }
  for (unsigned size = widening->from; size < widening->to; size++)
    wasm_simd(emitter->code, OPCODES[size][widening->is_signed]);
  emit_store_vector(emitter, op->rd);
  return true;
}

// ---- One element ----

static bool insert(struct emitter *emitter, const struct x86_op *op, unsigned size) {
  static const uint32_t REPLACE[] = {I8X16_REPLACE, I16X8_REPLACE, I32X4_REPLACE, I64X2_REPLACE};
  emit_load_vector(emitter, op->rd);
  if (!emit_read(emitter, op, op->rs, size))
    return false;
  if (size < 3)
    wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  wasm_simd(emitter->code, REPLACE[size]);
  wasm_byte(emitter->code, (unsigned)op->imm & ((16U >> size) - 1));
  emit_store_vector(emitter, op->rd);
  return true;
}

static bool extract(struct emitter *emitter, const struct x86_op *op, unsigned size) {
  const unsigned place = (unsigned)op->imm & ((16U >> size) - 1);
  return emit_read(emitter, op, (const uint8_t *)op->rs + (place << size), size) && emit_write(emitter, op->rd, 3);
}

// Immediate: bits 6 and 7 choose the source's element (not from memory), 4 and 5 the place, 0 to 3 clear.
static bool insert_single(struct emitter *emitter, const struct x86_op *op, bool from_memory) {
  const unsigned imm = (unsigned)op->imm, from = from_memory ? 0 : (imm >> 6 & 3) * 4;
  uint8_t bytes[16];
  emit_load_vector(emitter, op->rd);
  if (!emit_read(emitter, op, (const uint8_t *)op->rs + from, 2))
    return false;
  wasm_byte(emitter->code, WASM_I32_WRAP_I64);
  wasm_simd(emitter->code, I32X4_REPLACE);
  wasm_byte(emitter->code, imm >> 4 & 3);
  if (imm & 15) {
    emit_vector_constant(emitter, 0);
    x86_blend_order(bytes, 2, imm);
    put_shuffle(emitter, bytes);
  }
  emit_store_vector(emitter, op->rd);
  return true;
}

bool emit_shuffle(struct emitter *emitter, const struct x86_op *op) {
  const struct widening widening = widening_of(op->code);
  uint8_t bytes[16];
  switch ((enum x86_code)op->code) {
  case X86_PINSRB: return insert(emitter, op, 0);
  case X86_PINSRW: return is_xmm(emitter, op->rd) && insert(emitter, op, 1);
  case X86_PINSRD: return insert(emitter, op, op->shift);
  case X86_INSERTPS: return insert_single(emitter, op, false);
  case X86_INSERTPS_MEMORY: return insert_single(emitter, op, true);
  case X86_PEXTRB: return extract(emitter, op, 0);
  case X86_PEXTRW:
  case X86_PEXTRW_STORE: return extract(emitter, op, 1);
  case X86_PEXTRD: return extract(emitter, op, op->size);
  default: break;
  }
  if (widening.to)
    return widen(emitter, op, &widening);
  if (op->code == X86_MOVDDUP) {
    if (!emit_read(emitter, op, op->rs, 3))
      return false;
    wasm_simd(emitter->code, I64X2_SPLAT);
  } else if (op->size != VECTOR_SIZE) {
    return false;
  } else if (op->code == X86_PSHUFB) {
    choose_bytes(emitter, op);
  } else if (x86_vector_order(op, bytes)) {
    shuffle(emitter, op, bytes);
  } else {
    return false;
  }
  emit_store_vector(emitter, op->rd);
  return true;
}
