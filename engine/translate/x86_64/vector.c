// SSE on integers, and moves. Where the host has no SIMD, XMM registers stay in struct x86_cpu, and all but moves of 16
// bytes is left to the interpreter's functions.
#include "vector.h"
#include "access.h"
#include "operand.h"
#include "simd.h"

#include "translate/mailbox.h"

#include <string.h>

enum { VECTOR_SIZE = 4 }; // log2 of the bytes; MMX has 3

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

struct shift {
  uint32_t opcode;
  unsigned bits;
};

static struct shift shift_of(unsigned code) {
  switch (code) {
  case X86_PSLLW_IMM: return (struct shift){I16X8_SHL, 16};
  case X86_PSLLD_IMM: return (struct shift){I32X4_SHL, 32};
  case X86_PSLLQ_IMM: return (struct shift){I64X2_SHL, 64};
  case X86_PSRLW_IMM: return (struct shift){I16X8_SHR_U, 16};
  case X86_PSRLD_IMM: return (struct shift){I32X4_SHR_U, 32};
  case X86_PSRLQ_IMM: return (struct shift){I64X2_SHR_U, 64};
  case X86_PSRAW_IMM: return (struct shift){I16X8_SHR_S, 16};
  case X86_PSRAD_IMM: return (struct shift){I32X4_SHR_S, 32};
  default: return (struct shift){0, 0};
  }
}

// Bytes of both operands, the first one's from 0, the second one's from 16. Elements of 1 << size bytes in turn.
static void interleave(uint8_t *bytes, unsigned size, bool high) {
  const unsigned element = 1U << size;
  for (unsigned i = 0; i < 16; i++) {
    const unsigned pair = i / (2 * element), inside = i % element, second = i / element & 1;
    bytes[i] = (uint8_t)((high ? 8 : 0) + pair * element + inside + (second ? 16 : 0));
  }
}

// An op that takes bytes of its operands in another order; false if it is none.
static bool shuffle_of(const struct x86_op *op, uint8_t *bytes) {
  const unsigned imm = (unsigned)op->imm;
  switch ((enum x86_code)op->code) {
  case X86_PUNPCKLBW: interleave(bytes, 0, false); return true;
  case X86_PUNPCKLWD: interleave(bytes, 1, false); return true;
  case X86_PUNPCKLDQ: interleave(bytes, 2, false); return true;
  case X86_PUNPCKLQDQ: interleave(bytes, 3, false); return true;
  case X86_PUNPCKHBW: interleave(bytes, 0, true); return true;
  case X86_PUNPCKHWD: interleave(bytes, 1, true); return true;
  case X86_PUNPCKHDQ: interleave(bytes, 2, true); return true;
  case X86_PUNPCKHQDQ: interleave(bytes, 3, true); return true;
  case X86_PSHUFD:
    for (unsigned i = 0; i < 16; i++)
      bytes[i] = (uint8_t)(16 + (imm >> i / 4 * 2 & 3) * 4 + i % 4);
    return true;
  case X86_SHUFPS:
    for (unsigned i = 0; i < 16; i++)
      bytes[i] = (uint8_t)((i < 8 ? 0 : 16) + (imm >> i / 4 * 2 & 3) * 4 + i % 4);
    return true;
  default: return false;
  }
}

static void zeros(struct wasm_code *code) {
  wasm_simd(code, V128_CONST);
  for (unsigned i = 0; i < 16; i++)
    wasm_byte(code, 0);
}

static void shuffle(struct wasm_code *code, const uint8_t *bytes) {
  wasm_simd(code, I8X16_SHUFFLE);
  wasm_bytes(code, bytes, 16);
}

static void shift(struct emitter *emitter, const struct x86_op *op, const struct shift *shift) {
  const bool is_signed = shift->opcode == I16X8_SHR_S || shift->opcode == I32X4_SHR_S;
  unsigned count = (unsigned)op->imm & 0xff;
  emit_vector_to(emitter, op->rd);
  if (count >= shift->bits && !is_signed) {
    zeros(emitter->code);
  } else {
    count = count < shift->bits ? count : shift->bits - 1;
    emit_load_vector(emitter, op->rd);
    wasm_i32(emitter->code, (int32_t)count);
    wasm_simd(emitter->code, shift->opcode);
  }
  emit_store_vector(emitter, op->rd);
}

static void shift_bytes(struct emitter *emitter, const struct x86_op *op) {
  const unsigned count = ((unsigned)op->imm & 0xff) < 16 ? (unsigned)op->imm & 0xff : 16;
  uint8_t bytes[16];
  for (unsigned i = 0; i < 16; i++)
    bytes[i] = (uint8_t)(op->code == X86_PSRLDQ ? i + count : 16 + i - count);
  emit_vector_to(emitter, op->rd);
  if (op->code == X86_PSRLDQ)
    emit_load_vector(emitter, op->rd);
  zeros(emitter->code);
  if (op->code == X86_PSLLDQ)
    emit_load_vector(emitter, op->rd);
  shuffle(emitter->code, bytes);
  emit_store_vector(emitter, op->rd);
}

static bool emit_simd(struct emitter *emitter, const struct x86_op *op) {
  struct wasm_code *code = emitter->code;
  const uint32_t binary = binary_opcode(op->code);
  const struct shift by = shift_of(op->code);
  uint8_t bytes[16];
  if (op->size != VECTOR_SIZE && op->code != X86_PMOVMSKB)
    return false;
  if (op->code == X86_PMOVMSKB) {
    emit_load_vector(emitter, op->rs);
    wasm_simd(code, I8X16_BITMASK);
    wasm_byte(code, WASM_I64_EXTEND_I32_U);
    return emit_write(emitter, op->rd, 3);
  }
  if (by.opcode) {
    shift(emitter, op, &by);
    return true;
  }
  if (op->code == X86_PSRLDQ || op->code == X86_PSLLDQ) {
    shift_bytes(emitter, op);
    return true;
  }
  const bool shuffled = shuffle_of(op, bytes);
  if (!binary && !shuffled && op->code != X86_PANDN)
    return false;
  emit_vector_to(emitter, op->rd);
  emit_load_vector(emitter, op->code == X86_PANDN ? op->rs : op->rd);
  emit_load_vector(emitter, op->code == X86_PANDN ? op->rd : op->rs);
  if (shuffled)
    shuffle(code, bytes);
  else
    wasm_simd(code, binary ? binary : V128_ANDNOT);
  emit_store_vector(emitter, op->rd);
  return true;
}

// ---- Moves ----

static void copy_pointers(struct emitter *emitter, const void *to, const void *from) {
  struct wasm_code *code = emitter->code;
  if (mailbox_host()->simd) {
    emit_vector_to(emitter, to);
    emit_load_vector(emitter, from);
    emit_store_vector(emitter, to);
    return;
  }
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
  for (uint32_t half = 0; half < 16; half += 8) {
    if (is_store)
      emit_host(emitter);
    else
      emit_pointer(emitter, op->rd);
    if (is_store)
      emit_pointer(emitter, op->rs);
    else
      emit_host(emitter);
    wasm_memory(code, WASM_I64_LOAD, half + (is_store ? 0 : emit_host_offset()));
    wasm_memory(code, WASM_I64_STORE, half + (is_store ? emit_host_offset() : 0));
  }
  return true;
}

static bool is_vector(const struct emitter *emitter, const void *pointer) {
  const uintptr_t offset = (uintptr_t)pointer - (uintptr_t)emitter->cpu->xmm;
  return offset < sizeof emitter->cpu->xmm || pointer == &emitter->cpu->wide;
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
    zeros(code);
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
    emit_pointer(emitter, op->rd);
    wasm_i64(code, 0);
    wasm_memory(code, WASM_I64_STORE, 8);
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
  default: return mailbox_host()->simd && emit_simd(emitter, op);
  }
}
