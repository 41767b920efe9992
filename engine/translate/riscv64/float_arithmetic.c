// Arithmetic by WebAssembly's, on the conditions of cpu/riscv64/fast_float.h: it rounds to nearest, an inexact result
// is nothing new, and the result is a normal number, or a 0 that is exact. In any other case the interpreter executes
// the instruction. Where no inexact result was noted yet, code finds out whether a result is exact.
#include "float_arithmetic.h"
#include "float_code.h"
#include "float_state.h"

enum { LOW_BITS = 27 };        // of a double's significand
#define LEAST_PRODUCT 0x1p-900 // from here on what rounding took from a product is a double
#define ABOVE (1 + 0x1p-50)    // more than rounding can have taken from a sum
#define BELOW (1 - 0x1p-50)

static void put(const struct float_op *f, unsigned opcode) {
  wasm_byte(f->emitter->code, opcode);
}

static void set(const struct float_op *f, uint32_t local) {
  wasm_set(f->emitter->code, local);
}

// What rounding took from `sum` = a + b, or a - b, is left on the stack (Knuth).
static void sum_error(const struct float_op *f, uint32_t a, uint32_t b, uint32_t sum, bool subtract) {
  const uint32_t of_b = f->wide ? LOCAL_ERROR : LOCAL_SINGLE_ERROR;
  float_get(f, sum);
  float_get(f, a);
  float_put(f, F64_SUB);
  set(f, of_b);
  float_get(f, a);
  float_get(f, sum);
  float_get(f, of_b);
  float_put(f, F64_SUB);
  float_put(f, F64_SUB);
  float_get(f, b);
  float_get(f, of_b);
  float_put(f, subtract ? F64_ADD : F64_SUB);
  float_put(f, subtract ? F64_SUB : F64_ADD);
}

// The upper half of a double's significand, rounded, and the lower half, which may be negative.
static void halves(const struct float_op *f, uint32_t from, uint32_t high, uint32_t low) {
  struct wasm_code *code = f->emitter->code;
  float_get(f, from);
  put(f, WASM_I64_REINTERPRET_F64);
  wasm_i64(code, 1 << (LOW_BITS - 1));
  put(f, WASM_I64_ADD);
  wasm_i64(code, -(1 << LOW_BITS));
  put(f, WASM_I64_AND);
  put(f, WASM_F64_REINTERPRET_I64);
  set(f, high);
  float_get(f, from);
  float_get(f, high);
  put(f, F64_SUB);
  set(f, low);
}

static void product_of(const struct float_op *f, uint32_t a, uint32_t b) {
  float_get(f, a);
  float_get(f, b);
  put(f, F64_MUL);
}

// What rounding took from LOCAL_PRODUCT = a * b, doubles, is left on the stack (Dekker).
static void product_error(const struct float_op *f, uint32_t a, uint32_t b) {
  const bool square = a == b;
  const uint32_t high_b = square ? LOCAL_HIGH_A : LOCAL_HIGH_B, low_b = square ? LOCAL_LOW_A : LOCAL_LOW_B;
  halves(f, a, LOCAL_HIGH_A, LOCAL_LOW_A);
  if (!square)
    halves(f, b, LOCAL_HIGH_B, LOCAL_LOW_B);
  product_of(f, LOCAL_HIGH_A, high_b);
  float_get(f, LOCAL_PRODUCT);
  put(f, F64_SUB);
  product_of(f, LOCAL_HIGH_A, low_b);
  put(f, F64_ADD);
  product_of(f, LOCAL_LOW_A, high_b);
  put(f, F64_ADD);
  product_of(f, LOCAL_LOW_A, low_b);
  put(f, F64_ADD);
}

static void is_less(const struct float_op *f, uint32_t local, double limit) {
  float_get(f, local);
  put(f, F64_ABS);
  wasm_f64(f->emitter->code, limit);
  put(f, F64_LT);
}

// Leaves the unit if product_error does not hold: LOCAL_PRODUCT is too small, or a factor is denormal. It does for
// factors that are 0.
static void look_at_product(const struct float_op *f, uint32_t a, uint32_t b) {
  struct wasm_code *code = f->emitter->code;
  is_less(f, LOCAL_PRODUCT, LEAST_PRODUCT);
  is_less(f, a, 0x1p-1022);
  put(f, WASM_I32_OR);
  is_less(f, b, 0x1p-1022);
  put(f, WASM_I32_OR);
  wasm_open(code, WASM_IF, WASM_VOID);
  float_get(f, a);
  wasm_f64(code, 0);
  put(f, F64_NE);
  float_get(f, b);
  wasm_f64(code, 0);
  put(f, F64_NE);
  put(f, WASM_I32_AND);
  emit_exit_if(f->emitter);
  wasm_end(code);
}

// ---- Is a result exact? ----

// Is the double on the stack another number than 0, or none? Leaves the unit then.
static void exit_if_not_zero(const struct float_op *f) {
  wasm_f64(f->emitter->code, 0);
  put(f, F64_NE);
  emit_exit_if(f->emitter);
}

static void promote_into(const struct float_op *f, uint32_t from, uint32_t to) {
  float_get(f, from);
  put(f, F64_PROMOTE);
  set(f, to);
}

// Leaves the unit unless a * b, two doubles, is exactly c.
static void exit_unless_product(const struct float_op *f, uint32_t a, uint32_t b, uint32_t c) {
  product_of(f, a, b);
  wasm_tee(f->emitter->code, LOCAL_PRODUCT);
  float_get(f, c);
  put(f, F64_NE);
  emit_exit_if(f->emitter);
  look_at_product(f, a, b);
  product_error(f, a, b);
  exit_if_not_zero(f);
}

// The same of doubles and of singles, whose products are exact as doubles.
static void exit_if_inexact(const struct float_op *f, enum float_opcode opcode) {
  const bool is_sum = opcode == F64_ADD || opcode == F64_SUB;
  if (is_sum) {
    sum_error(f, f->a, f->b, f->result, opcode == F64_SUB);
    if (!f->wide)
      put(f, F64_PROMOTE);
    exit_if_not_zero(f);
    return;
  }
  uint32_t a = f->a, b = f->b, result = f->result;
  if (!f->wide) {
    promote_into(f, a, LOCAL_A);
    promote_into(f, b, LOCAL_B);
    promote_into(f, result, LOCAL_RESULT);
    a = LOCAL_A, b = LOCAL_B, result = LOCAL_RESULT;
  }
  switch (opcode) {
  case F64_MUL: exit_unless_product(f, a, b, result); break;
  case F64_DIV: exit_unless_product(f, result, b, a); break;
  default: exit_unless_product(f, result, result, a); break;
  }
}

static void see_to_inexact(const struct float_op *f, enum float_opcode opcode) {
  emit_if_inexact_is_new(f->emitter);
  exit_if_inexact(f, opcode);
  wasm_end(f->emitter->code);
}

// ---- Instructions ----

// A sum or a root that is 0 is exact. A product is if a factor is 0, and a quotient if the dividend is.
static void look_at_result(const struct float_op *f, enum float_opcode opcode) {
  float_begin_zero(f, f->result);
  if (opcode == F64_MUL || opcode == F64_DIV) {
    float_is_not_zero(f, f->a);
    if (opcode == F64_MUL) {
      float_is_not_zero(f, f->b);
      put(f, WASM_I32_AND);
    }
    put(f, WASM_I32_OR);
  }
  float_end_zero(f);
}

static enum float_opcode opcode_of(unsigned code) {
  switch (code) {
  case RV_FADD_D:
  case RV_FADD_S: return F64_ADD;
  case RV_FSUB_D:
  case RV_FSUB_S: return F64_SUB;
  case RV_FMUL_D:
  case RV_FMUL_S: return F64_MUL;
  case RV_FDIV_D:
  case RV_FDIV_S: return F64_DIV;
  case RV_FSQRT_D:
  case RV_FSQRT_S: return F64_SQRT;
  default: return 0;
  }
}

bool emit_float_arithmetic(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  const enum float_opcode opcode = opcode_of(code);
  if (!opcode || !float_is_nearest(emitter, op))
    return false;
  emit_nearest(emitter, op);
  if (float_inexact_is_noted(emitter))
    emit_inexact_noted(emitter);
  const struct float_op f = float_begin(emitter, op, code >= RV_FMADD_D, opcode == F64_SQRT ? 1 : 2);
  float_get(&f, f.a);
  if (opcode != F64_SQRT)
    float_get(&f, f.b);
  float_put(&f, opcode);
  set(&f, f.result);
  look_at_result(&f, opcode);
  if (!float_knows_inexact(emitter))
    see_to_inexact(&f, opcode);
  float_get(&f, f.result);
  float_finish(&f);
  return true;
}

// ---- Fused ----

// The result with a part of LOCAL_ERROR, on the stack.
static void sum_with_part(const struct float_op *f, double part) {
  float_get(f, LOCAL_RESULT);
  float_get(f, LOCAL_ERROR);
  wasm_f64(f->emitter->code, part);
  put(f, F64_MUL);
  put(f, F64_ADD);
}

// fast_fused_double: LOCAL_A * LOCAL_B + LOCAL_C into LOCAL_RESULT. `a` and `b` are where the factors are.
static void fused_double(const struct float_op *f, uint32_t a, uint32_t b, uint32_t c) {
  struct wasm_code *code = f->emitter->code;
  product_of(f, a, b);
  set(f, LOCAL_PRODUCT);
  look_at_product(f, a, b);
  float_get(f, LOCAL_PRODUCT);
  float_get(f, c);
  put(f, F64_ADD);
  set(f, LOCAL_RESULT);
  product_error(f, a, b);
  set(f, LOCAL_A); // no longer needed, like LOCAL_HIGH_A and the others
  if (!float_knows_inexact(f->emitter)) {
    emit_if_inexact_is_new(f->emitter);
    float_get(f, LOCAL_A);
    exit_if_not_zero(f);
    sum_error(f, LOCAL_PRODUCT, c, LOCAL_RESULT, false);
    exit_if_not_zero(f);
    wasm_end(code);
  }
  float_get(f, LOCAL_A);
  wasm_f64(code, 0);
  put(f, F64_NE);
  wasm_open(code, WASM_IF, WASM_VOID);
  sum_error(f, LOCAL_PRODUCT, c, LOCAL_RESULT, false);
  wasm_tee(code, LOCAL_PRODUCT);
  float_get(f, LOCAL_A);
  put(f, F64_ADD);
  set(f, LOCAL_ERROR);
  sum_with_part(f, BELOW);
  sum_with_part(f, ABOVE);
  put(f, F64_NE);
  float_get(f, LOCAL_PRODUCT);
  wasm_f64(code, 0);
  put(f, F64_NE);
  put(f, WASM_I32_AND);
  emit_exit_if(f->emitter);
  float_get(f, LOCAL_RESULT);
  float_get(f, LOCAL_ERROR);
  put(f, F64_ADD);
  set(f, LOCAL_RESULT);
  wasm_end(code);
  float_begin_zero(f, LOCAL_RESULT);
  float_end_zero(f);
  float_get(f, LOCAL_RESULT);
}

// fast_fused_single, of the doubles LOCAL_A, LOCAL_B and LOCAL_C. The single is left on the stack.
static void fused_single(const struct float_op *f) {
  struct wasm_code *code = f->emitter->code;
  struct float_op wide = *f;
  wide.wide = true;
  product_of(f, LOCAL_A, LOCAL_B);
  wasm_tee(code, LOCAL_PRODUCT);
  float_get(f, LOCAL_C);
  put(f, F64_ADD);
  wasm_tee(code, LOCAL_RESULT);
  put(f, F32_DEMOTE);
  set(f, f->result);
  float_get(f, LOCAL_RESULT);
  put(f, WASM_I64_REINTERPRET_F64);
  wasm_i64(code, (1 << 29) - 1);
  put(f, WASM_I64_AND);
  wasm_i64(code, 1 << 28);
  put(f, WASM_I64_EQ);
  emit_exit_if(f->emitter);
  float_begin_zero(f, f->result);
  float_is_not_zero(&wide, LOCAL_RESULT);
  put(f, WASM_I32_OR);
  float_end_zero(f);
  if (!float_knows_inexact(f->emitter)) {
    emit_if_inexact_is_new(f->emitter);
    sum_error(&wide, LOCAL_PRODUCT, LOCAL_C, LOCAL_RESULT, false);
    exit_if_not_zero(f);
    float_get(f, f->result);
    put(f, F64_PROMOTE);
    float_get(f, LOCAL_RESULT);
    put(f, F64_NE);
    emit_exit_if(f->emitter);
    wasm_end(code);
  }
  float_get(f, f->result);
}

// An operand, or its negative in `to`. Of singles the double in `to`.
static uint32_t take(const struct float_op *f, uint32_t from, bool negate, uint32_t to) {
  if (f->wide && !negate)
    return from;
  float_get(f, from);
  if (!f->wide)
    put(f, F64_PROMOTE);
  if (negate)
    put(f, F64_NEG);
  set(f, to);
  return to;
}

bool emit_float_fused(struct emitter *emitter, const struct riscv_op *op, unsigned code) {
  const bool wide = code >= RV_FMADD_D;
  const unsigned kind = code - (wide ? RV_FMADD_D : RV_FMADD_S); // madd, msub, nmsub, nmadd
  if ((wide ? code > RV_FNMADD_D : code < RV_FMADD_S || code > RV_FNMADD_S) || !float_is_nearest(emitter, op))
    return false;
  emit_nearest(emitter, op);
  if (float_inexact_is_noted(emitter))
    emit_inexact_noted(emitter);
  const uint64_t *third = &emitter->hart->f[(uint32_t)op->imm >> 27];
  struct float_op f = float_begin(emitter, op, wide, 2);
  const uint32_t c = float_operand(emitter, third, wide);
  const uint32_t a = take(&f, f.a, kind >= 2, LOCAL_A), b = take(&f, f.b, false, LOCAL_B);
  const uint32_t term = take(&f, c, kind == 1 || kind == 3, LOCAL_C);
  if (wide)
    fused_double(&f, a, b, term);
  else
    fused_single(&f);
  float_finish(&f);
  return true;
}
