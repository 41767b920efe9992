// Vectors of 16 bytes.
#ifndef TRANSLATE_X86_64_SIMD_H
#define TRANSLATE_X86_64_SIMD_H

#include "emitter.h"

// Numbers of SIMD instructions (WebAssembly 2.0, 5.4.8).
enum {
  V128_CONST = 12,
  I8X16_SHUFFLE = 13,
  I8X16_SWIZZLE = 14,
  I32X4_SPLAT = 17,
  I64X2_SPLAT = 18,
  I8X16_EXTRACT_U = 22,
  I8X16_REPLACE = 23,
  I16X8_EXTRACT_U = 25,
  I16X8_REPLACE = 26,
  I32X4_EXTRACT = 27,
  I32X4_REPLACE = 28,
  I64X2_EXTRACT = 29,
  I64X2_REPLACE = 30,
  I8X16_EQ = 35,
  I8X16_GT_S = 39,
  I16X8_EQ = 45,
  I16X8_GT_S = 49,
  I32X4_EQ = 55,
  I32X4_LT_U = 58,
  I32X4_GT_S = 59,
  I32X4_GE_U = 64,
  V128_AND = 78,
  V128_ANDNOT = 79,
  V128_OR = 80,
  V128_XOR = 81,
  V128_BITSELECT = 82,
  V128_ANY_TRUE = 83,
  I8X16_ABS = 96,
  I8X16_BITMASK = 100,
  I8X16_NARROW_S = 101,
  I8X16_NARROW_U = 102,
  I8X16_ADD = 110,
  I8X16_ADD_SAT_S = 111,
  I8X16_ADD_SAT_U = 112,
  I8X16_SUB = 113,
  I8X16_SUB_SAT_S = 114,
  I8X16_SUB_SAT_U = 115,
  I8X16_MIN_S = 118,
  I8X16_MIN_U = 119,
  I8X16_MAX_S = 120,
  I8X16_MAX_U = 121,
  I8X16_AVGR_U = 123,
  I16X8_PAIRS_I8X16_U = 125, // extadd_pairwise
  I32X4_PAIRS_I16X8_U = 127,
  I16X8_ABS = 128,
  I16X8_Q15MULR_SAT_S = 130,
  I16X8_NARROW_S = 133,
  I16X8_NARROW_U = 134,
  I16X8_EXTEND_LOW_S = 135,
  I16X8_EXTEND_LOW_U = 137,
  I16X8_SHL = 139,
  I16X8_SHR_S = 140,
  I16X8_SHR_U = 141,
  I16X8_ADD = 142,
  I16X8_ADD_SAT_S = 143,
  I16X8_ADD_SAT_U = 144,
  I16X8_SUB = 145,
  I16X8_SUB_SAT_S = 146,
  I16X8_SUB_SAT_U = 147,
  I16X8_MUL = 149,
  I16X8_MIN_S = 150,
  I16X8_MIN_U = 151,
  I16X8_MAX_S = 152,
  I16X8_MAX_U = 153,
  I16X8_AVGR_U = 155,
  I32X4_ABS = 160,
  I32X4_BITMASK = 164,
  I32X4_EXTEND_LOW_S = 167,
  I32X4_EXTEND_LOW_U = 169,
  I32X4_SHL = 171,
  I32X4_SHR_S = 172,
  I32X4_SHR_U = 173,
  I32X4_ADD = 174,
  I32X4_SUB = 177,
  I32X4_MUL = 181,
  I32X4_MIN_S = 182,
  I32X4_MIN_U = 183,
  I32X4_MAX_S = 184,
  I32X4_MAX_U = 185,
  I32X4_DOT = 186,
  I32X4_EXTMUL_LOW_S = 188,
  I32X4_EXTMUL_HIGH_S = 189,
  I32X4_EXTMUL_LOW_U = 190,
  I32X4_EXTMUL_HIGH_U = 191,
  I64X2_BITMASK = 196,
  I64X2_EXTEND_LOW_S = 199,
  I64X2_EXTEND_LOW_U = 201,
  I64X2_SHL = 203,
  I64X2_SHR_U = 205,
  I64X2_ADD = 206,
  I64X2_SUB = 209,
  I64X2_EQ = 214,
  I64X2_GT_S = 217,
  I64X2_EXTMUL_LOW_S = 220,
  I64X2_EXTMUL_LOW_U = 222,
  F32X4_ADD = 228, // and SUB, MUL, DIV
  F32X4_CONVERT_I32X4_S = 250
};

// The number of an XMM register, X86_VECTORS for the operand between an instruction's ops, and where in it a pointer
// leads to. -1: it is in memory.
int emit_vector_number(const struct emitter *emitter, const void *pointer, unsigned *byte);
// Between its locals and where the interpreter has it. Both note what is read and written, as all that follow do.
void emit_vector_from_memory(struct emitter *emitter, const struct x86_xmm *member);
void emit_vector_to_memory(struct emitter *emitter, const struct x86_xmm *member);

// ---- With SIMD ----

// The local of a vector, as emit_vector_number; -1 without SIMD, too.
int emit_vector_local(const struct emitter *emitter, const void *pointer, unsigned *byte);
// The same 8 bytes twice.
void emit_vector_constant(struct emitter *emitter, uint64_t half);
void emit_load_vector(struct emitter *emitter, const void *from);
// Around what computes a vector.
void emit_vector_to(struct emitter *emitter, const void *to);
void emit_store_vector(struct emitter *emitter, const void *to);

// ---- Without ----

// The half of a vector, or 8 bytes in memory, as i64.
void emit_load_half(struct emitter *emitter, const void *from);
// Writes the half of a vector.
void emit_store_half(struct emitter *emitter, const void *to);

// ---- With or without ----

// Around what computes an i64, of which one element of a vector becomes the low bits; `size` is 2 or 3.
void emit_lane_to(struct emitter *emitter, const void *to);
void emit_store_lane(struct emitter *emitter, const void *to, unsigned size);

#endif
