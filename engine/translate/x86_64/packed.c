// SSE on packed integers. MMX registers (size 3) are left to the interpreter's functions.
#include "packed.h"
#include "flags.h"
#include "operand.h"
#include "simd.h"

enum { VECTOR_SIZE = 4 }; // log2 of the bytes

static void put(struct emitter *emitter, uint32_t opcode) {
  wasm_simd(emitter->code, opcode);
}

// The instruction of two operands that an op is; 0: none.
static uint32_t binary_opcode(unsigned code) {
  switch (code) {
#define IS(name, opcode)                                                                                               \
  case X86_##name: return opcode;
    IS(PAND, V128_AND)
    IS(POR, V128_OR)
    IS(PXOR, V128_XOR)
    IS(PADDB, I8X16_ADD)
    IS(PADDW, I16X8_ADD)
    IS(PADDD, I32X4_ADD)
    IS(PADDQ, I64X2_ADD)
    IS(PSUBB, I8X16_SUB)
    IS(PSUBW, I16X8_SUB)
    IS(PSUBD, I32X4_SUB)
    IS(PSUBQ, I64X2_SUB)
    IS(PADDSB, I8X16_ADD_SAT_S)
    IS(PADDSW, I16X8_ADD_SAT_S)
    IS(PADDUSB, I8X16_ADD_SAT_U)
    IS(PADDUSW, I16X8_ADD_SAT_U)
    IS(PSUBSB, I8X16_SUB_SAT_S)
    IS(PSUBSW, I16X8_SUB_SAT_S)
    IS(PSUBUSB, I8X16_SUB_SAT_U)
    IS(PSUBUSW, I16X8_SUB_SAT_U)
    IS(PMULLW, I16X8_MUL)
    IS(PMULLD, I32X4_MUL)
    IS(PMADDWD, I32X4_DOT)
    IS(PAVGB, I8X16_AVGR_U)
    IS(PAVGW, I16X8_AVGR_U)
    IS(PMINUB, I8X16_MIN_U)
    IS(PMAXUB, I8X16_MAX_U)
    IS(PMINSW, I16X8_MIN_S)
    IS(PMAXSW, I16X8_MAX_S)
    IS(PMINSB, I8X16_MIN_S)
    IS(PMAXSB, I8X16_MAX_S)
    IS(PMINUW, I16X8_MIN_U)
    IS(PMAXUW, I16X8_MAX_U)
    IS(PMINSD, I32X4_MIN_S)
    IS(PMAXSD, I32X4_MAX_S)
    IS(PMINUD, I32X4_MIN_U)
    IS(PMAXUD, I32X4_MAX_U)
    IS(PCMPEQB, I8X16_EQ)
    IS(PCMPEQW, I16X8_EQ)
    IS(PCMPEQD, I32X4_EQ)
    IS(PCMPEQQ, I64X2_EQ)
    IS(PCMPGTB, I8X16_GT_S)
    IS(PCMPGTW, I16X8_GT_S)
    IS(PCMPGTD, I32X4_GT_S)
    IS(PCMPGTQ, I64X2_GT_S)
    IS(PACKSSWB, I8X16_NARROW_S)
    IS(PACKUSWB, I8X16_NARROW_U)
    IS(PACKSSDW, I16X8_NARROW_S)
    IS(PACKUSDW, I16X8_NARROW_U)
#undef IS
  default: return 0;
  }
}

static uint32_t unary_opcode(unsigned code) {
  switch (code) {
  case X86_PABSB: return I8X16_ABS;
  case X86_PABSW: return I16X8_ABS;
  case X86_PABSD: return I32X4_ABS;
  default: return 0;
  }
}

// ---- Shifts ----

struct shift {
  uint32_t opcode;
  unsigned bits;
  bool immediate;
};

static struct shift shift_of(unsigned code) {
  switch (code) {
  case X86_PSLLW_IMM: return (struct shift){I16X8_SHL, 16, true};
  case X86_PSLLD_IMM: return (struct shift){I32X4_SHL, 32, true};
  case X86_PSLLQ_IMM: return (struct shift){I64X2_SHL, 64, true};
  case X86_PSRLW_IMM: return (struct shift){I16X8_SHR_U, 16, true};
  case X86_PSRLD_IMM: return (struct shift){I32X4_SHR_U, 32, true};
  case X86_PSRLQ_IMM: return (struct shift){I64X2_SHR_U, 64, true};
  case X86_PSRAW_IMM: return (struct shift){I16X8_SHR_S, 16, true};
  case X86_PSRAD_IMM: return (struct shift){I32X4_SHR_S, 32, true};
  case X86_PSLLW: return (struct shift){I16X8_SHL, 16, false};
  case X86_PSLLD: return (struct shift){I32X4_SHL, 32, false};
  case X86_PSLLQ: return (struct shift){I64X2_SHL, 64, false};
  case X86_PSRLW: return (struct shift){I16X8_SHR_U, 16, false};
  case X86_PSRLD: return (struct shift){I32X4_SHR_U, 32, false};
  case X86_PSRLQ: return (struct shift){I64X2_SHR_U, 64, false};
  case X86_PSRAW: return (struct shift){I16X8_SHR_S, 16, false};
  case X86_PSRAD: return (struct shift){I32X4_SHR_S, 32, false};
  default: return (struct shift){0, 0, false};
  }
}

static void shift_immediate(struct emitter *emitter, const struct x86_op *op, const struct shift *shift,
                            bool is_signed) {
  unsigned count = (unsigned)op->imm & 0xff;
  if (count >= shift->bits && !is_signed) {
    emit_vector_constant(emitter, 0);
    return;
  }
  count = count < shift->bits ? count : shift->bits - 1;
  emit_load_vector(emitter, op->rd);
  wasm_i32(emitter->code, (int32_t)count);
  put(emitter, shift->opcode);
}

// The count is 64 bits, of which WebAssembly would leave out the upper ones: beyond the element's bits all become the
// sign, or 0.
static bool shift_counted(struct emitter *emitter, const struct x86_op *op, const struct shift *shift, bool is_signed) {
  struct wasm_code *code = emitter->code;
  if (!emit_read(emitter, op, op->rs, 3))
    return false;
  wasm_set(code, LOCAL_X);
  emit_load_vector(emitter, op->rd);
  wasm_get(code, LOCAL_X);
  if (is_signed)
    wasm_i64(code, (int)shift->bits - 1);
  else
    wasm_i64(code, 0);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, (int)shift->bits);
  wasm_byte(code, WASM_I64_LT_U);
  wasm_byte(code, WASM_SELECT);
  wasm_byte(code, WASM_I32_WRAP_I64);
  put(emitter, shift->opcode);
  if (is_signed)
    return true;
  wasm_i64(code, 0);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, (int)shift->bits);
  wasm_byte(code, WASM_I64_LT_U);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_byte(code, WASM_I64_SUB);
  put(emitter, I64X2_SPLAT);
  put(emitter, V128_AND);
  return true;
}

static bool shift(struct emitter *emitter, const struct x86_op *op, const struct shift *shift) {
  const bool is_signed = shift->opcode == I16X8_SHR_S || shift->opcode == I32X4_SHR_S;
  if (shift->immediate)
    shift_immediate(emitter, op, shift, is_signed);
  else if (!shift_counted(emitter, op, shift, is_signed))
    return false;
  emit_store_vector(emitter, op->rd);
  return true;
}

// ---- What takes several instructions. The result stays on the stack. ----

static void both(struct emitter *emitter, const struct x86_op *op, uint32_t opcode) {
  emit_load_vector(emitter, op->rd);
  emit_load_vector(emitter, op->rs);
  put(emitter, opcode);
}

static void reversed(struct emitter *emitter, const struct x86_op *op, uint32_t opcode) {
  emit_load_vector(emitter, op->rs);
  emit_load_vector(emitter, op->rd);
  put(emitter, opcode);
}

// Distances of bytes; of each half their sum.
static void sum_of_distances(struct emitter *emitter, const struct x86_op *op) {
  both(emitter, op, I8X16_SUB_SAT_U);
  reversed(emitter, op, I8X16_SUB_SAT_U);
  put(emitter, V128_OR);
  put(emitter, I16X8_PAIRS_I8X16_U);
  put(emitter, I32X4_PAIRS_I16X8_U);
  wasm_tee(emitter->code, LOCAL_VECTOR);
  wasm_i32(emitter->code, 32);
  put(emitter, I64X2_SHR_U);
  wasm_get(emitter->code, LOCAL_VECTOR);
  emit_vector_constant(emitter, UINT32_MAX);
  put(emitter, V128_AND);
  put(emitter, I64X2_ADD);
}

// Even bytes, or odd ones, of both operands as words: their products. Those of the destination have no sign.
static void byte_products(struct emitter *emitter, const struct x86_op *op, bool odd) {
  emit_load_vector(emitter, op->rd);
  if (odd) {
    wasm_i32(emitter->code, 8);
    put(emitter, I16X8_SHR_U);
  } else {
    emit_vector_constant(emitter, UINT64_C(0x00ff00ff00ff00ff));
    put(emitter, V128_AND);
  }
  emit_load_vector(emitter, op->rs);
  if (!odd) {
    wasm_i32(emitter->code, 8);
    put(emitter, I16X8_SHL);
  }
  wasm_i32(emitter->code, 8);
  put(emitter, I16X8_SHR_S);
  put(emitter, I16X8_MUL);
}

static void high_products(struct emitter *emitter, const struct x86_op *op, bool is_signed) {
  static const uint32_t OPCODES[] = {I32X4_EXTMUL_LOW_U, I32X4_EXTMUL_LOW_S};
  for (unsigned high = 0; high < 2; high++) {
    both(emitter, op, OPCODES[is_signed] + high);
    wasm_i32(emitter->code, 16);
    put(emitter, is_signed ? I32X4_SHR_S : I32X4_SHR_U);
  }
  put(emitter, is_signed ? I16X8_NARROW_S : I16X8_NARROW_U);
}

// The one product that WebAssembly rounds otherwise is that of -1 and -1, as fractions.
static void rounded_products(struct emitter *emitter, const struct x86_op *op) {
  const uint64_t least = UINT64_C(0x8000800080008000);
  both(emitter, op, I16X8_Q15MULR_SAT_S);
  both(emitter, op, V128_AND);
  emit_vector_constant(emitter, least);
  put(emitter, I16X8_EQ);
  emit_load_vector(emitter, op->rd);
  emit_load_vector(emitter, op->rs);
  put(emitter, I16X8_EQ);
  put(emitter, V128_AND);
  put(emitter, V128_XOR);
}

static void even_doublewords(struct emitter *emitter, const void *from) {
  static const uint8_t EVEN[16] = {0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11};
  emit_load_vector(emitter, from);
  emit_load_vector(emitter, from);
  put(emitter, I8X16_SHUFFLE);
  wasm_bytes(emitter->code, EVEN, sizeof EVEN);
}

static void long_products(struct emitter *emitter, const struct x86_op *op, bool is_signed) {
  even_doublewords(emitter, op->rd);
  even_doublewords(emitter, op->rs);
  put(emitter, is_signed ? I64X2_EXTMUL_LOW_S : I64X2_EXTMUL_LOW_U);
}

// Of elements of 1 << size bytes, the destination's pairs and then the source's.
static void neighbours(struct emitter *emitter, const struct x86_op *op, unsigned size, uint32_t opcode) {
  const unsigned element = 1U << size;
  for (unsigned second = 0; second < 2; second++) {
    both(emitter, op, I8X16_SHUFFLE);
    for (unsigned i = 0; i < 16; i++)
      wasm_byte(emitter->code, (i / element * 2 + second) * element + i % element);
  }
  put(emitter, opcode);
}

// By the sign of the source's elements: as they are, negated, or 0.
static void with_sign(struct emitter *emitter, const struct x86_op *op, uint32_t greater, uint32_t subtract,
                      uint32_t equal) {
  emit_vector_constant(emitter, 0);
  emit_load_vector(emitter, op->rs);
  put(emitter, greater);
  wasm_tee(emitter->code, LOCAL_VECTOR);
  emit_load_vector(emitter, op->rd);
  put(emitter, V128_XOR);
  wasm_get(emitter->code, LOCAL_VECTOR);
  put(emitter, subtract);
  emit_load_vector(emitter, op->rs);
  emit_vector_constant(emitter, 0);
  put(emitter, equal);
  put(emitter, V128_ANDNOT);
}

// Elements of the source where those of XMM0 are negative.
static void blend_by_sign(struct emitter *emitter, const struct x86_op *op, uint32_t greater) {
  emit_load_vector(emitter, op->rs);
  emit_load_vector(emitter, op->rd);
  emit_vector_constant(emitter, 0);
  emit_load_vector(emitter, &emitter->cpu->xmm[0]);
  put(emitter, greater);
  put(emitter, V128_BITSELECT);
}

static bool several(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_PANDN: reversed(emitter, op, V128_ANDNOT); return true;
  case X86_PSADBW: sum_of_distances(emitter, op); return true;
  case X86_PMADDUBSW:
    byte_products(emitter, op, false);
    byte_products(emitter, op, true);
    put(emitter, I16X8_ADD_SAT_S);
    return true;
  case X86_PMULHW: high_products(emitter, op, true); return true;
  case X86_PMULHUW: high_products(emitter, op, false); return true;
  case X86_PMULHRSW: rounded_products(emitter, op); return true;
  case X86_PMULDQ: long_products(emitter, op, true); return true;
  case X86_PMULUDQ: long_products(emitter, op, false); return true;
  case X86_PHADDW: neighbours(emitter, op, 1, I16X8_ADD); return true;
  case X86_PHADDD: neighbours(emitter, op, 2, I32X4_ADD); return true;
  case X86_PHADDSW: neighbours(emitter, op, 1, I16X8_ADD_SAT_S); return true;
  case X86_PHSUBW: neighbours(emitter, op, 1, I16X8_SUB); return true;
  case X86_PHSUBD: neighbours(emitter, op, 2, I32X4_SUB); return true;
  case X86_PHSUBSW: neighbours(emitter, op, 1, I16X8_SUB_SAT_S); return true;
  case X86_PSIGNB: with_sign(emitter, op, I8X16_GT_S, I8X16_SUB, I8X16_EQ); return true;
  case X86_PSIGNW: with_sign(emitter, op, I16X8_GT_S, I16X8_SUB, I16X8_EQ); return true;
  case X86_PSIGND: with_sign(emitter, op, I32X4_GT_S, I32X4_SUB, I32X4_EQ); return true;
  case X86_PBLENDVB: blend_by_sign(emitter, op, I8X16_GT_S); return true;
  case X86_BLENDVPS: blend_by_sign(emitter, op, I32X4_GT_S); return true;
  case X86_BLENDVPD: blend_by_sign(emitter, op, I64X2_GT_S); return true;
  default: return false;
  }
}

// ---- To general registers and flags ----

static uint32_t bitmask_opcode(unsigned code) {
  switch (code) {
  case X86_PMOVMSKB: return I8X16_BITMASK;
  case X86_MOVMSKPS: return I32X4_BITMASK;
  case X86_MOVMSKPD: return I64X2_BITMASK;
  default: return 0;
  }
}

static bool bitmask(struct emitter *emitter, const struct x86_op *op, uint32_t opcode) {
  emit_load_vector(emitter, op->rs);
  put(emitter, opcode);
  wasm_byte(emitter->code, WASM_I64_EXTEND_I32_U);
  return emit_write(emitter, op->rd, 3);
}

// CF: the destination has all of the source's bits. ZF: no bit is in both.
static void test_bits(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  reversed(emitter, op, V128_ANDNOT);
  put(emitter, V128_ANY_TRUE);
  wasm_byte(code, WASM_I32_EQZ);
  both(emitter, op, V128_AND);
  put(emitter, V128_ANY_TRUE);
  wasm_byte(code, WASM_I32_EQZ);
  emit_note_comparison(emitter, op);
}

bool emit_packed(struct emitter *emitter, const struct x86_op *op) {
  const uint32_t binary = binary_opcode(op->code), unary = unary_opcode(op->code), mask = bitmask_opcode(op->code);
  const struct shift by = shift_of(op->code);
  if (mask)
    return bitmask(emitter, op, mask);
  if (op->size != VECTOR_SIZE)
    return false;
  if (by.opcode)
    return shift(emitter, op, &by);
  if (op->code == X86_PTEST) {
    test_bits(emitter, op);
    return true;
  }
  if (binary) {
    both(emitter, op, binary);
  } else if (unary) {
    emit_load_vector(emitter, op->rs);
    put(emitter, unary);
  } else if (!several(emitter, op)) {
    return false;
  }
  emit_store_vector(emitter, op->rd);
  return true;
}
