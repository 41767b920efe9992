#include "multiply.h"
#include "flags.h"
#include "operand.h"

// The upper half of the product of LOCAL_X and LOCAL_Y, summed up from products of 32 bits; LOCAL_Z is used.
static void upper_half(struct wasm_code *code, bool is_signed) {
  enum half { X_HIGH, Y_LOW, X_LOW, Y_HIGH };
  const enum wasm_opcode shift = is_signed ? WASM_I64_SHR_S : WASM_I64_SHR_U;
  const int64_t low = UINT32_MAX;
#define HALF(half)                                                                                                     \
  (wasm_get(code, half == X_HIGH || half == X_LOW ? LOCAL_X : LOCAL_Y),                                                \
   wasm_i64(code, half == X_HIGH || half == Y_HIGH ? 32 : low),                                                        \
   wasm_byte(code, half == X_HIGH || half == Y_HIGH ? shift : WASM_I64_AND))
  HALF(X_HIGH);
  HALF(Y_LOW);
  wasm_byte(code, WASM_I64_MUL);
  HALF(X_LOW);
  HALF(Y_LOW);
  wasm_byte(code, WASM_I64_MUL);
  wasm_i64(code, 32);
  wasm_byte(code, WASM_I64_SHR_U);
  wasm_byte(code, WASM_I64_ADD);
  wasm_set(code, LOCAL_Z); // x high * y low, and what is carried there
  HALF(X_LOW);
  HALF(Y_HIGH);
  wasm_byte(code, WASM_I64_MUL);
  wasm_get(code, LOCAL_Z);
  wasm_i64(code, low);
  wasm_byte(code, WASM_I64_AND);
  wasm_byte(code, WASM_I64_ADD);
  wasm_i64(code, 32);
  wasm_byte(code, shift);
  HALF(X_HIGH);
  HALF(Y_HIGH);
  wasm_byte(code, WASM_I64_MUL);
  wasm_byte(code, WASM_I64_ADD);
  wasm_get(code, LOCAL_Z);
  wasm_i64(code, 32);
  wasm_byte(code, shift);
  wasm_byte(code, WASM_I64_ADD);
#undef HALF
}

// LOCAL_Y becomes 1 if the i64 on the stack is not what the sign of LOCAL_X, of `size`, says.
static void note_overflow(struct wasm_code *code, unsigned size) {
  wasm_get(code, LOCAL_X);
  emit_sign_extend(code, size);
  wasm_byte(code, WASM_I64_NE);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_Y);
}

// Of 32 bits: the product is one of i32, and the operands, extended, are in LOCAL_X and LOCAL_Y.
static bool multiply_32(struct emitter *emitter, const struct x86_op *op, const void *first, const void *second) {
  struct wasm_code *code = emitter->code;
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_MUL);
  wasm_tee(code, LOCAL_X);
  note_overflow(code, 2);
  emit_read_32(emitter, op, first);
  emit_read_32(emitter, op, second);
  wasm_byte(code, WASM_I32_MUL);
  wasm_tee(code, LOCAL_SLOT);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_X);
  wasm_get(code, LOCAL_SLOT);
  emit_write_32(emitter, op->rd);
  emit_note(emitter, FLAGS_MUL, 2, true);
  return true;
}

// LOCAL_X and LOCAL_Y become the lower half of the product, and whether that is not all. V8 does not compute the latter
// where nobody asks for the flags.
static bool multiply(struct emitter *emitter, const struct x86_op *op, const void *first, const void *second,
                     unsigned size) {
  struct wasm_code *code = emitter->code;
  if (!emit_can_write(emitter, op->rd) || !emit_read(emitter, op, first, size))
    return false;
  emit_sign_extend(code, size);
  wasm_set(code, LOCAL_X);
  if (!emit_read(emitter, op, second, size))
    return false;
  emit_sign_extend(code, size);
  wasm_set(code, LOCAL_Y);
  if (size == 2)
    return multiply_32(emitter, op, first, second);
  if (size == 3)
    upper_half(code, true);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_MUL);
  wasm_tee(code, LOCAL_X);
  if (size == 3) {
    wasm_i64(code, 63);
    wasm_byte(code, WASM_I64_SHR_S);
    wasm_byte(code, WASM_I64_NE);
    wasm_byte(code, WASM_I64_EXTEND_I32_U);
    wasm_set(code, LOCAL_Y);
  } else {
    note_overflow(code, size);
  }
  wasm_get(code, LOCAL_X);
  emit_cut(code, size);
  wasm_tee(code, LOCAL_X);
  emit_write(emitter, op->rd, size);
  emit_note(emitter, FLAGS_MUL, size, true);
  return true;
}

static void *low_of_pair(struct emitter *emitter) {
  return &emitter->cpu->r[RAX];
}

static void *high_of_pair(struct emitter *emitter) {
  return &emitter->cpu->r[RDX];
}

// MUL, and IMUL of one operand, for 32 and 64 bits: the product is rDX:rAX.
static bool multiply_wide(struct emitter *emitter, const struct x86_op *op, bool is_signed) {
  struct wasm_code *code = emitter->code;
  const unsigned size = op->size;
  if (size < 2 || !emit_read(emitter, op, op->rd, size))
    return false;
  if (is_signed)
    emit_sign_extend(code, size);
  wasm_set(code, LOCAL_Y);
  emit_read(emitter, op, low_of_pair(emitter), size);
  if (is_signed)
    emit_sign_extend(code, size);
  wasm_set(code, LOCAL_X);
  if (size == 3)
    upper_half(code, is_signed);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_MUL);
  wasm_set(code, LOCAL_X);
  if (size == 2) {
    wasm_get(code, LOCAL_X);
    wasm_i64(code, 32);
    wasm_byte(code, WASM_I64_SHR_U);
    wasm_get(code, LOCAL_X);
    wasm_i64(code, UINT32_MAX);
    wasm_byte(code, WASM_I64_AND);
    wasm_set(code, LOCAL_X);
  }
  wasm_tee(code, LOCAL_Y);
  emit_write(emitter, high_of_pair(emitter), size);
  wasm_get(code, LOCAL_X);
  emit_write(emitter, low_of_pair(emitter), size);
  wasm_get(code, LOCAL_Y); // the upper half says whether there is more than the lower
  if (is_signed) {
    wasm_get(code, LOCAL_X);
    emit_sign_extend(code, size);
    wasm_i64(code, 63);
    wasm_byte(code, WASM_I64_SHR_S);
    emit_cut(code, size);
  } else {
    wasm_i64(code, 0);
  }
  wasm_byte(code, WASM_I64_NE);
  wasm_byte(code, WASM_I64_EXTEND_I32_U);
  wasm_set(code, LOCAL_Y);
  emit_note(emitter, FLAGS_MUL, size, true);
  return true;
}

// On the stack: is the quotient of LOCAL_X and LOCAL_Y one that WebAssembly does not compute?
static void no_quotient(struct wasm_code *code, bool is_signed) {
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_EQZ);
  if (!is_signed)
    return;
  wasm_get(code, LOCAL_Y);
  wasm_i64(code, -1);
  wasm_byte(code, WASM_I64_EQ);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, INT64_MIN);
  wasm_byte(code, WASM_I64_EQ);
  wasm_byte(code, WASM_I32_AND);
  wasm_byte(code, WASM_I32_OR);
}

// Of 32 bits. Where it faults, the interpreter executes it. Leaves the flags as they are.
static bool divide(struct emitter *emitter, const struct x86_op *op, bool is_signed) {
  struct wasm_code *code = emitter->code;
  if (op->size != 2 || !emit_read(emitter, op, op->rd, 2))
    return false;
  if (is_signed)
    emit_sign_extend(code, 2);
  wasm_set(code, LOCAL_Y);
  emit_read(emitter, op, high_of_pair(emitter), 2);
  wasm_i64(code, 32);
  wasm_byte(code, WASM_I64_SHL);
  emit_read(emitter, op, low_of_pair(emitter), 2);
  wasm_byte(code, WASM_I64_OR);
  wasm_set(code, LOCAL_X);
  no_quotient(code, is_signed);
  emit_exit_if(emitter);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, is_signed ? WASM_I64_DIV_S : WASM_I64_DIV_U);
  wasm_tee(code, LOCAL_Z);
  wasm_get(code, LOCAL_Z);
  if (is_signed) {
    emit_sign_extend(code, 2);
  } else {
    wasm_i64(code, UINT32_MAX);
    wasm_byte(code, WASM_I64_AND);
  }
  wasm_byte(code, WASM_I64_NE);
  emit_exit_if(emitter);
  wasm_get(code, LOCAL_X);
  wasm_get(code, LOCAL_Z);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_MUL);
  wasm_byte(code, WASM_I64_SUB);
  wasm_i64(code, UINT32_MAX);
  wasm_byte(code, WASM_I64_AND);
  emit_write(emitter, high_of_pair(emitter), 2);
  wasm_get(code, LOCAL_Z);
  wasm_i64(code, UINT32_MAX);
  wasm_byte(code, WASM_I64_AND);
  return emit_write(emitter, low_of_pair(emitter), 2);
}

// CBW, CWDE, CDQE.
static bool widen(struct emitter *emitter, const struct x86_op *op) {
  emit_read(emitter, op, low_of_pair(emitter), op->size - 1U);
  emit_sign_extend(emitter->code, op->size - 1U);
  emit_cut(emitter->code, op->size);
  return emit_write(emitter, low_of_pair(emitter), op->size);
}

// CWD, CDQ, CQO.
static bool spread_sign(struct emitter *emitter, const struct x86_op *op) {
  emit_read(emitter, op, low_of_pair(emitter), op->size);
  emit_sign_extend(emitter->code, op->size);
  wasm_i64(emitter->code, 63);
  wasm_byte(emitter->code, WASM_I64_SHR_S);
  emit_cut(emitter->code, op->size);
  return emit_write(emitter, high_of_pair(emitter), op->size);
}

bool emit_multiply(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_IMUL64: return multiply(emitter, op, op->rd, op->rs, 3);
  case X86_IMUL16: return multiply(emitter, op, op->rd, op->rs, 1);
  case X86_IMUL32: return multiply(emitter, op, op->rd, op->rs, 2);
  case X86_MUL: return multiply_wide(emitter, op, false);
  case X86_IMUL1: return multiply_wide(emitter, op, true);
  case X86_IMUL3: return multiply(emitter, op, op->rs, &op->imm, op->size);
  case X86_DIV: return divide(emitter, op, false);
  case X86_IDIV: return divide(emitter, op, true);
  case X86_CBW: return widen(emitter, op);
  case X86_CWD: return spread_sign(emitter, op);
  default: return false;
  }
}
