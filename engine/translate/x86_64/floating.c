// SSE arithmetic on doubles and singles where WebAssembly's is the same: MXCSR masks everything, rounds to nearest and
// has noted inexact results already; no operand is denormal, and the result is neither special nor near underflow. In
// any other case the interpreter executes the instruction. These are the conditions of float/execute_sse_float.c.
#include "floating.h"
#include "flags.h"
#include "operand.h"
#include "simd.h"

#include "translate/mailbox.h"

#include <stddef.h>

enum {
  F32_CEIL = 0x8d, // and FLOOR, TRUNC, NEAREST
  F64_CEIL = 0x9b,
  F32_EQ = 0x5b,
  F32_LT = 0x5d,
  F32_GT = 0x5e,
  F64_EQ = 0x61,
  F64_LT = 0x63,
  F64_GT = 0x64,
  F32_SQRT = 0x91,
  F32_ADD = 0x92,
  F64_SQRT = 0x9f,
  F64_ADD = 0xa0, // and SUB, MUL, DIV, as for singles
  I64_TRUNC_F32 = 0xae,
  I64_TRUNC_F64 = 0xb0,
  F32_CONVERT_I64 = 0xb4,
  F32_DEMOTE = 0xb6,
  F64_CONVERT_I64 = 0xb9,
  F64_PROMOTE = 0xbb,
  I32_REINTERPRET_F32 = 0xbc,
  F32_REINTERPRET_I32 = 0xbe
};

enum { MXCSR_LOOKED_AT = 0xffe0, MXCSR_PLAIN = 0x1fa0 }; // x86_sse_is_plain in float/sse_float.h

enum operation { ADD, SUB, MUL, DIV, SQRT };

// Doubles and singles as numbers: sign off, least normal one, infinity.
struct format {
  unsigned size; // log2 of the bytes
  unsigned significand;
  uint64_t magnitude, normal, infinity;
};

static const struct format DOUBLE = {3, 52, UINT64_MAX >> 1, UINT64_C(1) << 52, UINT64_C(0x7ff) << 52},
                           SINGLE = {2, 23, UINT32_MAX >> 1, UINT64_C(1) << 23, UINT64_C(0xff) << 23};

static bool is_double(const struct format *format) {
  return format->size == 3;
}

static void put(struct emitter *emitter, unsigned opcode) {
  wasm_byte(emitter->code, opcode);
}

static void magnitude(struct emitter *emitter, const struct format *format, enum local local) {
  wasm_get(emitter->code, local);
  wasm_i64(emitter->code, (int64_t)format->magnitude);
  put(emitter, WASM_I64_AND);
}

// As i32: is it denormal, is it infinite or no number, is it 0?
static void denormal(struct emitter *emitter, const struct format *format, enum local local) {
  magnitude(emitter, format, local);
  wasm_i64(emitter->code, 1);
  put(emitter, WASM_I64_SUB);
  wasm_i64(emitter->code, (int64_t)format->normal - 1);
  put(emitter, WASM_I64_LT_U);
}

static void special(struct emitter *emitter, const struct format *format, enum local local) {
  magnitude(emitter, format, local);
  wasm_i64(emitter->code, (int64_t)format->infinity);
  put(emitter, WASM_I64_GE_U);
}

static void is_zero(struct emitter *emitter, const struct format *format, enum local local) {
  magnitude(emitter, format, local);
  put(emitter, WASM_I64_EQZ);
}

static void denormal_or_special(struct emitter *emitter, const struct format *format, enum local local) {
  denormal(emitter, format, local);
  special(emitter, format, local);
  put(emitter, WASM_I32_OR);
}

// As i32: is MXCSR another than described above?
static void unusual_control(struct emitter *emitter) {
  emit_pointer(emitter, &emitter->cpu->mxcsr);
  wasm_memory(emitter->code, WASM_I32_LOAD, 0);
  wasm_i32(emitter->code, MXCSR_LOOKED_AT);
  put(emitter, WASM_I32_AND);
  wasm_i32(emitter->code, MXCSR_PLAIN);
  put(emitter, WASM_I32_NE);
}

// Where it is unusual already, a function of the interpreter is quicker than leaving each time.
static bool is_usual_now(const struct emitter *emitter) {
  return (emitter->cpu->mxcsr & MXCSR_LOOKED_AT) == MXCSR_PLAIN;
}

static void push(struct emitter *emitter, const struct format *format, enum local local) {
  wasm_get(emitter->code, local);
  if (is_double(format)) {
    put(emitter, WASM_F64_REINTERPRET_I64);
  } else {
    put(emitter, WASM_I32_WRAP_I64);
    put(emitter, F32_REINTERPRET_I32);
  }
}

static void pop_bits(struct emitter *emitter, const struct format *format, enum local local) {
  if (is_double(format)) {
    put(emitter, WASM_I64_REINTERPRET_F64);
  } else {
    put(emitter, I32_REINTERPRET_F32);
    put(emitter, WASM_I64_EXTEND_I32_U);
  }
  wasm_set(emitter->code, local);
}

static bool read_to(struct emitter *emitter, const struct x86_op *op, const void *from, const struct format *format,
                    enum local local) {
  if (!emit_read(emitter, op, from, format->size))
    return false;
  wasm_set(emitter->code, local);
  return true;
}

static void write_element(struct emitter *emitter, const struct format *format, void *to, enum local local) {
  emit_lane_to(emitter, to);
  wasm_get(emitter->code, local);
  emit_store_lane(emitter, to, format->size);
}

// As i32: is the result special, or so small that it may not be exact? Sums are exact when they are tiny.
static void doubtful_result(struct emitter *emitter, const struct format *format, enum operation operation) {
  const uint64_t least = 2 * format->normal;
  magnitude(emitter, format, LOCAL_Z);
  wasm_i64(emitter->code, (int64_t)least);
  put(emitter, WASM_I64_SUB);
  wasm_i64(emitter->code, (int64_t)(format->infinity - least));
  put(emitter, WASM_I64_GE_U);
  is_zero(emitter, format, operation == MUL || operation == DIV ? LOCAL_X : LOCAL_Z);
  if (operation == MUL) {
    is_zero(emitter, format, LOCAL_Y);
    put(emitter, WASM_I32_OR);
  }
  if (operation == MUL || operation == DIV) {
    is_zero(emitter, format, LOCAL_Z);
    put(emitter, WASM_I32_AND);
  }
  put(emitter, WASM_I32_EQZ);
  put(emitter, WASM_I32_AND);
}

// LOCAL_Z becomes the result of LOCAL_X and LOCAL_Y, or of LOCAL_Y alone.
static void compute(struct emitter *emitter, const struct format *format, enum operation operation) {
  const unsigned first = is_double(format) ? F64_ADD : F32_ADD, root = is_double(format) ? F64_SQRT : F32_SQRT;
  if (operation != SQRT)
    push(emitter, format, LOCAL_X);
  push(emitter, format, LOCAL_Y);
  put(emitter, operation == SQRT ? root : first + operation);
  pop_bits(emitter, format, LOCAL_Z);
  unusual_control(emitter);
  if (operation != SQRT) {
    denormal(emitter, format, LOCAL_X);
    put(emitter, WASM_I32_OR);
  }
  denormal(emitter, format, LOCAL_Y);
  put(emitter, WASM_I32_OR);
  doubtful_result(emitter, format, operation);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
}

static bool scalar(struct emitter *emitter, const struct x86_op *op, const struct format *format,
                   enum operation operation) {
  if (!is_usual_now(emitter) || !read_to(emitter, op, op->rd, format, LOCAL_X) ||
      !read_to(emitter, op, op->rs, format, LOCAL_Y))
    return false;
  compute(emitter, format, operation);
  write_element(emitter, format, op->rd, LOCAL_Z);
  return true;
}

// Both doubles; the first result waits in LOCAL_ADDRESS, for the second one may have to leave.
static bool packed(struct emitter *emitter, const struct x86_op *op, enum operation operation) {
  if (!is_usual_now(emitter))
    return false;
  for (unsigned i = 0; i < 2; i++) {
    if (!read_to(emitter, op, (const uint8_t *)op->rd + 8 * i, &DOUBLE, LOCAL_X) ||
        !read_to(emitter, op, (const uint8_t *)op->rs + 8 * i, &DOUBLE, LOCAL_Y))
      return false;
    compute(emitter, &DOUBLE, operation);
    if (i == 0) {
      wasm_get(emitter->code, LOCAL_Z);
      wasm_set(emitter->code, LOCAL_ADDRESS);
    }
  }
  write_element(emitter, &DOUBLE, op->rd, LOCAL_ADDRESS);
  write_element(emitter, &DOUBLE, (uint8_t *)op->rd + 8, LOCAL_Z);
  return true;
}

// ---- Four singles at once: the same conditions, as vectors of what is true of each ----

// In place of an operand's address: the results, which are in LOCAL_VECTOR until it is known whether they count.
static const void *const RESULTS = NULL;

static void each(struct emitter *emitter, uint64_t value) {
  wasm_i32(emitter->code, (int32_t)(uint32_t)value);
  wasm_simd(emitter->code, I32X4_SPLAT);
}

static void magnitudes(struct emitter *emitter, const void *from) {
  if (from == RESULTS)
    wasm_get(emitter->code, LOCAL_VECTOR);
  else
    emit_load_vector(emitter, from);
  each(emitter, SINGLE.magnitude);
  wasm_simd(emitter->code, V128_AND);
}

static void are_zero(struct emitter *emitter, const void *from) {
  magnitudes(emitter, from);
  each(emitter, 0);
  wasm_simd(emitter->code, I32X4_EQ);
}

// The magnitude less `least` against `limit`.
static void against(struct emitter *emitter, const void *from, uint64_t least, unsigned comparison, uint64_t limit) {
  magnitudes(emitter, from);
  each(emitter, least);
  wasm_simd(emitter->code, I32X4_SUB);
  each(emitter, limit);
  wasm_simd(emitter->code, comparison);
}

// What doubtful_result says of each.
static void doubtful_results(struct emitter *emitter, const struct x86_op *op, enum operation operation) {
  struct wasm_code *code = emitter->code;
  const uint64_t least = 2 * SINGLE.normal;
  against(emitter, RESULTS, least, I32X4_GE_U, SINGLE.infinity - least);
  are_zero(emitter, operation == MUL || operation == DIV ? op->rd : RESULTS);
  if (operation == MUL) {
    are_zero(emitter, op->rs);
    wasm_simd(code, V128_OR);
  }
  if (operation == MUL || operation == DIV) {
    are_zero(emitter, RESULTS);
    wasm_simd(code, V128_AND);
  }
  wasm_simd(code, V128_ANDNOT);
}

static bool singles(struct emitter *emitter, const struct x86_op *op, enum operation operation) {
  struct wasm_code *code = emitter->code;
  if (!mailbox_host()->simd || !is_usual_now(emitter))
    return false;
  emit_load_vector(emitter, op->rd);
  emit_load_vector(emitter, op->rs);
  wasm_simd(code, F32X4_ADD + operation);
  wasm_set(code, LOCAL_VECTOR);
  against(emitter, op->rd, 1, I32X4_LT_U, SINGLE.normal - 1);
  against(emitter, op->rs, 1, I32X4_LT_U, SINGLE.normal - 1);
  wasm_simd(code, V128_OR);
  doubtful_results(emitter, op, operation);
  wasm_simd(code, V128_OR);
  wasm_simd(code, V128_ANY_TRUE);
  unusual_control(emitter);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
  emit_vector_to(emitter, op->rd);
  wasm_get(code, LOCAL_VECTOR);
  emit_store_vector(emitter, op->rd);
  return true;
}

static bool from_integers(struct emitter *emitter, const struct x86_op *op) {
  if (!mailbox_host()->simd || !is_usual_now(emitter))
    return false;
  unusual_control(emitter);
  emit_exit_if(emitter);
  emit_vector_to(emitter, op->rd);
  emit_load_vector(emitter, op->rs);
  wasm_simd(emitter->code, F32X4_CONVERT_I32X4_S);
  emit_store_vector(emitter, op->rd);
  return true;
}

// ---- Rounding to integers: only PE could be noted, and only of NaN is the result another ----

// In the order of ROUNDSD's immediate, behind CEIL.
static const uint8_t ROUNDINGS[] = {3, 1, 0, 2};

static bool round_scalar(struct emitter *emitter, const struct x86_op *op, const struct format *format) {
  const unsigned first = is_double(format) ? F64_CEIL : F32_CEIL;
  if (!is_usual_now(emitter) || !read_to(emitter, op, op->rs, format, LOCAL_Y))
    return false;
  magnitude(emitter, format, LOCAL_Y);
  wasm_i64(emitter->code, (int64_t)format->infinity);
  put(emitter, WASM_I64_GT_U);
  unusual_control(emitter);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
  push(emitter, format, LOCAL_Y);
  put(emitter, first + ROUNDINGS[op->imm & 4 ? 0 : op->imm & 3]);
  pop_bits(emitter, format, LOCAL_Z);
  write_element(emitter, format, op->rd, LOCAL_Z);
  return true;
}

// ---- Comparisons and conversions ----

static bool read_both(struct emitter *emitter, const struct x86_op *op, const struct format *format) {
  if (!read_to(emitter, op, op->rd, format, LOCAL_X) || !read_to(emitter, op, op->rs, format, LOCAL_Y))
    return false;
  denormal_or_special(emitter, format, LOCAL_X);
  denormal_or_special(emitter, format, LOCAL_Y);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
  return true;
}

static void compare(struct emitter *emitter, const struct format *format, unsigned opcode) {
  push(emitter, format, LOCAL_X);
  push(emitter, format, LOCAL_Y);
  put(emitter, opcode);
}

static bool extreme(struct emitter *emitter, const struct x86_op *op, const struct format *format, bool maximum) {
  if (!read_both(emitter, op, format))
    return false;
  wasm_get(emitter->code, LOCAL_X);
  wasm_get(emitter->code, LOCAL_Y);
  compare(emitter, format, is_double(format) ? (maximum ? F64_GT : F64_LT) : maximum ? F32_GT : F32_LT);
  put(emitter, WASM_SELECT);
  wasm_set(emitter->code, LOCAL_Z);
  write_element(emitter, format, op->rd, LOCAL_Z);
  return true;
}

static bool compare_to_flags(struct emitter *emitter, const struct x86_op *op, const struct format *format) {
  if (!read_both(emitter, op, format))
    return false;
  compare(emitter, format, is_double(format) ? F64_LT : F32_LT);
  compare(emitter, format, is_double(format) ? F64_EQ : F32_EQ);
  emit_note_comparison(emitter, op);
  return true;
}

// 32 bits are exact as a double. Everything else may be rounded.
static bool from_integer(struct emitter *emitter, const struct x86_op *op, const struct format *format) {
  const bool exact = is_double(format) && op->shift == 2;
  if (!exact && !is_usual_now(emitter))
    return false;
  if (!exact) {
    unusual_control(emitter);
    emit_exit_if(emitter);
  }
  if (!emit_read(emitter, op, op->rs, op->shift))
    return false;
  if (op->shift == 2)
    put(emitter, WASM_I64_EXTEND32_S);
  put(emitter, is_double(format) ? F64_CONVERT_I64 : F32_CONVERT_I64);
  pop_bits(emitter, format, LOCAL_Z);
  write_element(emitter, format, op->rd, LOCAL_Z);
  return true;
}

// Truncated. `op->size` is the integer's.
static bool to_integer(struct emitter *emitter, const struct x86_op *op, const struct format *format) {
  const uint64_t bias = is_double(format) ? 1023 : 127, limit = (bias + (op->size == 2 ? 31 : 63))
                                                                << format->significand;
  if (!is_usual_now(emitter) || op->size < 2 || !emit_can_write(emitter, op->rd) ||
      !read_to(emitter, op, op->rs, format, LOCAL_Y))
    return false;
  unusual_control(emitter);
  denormal(emitter, format, LOCAL_Y);
  put(emitter, WASM_I32_OR);
  magnitude(emitter, format, LOCAL_Y);
  wasm_i64(emitter->code, (int64_t)limit);
  put(emitter, WASM_I64_GE_U);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
  push(emitter, format, LOCAL_Y);
  put(emitter, is_double(format) ? I64_TRUNC_F64 : I64_TRUNC_F32);
  if (op->size == 2) {
    wasm_i64(emitter->code, UINT32_MAX);
    put(emitter, WASM_I64_AND);
  }
  return emit_write(emitter, op->rd, op->size);
}

static bool widen(struct emitter *emitter, const struct x86_op *op) {
  if (!read_to(emitter, op, op->rs, &SINGLE, LOCAL_Y))
    return false;
  denormal_or_special(emitter, &SINGLE, LOCAL_Y);
  emit_exit_if(emitter);
  push(emitter, &SINGLE, LOCAL_Y);
  put(emitter, F64_PROMOTE);
  pop_bits(emitter, &DOUBLE, LOCAL_Z);
  write_element(emitter, &DOUBLE, op->rd, LOCAL_Z);
  return true;
}

static bool narrow(struct emitter *emitter, const struct x86_op *op) {
  const uint64_t least = 2 * SINGLE.normal;
  if (!is_usual_now(emitter) || !read_to(emitter, op, op->rs, &DOUBLE, LOCAL_Y))
    return false;
  push(emitter, &DOUBLE, LOCAL_Y);
  put(emitter, F32_DEMOTE);
  pop_bits(emitter, &SINGLE, LOCAL_Z);
  magnitude(emitter, &SINGLE, LOCAL_Z);
  wasm_i64(emitter->code, (int64_t)least);
  put(emitter, WASM_I64_SUB);
  wasm_i64(emitter->code, (int64_t)(SINGLE.infinity - least));
  put(emitter, WASM_I64_GE_U);
  is_zero(emitter, &DOUBLE, LOCAL_Y);
  put(emitter, WASM_I32_EQZ);
  put(emitter, WASM_I32_AND);
  unusual_control(emitter);
  put(emitter, WASM_I32_OR);
  emit_exit_if(emitter);
  write_element(emitter, &SINGLE, op->rd, LOCAL_Z);
  return true;
}

bool emit_float(struct emitter *emitter, const struct x86_op *op) {
  switch ((enum x86_code)op->code) {
  case X86_ADDSD: return scalar(emitter, op, &DOUBLE, ADD);
  case X86_SUBSD: return scalar(emitter, op, &DOUBLE, SUB);
  case X86_MULSD: return scalar(emitter, op, &DOUBLE, MUL);
  case X86_DIVSD: return scalar(emitter, op, &DOUBLE, DIV);
  case X86_SQRTSD: return scalar(emitter, op, &DOUBLE, SQRT);
  case X86_ADDSS: return scalar(emitter, op, &SINGLE, ADD);
  case X86_SUBSS: return scalar(emitter, op, &SINGLE, SUB);
  case X86_MULSS: return scalar(emitter, op, &SINGLE, MUL);
  case X86_DIVSS: return scalar(emitter, op, &SINGLE, DIV);
  case X86_SQRTSS: return scalar(emitter, op, &SINGLE, SQRT);
  case X86_ADDPD: return packed(emitter, op, ADD);
  case X86_SUBPD: return packed(emitter, op, SUB);
  case X86_MULPD: return packed(emitter, op, MUL);
  case X86_DIVPD: return packed(emitter, op, DIV);
  case X86_SQRTPD: return packed(emitter, op, SQRT);
  case X86_ADDPS: return singles(emitter, op, ADD);
  case X86_SUBPS: return singles(emitter, op, SUB);
  case X86_MULPS: return singles(emitter, op, MUL);
  case X86_DIVPS: return singles(emitter, op, DIV);
  case X86_CVTDQ2PS: return from_integers(emitter, op);
  case X86_ROUNDSD: return round_scalar(emitter, op, &DOUBLE);
  case X86_ROUNDSS: return round_scalar(emitter, op, &SINGLE);
  case X86_MINSD: return extreme(emitter, op, &DOUBLE, false);
  case X86_MAXSD: return extreme(emitter, op, &DOUBLE, true);
  case X86_MINSS: return extreme(emitter, op, &SINGLE, false);
  case X86_MAXSS: return extreme(emitter, op, &SINGLE, true);
  case X86_UCOMISD:
  case X86_COMISD: return compare_to_flags(emitter, op, &DOUBLE);
  case X86_UCOMISS:
  case X86_COMISS: return compare_to_flags(emitter, op, &SINGLE);
  case X86_CVTSI2SD: return from_integer(emitter, op, &DOUBLE);
  case X86_CVTSI2SS: return from_integer(emitter, op, &SINGLE);
  case X86_CVTTSD2SI: return to_integer(emitter, op, &DOUBLE);
  case X86_CVTTSS2SI: return to_integer(emitter, op, &SINGLE);
  case X86_CVTSS2SD: return widen(emitter, op);
  case X86_CVTSD2SS: return narrow(emitter, op);
  default: return false;
  }
}
