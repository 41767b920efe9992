#include "bits.h"

#include "flags.h"
#include "operand.h"

enum { WORD_SIZE = 1, DOUBLE_SIZE = 2, QUAD_SIZE = 3 };

static void op(struct emitter *emitter, enum wasm_opcode opcode) {
  wasm_byte(emitter->code, opcode);
}

static void constant(struct emitter *emitter, uint64_t value) {
  wasm_i64(emitter->code, (int64_t)value);
}

// BSF and BSR. A source of 0 leaves the destination alone, also its upper half.
static bool scan(struct emitter *emitter, const struct x86_op *instruction, bool reverse) {
  struct wasm_code *code = emitter->code;
  const unsigned size = instruction->size;
  if (size == WORD_SIZE || !emit_read(emitter, instruction, instruction->rs, size))
    return false;
  wasm_set(code, LOCAL_X);
  if (reverse)
    constant(emitter, 63);
  wasm_get(code, LOCAL_X);
  op(emitter, reverse ? WASM_I64_CLZ : WASM_I64_CTZ);
  if (reverse)
    op(emitter, WASM_I64_SUB);
  if (!emit_read(emitter, instruction, instruction->rd, QUAD_SIZE))
    return false;
  wasm_get(code, LOCAL_X);
  op(emitter, WASM_I64_EQZ);
  op(emitter, WASM_I32_EQZ);
  op(emitter, WASM_SELECT);
  emit_note(emitter, FLAGS_LOGIC, size, false);
  return emit_write(emitter, instruction->rd, QUAD_SIZE);
}

// POPCNT: ZF says whether there was any bit, the other flags become 0.
static bool count(struct emitter *emitter, const struct x86_op *instruction) {
  struct wasm_code *code = emitter->code;
  if (!emit_read(emitter, instruction, instruction->rs, instruction->size))
    return false;
  wasm_set(code, LOCAL_X);
  wasm_i32(code, 0);
  wasm_get(code, LOCAL_X);
  op(emitter, WASM_I64_EQZ);
  emit_note_comparison(emitter, instruction);
  wasm_get(code, LOCAL_X);
  op(emitter, WASM_I64_POPCNT);
  return emit_write(emitter, instruction->rd, instruction->size);
}

// Swaps all pieces of `bits` bits of LOCAL_X that lie beside each other.
static void swap_pieces(struct emitter *emitter, int bits, uint64_t mask) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, LOCAL_X);
  constant(emitter, mask);
  op(emitter, WASM_I64_AND);
  wasm_i64(code, bits);
  op(emitter, WASM_I64_SHL);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, bits);
  op(emitter, WASM_I64_SHR_U);
  constant(emitter, mask);
  op(emitter, WASM_I64_AND);
  op(emitter, WASM_I64_OR);
}

static bool swap_quad(struct emitter *emitter, const struct x86_op *instruction) {
  if (!emit_read(emitter, instruction, instruction->rd, QUAD_SIZE))
    return false;
  wasm_set(emitter->code, LOCAL_X);
  swap_pieces(emitter, 8, UINT64_C(0x00ff00ff00ff00ff));
  wasm_set(emitter->code, LOCAL_X);
  swap_pieces(emitter, 16, UINT64_C(0x0000ffff0000ffff));
  constant(emitter, 32);
  op(emitter, WASM_I64_ROTL);
  return emit_write(emitter, instruction->rd, QUAD_SIZE);
}

static bool swap_double(struct emitter *emitter, const struct x86_op *instruction) {
  static const struct {
    enum wasm_opcode rotation;
    uint32_t mask;
  } HALVES[] = {{WASM_I32_ROTL, 0x00ff00ff}, {WASM_I32_ROTR, 0xff00ff00}};
  struct wasm_code *code = emitter->code;
  if (!emit_read_32(emitter, instruction, instruction->rd))
    return false;
  wasm_set(code, LOCAL_SLOT);
  for (unsigned i = 0; i < 2; i++) {
    wasm_get(code, LOCAL_SLOT);
    wasm_i32(code, 8);
    op(emitter, HALVES[i].rotation);
    wasm_i32(code, (int32_t)HALVES[i].mask);
    op(emitter, WASM_I32_AND);
  }
  op(emitter, WASM_I32_OR);
  return emit_write_32(emitter, instruction->rd);
}

// Rotations of 16 bits of which nobody asks for the flags.
static bool rotate_word(struct emitter *emitter, const struct x86_op *instruction, bool left) {
  struct wasm_code *code = emitter->code;
  if (!emit_read_small(emitter, instruction, instruction->rd, WORD_SIZE))
    return false;
  // The word twice, so that what goes out on one side comes in on the other.
  wasm_tee(code, LOCAL_SLOT);
  wasm_i32(code, 16);
  op(emitter, WASM_I32_SHL);
  wasm_get(code, LOCAL_SLOT);
  op(emitter, WASM_I32_OR);
  if (!emit_read_small(emitter, instruction, instruction->rs, 0))
    return false;
  op(emitter, left ? WASM_I32_ROTL : WASM_I32_ROTR);
  wasm_i32(code, 0xffff);
  op(emitter, WASM_I32_AND);
  op(emitter, WASM_I64_EXTEND_I32_U);
  return emit_write(emitter, instruction->rd, WORD_SIZE);
}

bool emit_bits(struct emitter *emitter, const struct x86_op *instruction) {
  switch ((enum x86_code)instruction->code) {
  case X86_BSF: return scan(emitter, instruction, false);
  case X86_BSR: return scan(emitter, instruction, true);
  case X86_POPCNT: return count(emitter, instruction);
  case X86_BSWAP:
    if (instruction->size == QUAD_SIZE)
      return swap_quad(emitter, instruction);
    return instruction->size == DOUBLE_SIZE && swap_double(emitter, instruction);
  case X86_ROL_NF16: return rotate_word(emitter, instruction, true);
  case X86_ROR_NF16: return rotate_word(emitter, instruction, false);
  default: return false;
  }
}
