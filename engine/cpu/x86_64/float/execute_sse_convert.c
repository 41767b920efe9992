// Conversions between singles, doubles and integers, and rounding to integral values.
#include "cpu/x86_64/operand.h"
#include "real_integer.h"
#include "sse_float.h"

#include <math.h>

#define HANDLER(name, call)                                                                                            \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    return call;                                                                                                       \
  }

static enum x86_result finish(struct x86_cpu *cpu, const struct x86_op *op, const struct real_context *context,
                              const struct x86_xmm *to, unsigned width) {
  if (!x86_sse_finish(cpu, context))
    return RESULT_FAULT;
  x86_copy_vector(op->rd, to, width);
  return RESULT_NEXT;
}

// One general register to the low element.
static enum x86_result from_general(struct x86_cpu *cpu, const struct x86_op *op, bool is_double) {
  struct real_context context = x86_sse_context(cpu);
  struct x86_xmm to = x86_vector(op->rd, 16);
  const int64_t value = (int64_t)x86_sign_extend(x86_read(op->rs, op->shift), op->shift);
  const struct real result = real_convert(x86_sse_format(is_double), real_from_integer(value), &context);
  x86_set_element(&to, is_double, 0, x86_sse_pack(&result, is_double));
  return finish(cpu, op, &context, &to, 16);
}
HANDLER(cvtsi2ss, from_general(cpu, op, false))
HANDLER(cvtsi2sd, from_general(cpu, op, true))

static enum x86_result to_general(struct x86_cpu *cpu, const struct x86_op *op, bool is_double, bool truncate) {
  struct real_context context = x86_sse_context(cpu);
  if (truncate)
    context.rounding = REAL_TRUNCATE;
  const struct real value = x86_sse_unpack(x86_read(op->rs, is_double ? 3 : 2), is_double, &context);
  const int64_t result = real_to_integer(value, 8U << op->size, &context);
  if (!x86_sse_finish(cpu, &context))
    return RESULT_FAULT;
  x86_write(op->rd, op->size, (uint64_t)result);
  return RESULT_NEXT;
}
HANDLER(cvtss2si, to_general(cpu, op, false, false))
HANDLER(cvtsd2si, to_general(cpu, op, true, false))
HANDLER(cvttss2si, to_general(cpu, op, false, true))
HANDLER(cvttsd2si, to_general(cpu, op, true, true))

// Elements to 32-bit integers; the rest of the destination's `width` bytes is cleared.
static enum x86_result to_packed(struct x86_cpu *cpu, const struct x86_op *op, bool is_double, bool truncate,
                                 unsigned count, unsigned width) {
  struct real_context context = x86_sse_context(cpu);
  const struct x86_xmm from = x86_vector(op->rs, is_double ? count * 8 : count * 4);
  struct x86_xmm to = {.q = {0, 0}};
  if (truncate)
    context.rounding = REAL_TRUNCATE;
  for (unsigned i = 0; i < count; i++) {
    const struct real value = x86_sse_unpack(x86_element(&from, is_double, i), is_double, &context);
    to.sd[i] = (int32_t)real_to_integer(value, 32, &context);
  }
  return finish(cpu, op, &context, &to, width);
}
HANDLER(cvtps2dq, to_packed(cpu, op, false, false, 4, 16))
HANDLER(cvttps2dq, to_packed(cpu, op, false, true, 4, 16))
HANDLER(cvtpd2dq, to_packed(cpu, op, true, false, 2, 16))
HANDLER(cvttpd2dq, to_packed(cpu, op, true, true, 2, 16))
HANDLER(cvtps2pi, to_packed(cpu, op, false, false, 2, 8))
HANDLER(cvttps2pi, to_packed(cpu, op, false, true, 2, 8))
HANDLER(cvtpd2pi, to_packed(cpu, op, true, false, 2, 8))
HANDLER(cvttpd2pi, to_packed(cpu, op, true, true, 2, 8))

// 32-bit integers to elements.
static enum x86_result from_packed(struct x86_cpu *cpu, const struct x86_op *op, bool is_double, unsigned count) {
  struct real_context context = x86_sse_context(cpu);
  const struct x86_xmm from = x86_vector(op->rs, count * 4);
  struct x86_xmm to = x86_vector(op->rd, 16);
  for (unsigned i = 0; i < count; i++) {
    const struct real value = real_convert(x86_sse_format(is_double), real_from_integer(from.sd[i]), &context);
    x86_set_element(&to, is_double, i, x86_sse_pack(&value, is_double));
  }
  return finish(cpu, op, &context, &to, 16);
}
HANDLER(cvtdq2ps, from_packed(cpu, op, false, 4))
HANDLER(cvtdq2pd, from_packed(cpu, op, true, 2))
HANDLER(cvtpi2ps, from_packed(cpu, op, false, 2))

static uint64_t convert(uint64_t bits, bool from_double, struct real_context *context) {
  const struct real value =
      real_convert(x86_sse_format(!from_double), x86_sse_unpack(bits, from_double, context), context);
  return x86_sse_pack(&value, !from_double);
}

static enum x86_result scalar(struct x86_cpu *cpu, const struct x86_op *op, bool from_double) {
  struct real_context context = x86_sse_context(cpu);
  struct x86_xmm to = x86_vector(op->rd, 16);
  x86_set_element(&to, !from_double, 0, convert(x86_read(op->rs, from_double ? 3 : 2), from_double, &context));
  return finish(cpu, op, &context, &to, 16);
}
HANDLER(cvtss2sd, scalar(cpu, op, false))
HANDLER(cvtsd2ss, scalar(cpu, op, true))

static enum x86_result pair(struct x86_cpu *cpu, const struct x86_op *op, bool from_double) {
  struct real_context context = x86_sse_context(cpu);
  const struct x86_xmm from = x86_vector(op->rs, from_double ? 16 : 8);
  struct x86_xmm to = {.q = {0, 0}};
  for (unsigned i = 0; i < 2; i++)
    x86_set_element(&to, !from_double, i, convert(x86_element(&from, from_double, i), from_double, &context));
  return finish(cpu, op, &context, &to, 16);
}
HANDLER(cvtps2pd, pair(cpu, op, false))
HANDLER(cvtpd2ps, pair(cpu, op, true))

// To an integer, by a sum that has no bits for fractions. Not of NaN.
static double round_double(double value, enum real_rounding rounding) {
  const double magnitude = __builtin_fabs(value), limit = 0x1p52;
  if (magnitude >= limit)
    return value;
  const bool away = rounding == (__builtin_signbit(value) ? REAL_DOWN : REAL_UP);
  double rounded = magnitude + limit - limit;
  if (rounding != REAL_NEAREST && !away && rounded > magnitude)
    rounded -= 1;
  if (away && rounded < magnitude)
    rounded += 1;
  return __builtin_copysign(rounded, value);
}

// The same of elements, where only PE could be noted, and is already. False if one is NaN.
static bool round_plainly(const struct x86_xmm *from, struct x86_xmm *to, bool is_double, unsigned count,
                          enum real_rounding rounding) {
  for (unsigned i = 0; i < count; i++) {
    const double value = x86_host_value(x86_element(from, is_double, i), is_double);
    if (isnan(value))
      return false;
    const double rounded = round_double(value, rounding);
    const float single = (float)rounded;
    uint64_t bits = 0;
    memcpy(&bits, is_double ? (const void *)&rounded : &single, is_double ? sizeof rounded : sizeof single);
    x86_set_element(to, is_double, i, bits);
  }
  return true;
}

// Immediate: bits 0 and 1 the rounding, bit 2 take MXCSR's instead, bit 3 do not note PE.
static enum x86_result round_elements(struct x86_cpu *cpu, const struct x86_op *op, bool is_double, unsigned count) {
  struct real_context context = x86_sse_context(cpu);
  const struct x86_xmm from = x86_vector(op->rs, count == 1 ? (is_double ? 8 : 4) : 16);
  struct x86_xmm to = x86_vector(op->rd, 16);
  if (!(op->imm & 4))
    context.rounding = (enum real_rounding)(op->imm & 3);
  if (x86_sse_is_plain(cpu) && round_plainly(&from, &to, is_double, count, context.rounding))
    return finish(cpu, op, &context, &to, 16);
  for (unsigned i = 0; i < count; i++) {
    const struct real value =
        real_round_to_integral(x86_sse_unpack(x86_element(&from, is_double, i), is_double, &context), &context);
    x86_set_element(&to, is_double, i, x86_sse_pack(&value, is_double));
  }
  if (op->imm & 8)
    context.flags &= ~(uint32_t)REAL_PE;
  return finish(cpu, op, &context, &to, 16);
}
HANDLER(roundps, round_elements(cpu, op, false, 4))
HANDLER(roundpd, round_elements(cpu, op, true, 2))
HANDLER(roundss, round_elements(cpu, op, false, 1))
HANDLER(roundsd, round_elements(cpu, op, true, 1))
