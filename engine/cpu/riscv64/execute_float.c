// F and D extensions (unprivileged specification 20 and 21) but for loads and stores, which are in execute.c.
#include "execute_float.h"

#include "decode.h"
#include "fast_float.h"
#include "softfloat.h"
#include "softfloat_convert.h"

enum { OPCODE_OP_FP = 0x53, RM_DYNAMIC = 7, FUNCT5_SQUARE_ROOT = 0x0b };

// Fields of the instruction and the state it works with.
struct float_insn {
  struct riscv_cpu *cpu;
  const struct riscv_op *op;
  const struct fp_format *format;
  uint32_t bits;
  bool is_double;
  struct fp_context context;
};

static enum rare_result illegal(struct riscv_cpu *cpu, const struct riscv_op *op) {
  riscv_fault(cpu, EXC_ILLEGAL, (uint32_t)op->imm);
  return RARE_TRAP;
}

static uint64_t unbox(const struct float_insn *insn, uint64_t value) {
  if (insn->is_double)
    return value;
  return (value & NAN_BOX) == NAN_BOX ? (uint32_t)value : 0x7fc00000; // not boxed: the canonical NaN
}

static enum rare_result finish(struct float_insn *insn, uint64_t integer_result) {
  insn->cpu->fflags |= insn->context.flags;
  insn->cpu->sstatus |= SSTATUS_FS;
  *insn->op->rd = integer_result;
  return RARE_NEXT;
}

static enum rare_result finish_float(struct float_insn *insn, uint64_t result) {
  return finish(insn, insn->is_double ? result : result | NAN_BOX);
}

static bool host_may_round(const struct float_insn *insn) {
  return insn->context.rounding == FP_RNE && (insn->cpu->fflags & FP_NX);
}

static enum rare_result arithmetic(struct float_insn *insn, enum fast_operation operation) {
  const uint64_t a = unbox(insn, *insn->op->rs1);
  const uint64_t b = operation == FAST_SQUARE_ROOT ? 0 : unbox(insn, *insn->op->rs2);
  uint64_t result;
  if (host_may_round(insn) && (insn->is_double ? fast_double(operation, a, b, &result)
                                               : fast_single(operation, (uint32_t)a, (uint32_t)b, &result)))
    return finish_float(insn, result);
  switch (operation) {
  case FAST_ADD: result = fp_add(insn->format, a, b, &insn->context); break;
  case FAST_SUBTRACT: {
    // Negating a NaN changes neither its kind nor the (canonical) result.
    result = fp_add(insn->format, a, fp_negate(insn->format, b), &insn->context);
    break;
  }
  case FAST_MULTIPLY: result = fp_multiply(insn->format, a, b, &insn->context); break;
  case FAST_DIVIDE: result = fp_divide(insn->format, a, b, &insn->context); break;
  default: result = fp_square_root(insn->format, a, &insn->context); break;
  }
  return finish_float(insn, result);
}

static enum rare_result fused(struct float_insn *insn) {
  const unsigned kind = insn->bits >> 2 & 3; // 0 madd, 1 msub, 2 nmsub, 3 nmadd
  uint64_t a = unbox(insn, *insn->op->rs1);
  uint64_t c = unbox(insn, insn->cpu->f[insn->bits >> 27]);
  if (kind >= 2)
    a = fp_negate(insn->format, a);
  if (kind == 1 || kind == 3)
    c = fp_negate(insn->format, c);
  const uint64_t b = unbox(insn, *insn->op->rs2);
  uint64_t result;
  if (host_may_round(insn) && (insn->is_double ? fast_fused_double(a, b, c, &result)
                                               : fast_fused_single((uint32_t)a, (uint32_t)b, (uint32_t)c, &result)))
    return finish_float(insn, result);
  return finish_float(insn, fp_multiply_add(insn->format, a, b, c, &insn->context));
}

static enum rare_result sign_injection(struct float_insn *insn, unsigned kind) {
  const uint64_t a = unbox(insn, *insn->op->rs1), b = unbox(insn, *insn->op->rs2);
  const uint64_t sign = fp_negate(insn->format, 0);
  const uint64_t source = kind == 0 ? b : kind == 1 ? ~b : a ^ b;
  return finish_float(insn, (a & ~sign) | (source & sign));
}

static enum rare_result compare(struct float_insn *insn, unsigned kind) {
  const uint64_t a = unbox(insn, *insn->op->rs1), b = unbox(insn, *insn->op->rs2);
  if (kind == 2)
    return finish(insn, fp_equal(insn->format, a, b, &insn->context));
  return finish(insn, fp_less(insn->format, a, b, kind == 0, &insn->context));
}

// The rs2 field is the integer's type: bit 0 unsigned, bit 1 wide.
static enum rare_result to_integer(struct float_insn *insn) {
  const bool is_signed = !(insn->bits >> 20 & 1), wide = (insn->bits >> 21 & 1) != 0;
  const uint64_t a = unbox(insn, *insn->op->rs1);
  int64_t fast;
  bool exact;
  if (insn->is_double && is_signed && insn->context.rounding == FP_RTZ &&
      fast_to_integer(a, wide ? INT64_C(1) << 62 : INT64_C(1) << 31, &fast, &exact)) {
    insn->context.flags = exact ? 0 : FP_NX;
    return finish(insn, (uint64_t)fast);
  }
  return finish(insn, fp_to_integer(insn->format, a, wide ? 64 : 32, is_signed, &insn->context));
}

static enum rare_result from_integer(struct float_insn *insn) {
  const bool is_signed = !(insn->bits >> 20 & 1), wide = (insn->bits >> 21 & 1) != 0;
  const uint64_t a = *insn->op->rs1;
  const uint64_t value = wide ? a : is_signed ? (uint64_t)(int64_t)(int32_t)a : (uint32_t)a;
  const bool negative = is_signed && (int64_t)value < 0;
  return finish_float(insn, fp_from_integer(insn->format, negative ? 0 - value : value, negative, &insn->context));
}

static enum rare_result convert_format(struct float_insn *insn) {
  const struct fp_format *from = insn->is_double ? &FP_SINGLE : &FP_DOUBLE;
  const uint64_t boxed = *insn->op->rs1;
  const bool bad_box = insn->is_double && (boxed & NAN_BOX) != NAN_BOX;
  const uint64_t a = bad_box ? 0x7fc00000 : insn->is_double ? (uint32_t)boxed : boxed;
  return finish_float(insn, fp_convert(from, insn->format, a, &insn->context));
}

static enum rare_result to_integer_register(struct float_insn *insn) {
  if (insn->bits >> 12 & 1)
    return finish(insn, fp_classify(insn->format, unbox(insn, *insn->op->rs1)));
  const uint64_t a = *insn->op->rs1;
  return finish(insn, insn->is_double ? a : (uint64_t)(int64_t)(int32_t)(uint32_t)a);
}

static enum rare_result operation(struct float_insn *insn) {
  const unsigned funct3 = insn->bits >> 12 & 7;
  switch (insn->bits >> 27) {
  case 0x04: return sign_injection(insn, funct3);
  case 0x05:
    return finish_float(insn, fp_minimum(insn->format, unbox(insn, *insn->op->rs1), unbox(insn, *insn->op->rs2),
                                         funct3 == 1, &insn->context));
  case 0x08: return convert_format(insn);
  case FUNCT5_SQUARE_ROOT: return arithmetic(insn, FAST_SQUARE_ROOT);
  case 0x14: return compare(insn, funct3);
  case 0x18: return to_integer(insn);
  case 0x1a: return from_integer(insn);
  case 0x1c: return to_integer_register(insn);
  case 0x1e: return finish_float(insn, insn->is_double ? *insn->op->rs1 : (uint32_t)*insn->op->rs1);
  default: return arithmetic(insn, (enum fast_operation)(insn->bits >> 27)); // 0 to 3
  }
}

static bool uses_rounding_mode(const struct riscv_op *op) {
  const struct riscv_format_info *format = riscv_format_of(op->code);
  return format != riscv_format_of(RV_FSGNJ_S) && format != riscv_format_of(RV_FEQ_S) &&
         format != riscv_format_of(RV_FCLASS_S) && format != riscv_format_of(RV_FMV_W_X);
}

enum rare_result riscv_execute_float(struct riscv_cpu *cpu, const struct riscv_op *op) {
  if (!(cpu->sstatus & SSTATUS_FS))
    return illegal(cpu, op);
  const uint32_t bits = (uint32_t)op->imm;
  const uint32_t field = bits >> 12 & 7, rounding = field == RM_DYNAMIC ? cpu->frm : field;
  if (rounding > FP_RMM && uses_rounding_mode(op))
    return illegal(cpu, op);
  const bool is_double = (bits >> 25 & 1) != 0;
  struct float_insn insn = {.cpu = cpu,
                            .op = op,
                            .format = is_double ? &FP_DOUBLE : &FP_SINGLE,
                            .bits = bits,
                            .is_double = is_double,
                            .context = {.rounding = (enum fp_rounding)rounding}};
  return (bits & 0x7f) == OPCODE_OP_FP ? operation(&insn) : fused(&insn);
}
