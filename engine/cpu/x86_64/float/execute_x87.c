// x87 arithmetic, comparisons, loads and stores. `imm` is ModRM.reg, `detail` the register i of ST(i).
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "real_integer.h"
#include "x87.h"
#include "x87_quick.h"

enum { DOUBLE_FRACTION = 52, DOUBLE_EXPONENTS = 0x7ff, DOUBLE_BIAS = 1023, EXTENDED_BYTES = 10 };

// ModRM.reg of the arithmetic instructions.
enum kind { ADD, MUL, COMPARE, COMPARE_POP, SUB, SUB_REVERSED, DIV, DIV_REVERSED };

static struct real subtract(const struct real_format *format, struct real a, struct real b,
                            struct real_context *context) {
  return real_add(format, a, real_is_nan(&b) ? b : real_negate(b), context);
}

static struct real compute(struct x86_cpu *cpu, enum kind kind, struct real a, struct real b,
                           struct real_context *context) {
  const struct real_format *format = x87_precision(cpu);
  switch (kind) {
  case ADD: return real_add(format, a, b, context);
  case MUL: return real_multiply(format, a, b, context);
  case SUB: return subtract(format, a, b, context);
  case SUB_REVERSED: return subtract(format, b, a, context);
  case DIV: return real_divide(format, a, b, context);
  default: return real_divide(format, b, a, context);
  }
}

static bool compute_quickly(struct x86_cpu *cpu, enum kind kind, unsigned to, unsigned from) {
  switch (kind) {
  case ADD: return x87_add_quickly(cpu, to, from, false, false);
  case SUB: return x87_add_quickly(cpu, to, from, false, true);
  case SUB_REVERSED: return x87_add_quickly(cpu, to, from, true, false);
  case MUL: return x87_multiply_quickly(cpu, to, from);
  default: return false;
  }
}

static void set_conditions(struct x86_cpu *cpu, enum real_order order) {
  static const uint16_t CODES[] = {
      [REAL_LESS] = STATUS_C0, [REAL_EQUAL] = STATUS_C3, [REAL_GREATER] = 0, [REAL_UNORDERED] = STATUS_CONDITIONS};
  cpu->x87.status = (uint16_t)((cpu->x87.status & ~STATUS_CONDITIONS) | CODES[order]);
}

// Compares ST(0) with `b`; `missing` says that a register is empty.
static bool compare(struct x86_cpu *cpu, struct real b, bool missing, bool quiet_is_invalid) {
  struct real_context context = x87_context(cpu);
  if (missing) {
    set_conditions(cpu, REAL_UNORDERED);
    return x87_underflow(cpu);
  }
  const enum real_order order = real_compare(x87_read(cpu, 0), b, quiet_is_invalid, &context);
  const bool done = x87_finish(cpu, &context);
  set_conditions(cpu, order);
  return done;
}

// ST(to) = ST(to) op b.
static bool arithmetic(struct x86_cpu *cpu, enum kind kind, unsigned to, struct real b, bool missing) {
  struct real_context context = x87_context(cpu);
  struct real result;
  if (missing) {
    if (!x87_underflow(cpu))
      return false;
    result = real_indefinite();
  } else {
    result = compute(cpu, kind, x87_read(cpu, to), b, &context);
    if (!x87_finish(cpu, &context))
      return false;
  }
  x87_write(cpu, to, &result);
  return true;
}

static enum x86_result with_top(struct x86_cpu *cpu, const struct x86_op *op, struct real b, bool missing) {
  const enum kind kind = (enum kind)op->imm;
  if (kind != COMPARE && kind != COMPARE_POP)
    arithmetic(cpu, kind, 0, b, missing);
  else if (compare(cpu, b, missing, true) && kind == COMPARE_POP)
    x87_pop(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_f_single(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  return with_top(cpu, op, real_from_single((uint32_t)x86_read(op->rd, 2), &context), x87_is_empty(cpu, 0));
}

enum x86_result x86_f_double(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  return with_top(cpu, op, real_from_double(x86_read(op->rd, 3), &context), x87_is_empty(cpu, 0));
}

enum x86_result x86_f_int32(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  return with_top(cpu, op, real_from_integer((int32_t)x86_read(op->rd, 2)), x87_is_empty(cpu, 0));
}

enum x86_result x86_f_int16(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  return with_top(cpu, op, real_from_integer((int16_t)x86_read(op->rd, 1)), x87_is_empty(cpu, 0));
}

enum x86_result x86_f_to_top(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  if (compute_quickly(cpu, (enum kind)op->imm, 0, op->detail))
    return RESULT_NEXT;
  return with_top(cpu, op, x87_read(cpu, op->detail), x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail));
}

enum x86_result x86_fcomp_alias(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  if (compare(cpu, x87_read(cpu, op->detail), x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail), true))
    x87_pop(cpu);
  return RESULT_NEXT;
}

// Here the encodings of an operation and its reverse are exchanged.
static bool from_top(struct x86_cpu *cpu, const struct x86_op *op) {
  const enum kind kind = (enum kind)(op->imm >= SUB ? op->imm ^ 1 : op->imm);
  if (compute_quickly(cpu, kind, op->detail, 0))
    return true;
  return arithmetic(cpu, kind, op->detail, x87_read(cpu, 0), x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail));
}

enum x86_result x86_f_from_top(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  from_top(cpu, op);
  return RESULT_NEXT;
}

enum x86_result x86_f_from_top_pop(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  if (from_top(cpu, op))
    x87_pop(cpu);
  return RESULT_NEXT;
}

// FUCOM and FUCOMP (5).
enum x86_result x86_fucom(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  const bool missing = x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail);
  if (compare(cpu, x87_read(cpu, op->detail), missing, false) && op->imm == 5)
    x87_pop(cpu);
  return RESULT_NEXT;
}

static enum x86_result compare_pop_both(struct x86_cpu *cpu, bool quiet_is_invalid) {
  X87_WAIT(cpu);
  if (compare(cpu, x87_read(cpu, 1), x87_is_empty(cpu, 0) || x87_is_empty(cpu, 1), quiet_is_invalid)) {
    x87_pop(cpu);
    x87_pop(cpu);
  }
  return RESULT_NEXT;
}

enum x86_result x86_fucompp(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return compare_pop_both(cpu, false);
}

enum x86_result x86_fcompp(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return compare_pop_both(cpu, true);
}

enum x86_result x86_ftst(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  compare(cpu, real_from_integer(0), x87_is_empty(cpu, 0), true);
  return RESULT_NEXT;
}

static enum x86_result compare_to_flags(struct x86_cpu *cpu, const struct x86_op *op, bool quiet_is_invalid, bool pop) {
  static const uint64_t FLAGS[] = {[REAL_LESS] = FLAG_CF,
                                   [REAL_EQUAL] = FLAG_ZF,
                                   [REAL_GREATER] = 0,
                                   [REAL_UNORDERED] = FLAG_ZF | FLAG_PF | FLAG_CF};
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  const uint16_t c1 = cpu->x87.status & STATUS_C1;
  enum real_order order = REAL_UNORDERED;
  bool done;
  if (x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail)) {
    done = x87_underflow(cpu);
  } else {
    order = real_compare(x87_read(cpu, 0), x87_read(cpu, op->detail), quiet_is_invalid, &context);
    done = x87_finish(cpu, &context);
    cpu->x87.status |= c1; // only a missing register clears it
  }
  x86_set_flags(cpu, FLAGS[order]);
  if (done && pop)
    x87_pop(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_fcomi(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare_to_flags(cpu, op, true, false);
}

enum x86_result x86_fcomip(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare_to_flags(cpu, op, true, true);
}

enum x86_result x86_fucomi(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare_to_flags(cpu, op, false, false);
}

enum x86_result x86_fucomip(struct x86_cpu *cpu, const struct x86_op *op) {
  return compare_to_flags(cpu, op, false, true);
}

static enum x86_result load(struct x86_cpu *cpu, struct real value, struct real_context *context) {
  if (!x87_is_empty(cpu, 7)) {
    x87_push(cpu);
    return RESULT_NEXT;
  }
  // A denormal is loaded even if that exception is not masked.
  const bool done = x87_finish(cpu, context);
  if ((done || !(context->flags & REAL_IE)) && x87_push(cpu))
    x87_write(cpu, 0, &value);
  return RESULT_NEXT;
}

enum x86_result x86_fld_single(struct x86_cpu *cpu, const struct x86_op *op) {
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  const struct real value = real_from_single((uint32_t)x86_read(op->rd, 2), &context);
  return load(cpu, real_convert(&REAL_EXTENDED, value, &context), &context);
}

// Normal numbers in an empty register, which is most of them: without flags.
static bool load_double_quickly(struct x86_cpu *cpu, uint64_t bits) {
  const unsigned biased = bits >> DOUBLE_FRACTION & DOUBLE_EXPONENTS;
  if (biased == 0 || biased == DOUBLE_EXPONENTS || !x87_is_empty(cpu, 7))
    return false;
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  cpu->x87.top = (cpu->x87.top - 1) & 7;
  cpu->x87.used |= (uint8_t)(1 << cpu->x87.top);
  *x87_register(cpu, 0) = (struct x86_real){
      .significand = X87_TOP_BIT | bits << (63 - DOUBLE_FRACTION),
      .sign_exponent = (uint16_t)((bits >> 63) << 15 | (biased + X87_BIAS - DOUBLE_BIAS)),
  };
  return true;
}

X87_RARE enum x86_result load_any_double(struct x86_cpu *cpu, uint64_t bits) {
  struct real_context context = x87_context(cpu);
  const struct real value = real_from_double(bits, &context);
  return load(cpu, real_convert(&REAL_EXTENDED, value, &context), &context);
}

enum x86_result x86_fld_double(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t bits = x86_read(op->rd, 3);
  X87_WAIT(cpu);
  return load_double_quickly(cpu, bits) ? RESULT_NEXT : load_any_double(cpu, bits);
}

static enum x86_result load_integer(struct x86_cpu *cpu, int64_t value) {
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  return load(cpu, real_from_integer(value), &context);
}

enum x86_result x86_fild16(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_integer(cpu, (int16_t)x86_read(op->rd, 1));
}

enum x86_result x86_fild32(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_integer(cpu, (int32_t)x86_read(op->rd, 2));
}

enum x86_result x86_fild64(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_integer(cpu, (int64_t)x86_read(op->rd, 3));
}

// Overflow and underflow that are not masked keep a store to memory from being done.
static bool store_stopped(const struct real_context *context) {
  return (context->flags & (REAL_OE | REAL_UE) & ~context->masks) != 0;
}

// The top as a double, if that is the same normal number, or a zero.
static bool is_double(const struct x86_real *top, uint64_t *bits) {
  const unsigned biased = top->sign_exponent & X87_EXPONENTS, less = X87_BIAS - DOUBLE_BIAS;
  const uint64_t sign = (uint64_t)(top->sign_exponent >> 15) << 63;
  *bits = sign;
  if (biased == 0)
    return top->significand == 0;
  if (!(top->significand & X87_TOP_BIT) || top->significand << (DOUBLE_FRACTION + 1) || biased <= less ||
      biased >= less + DOUBLE_EXPONENTS)
    return false;
  *bits =
      sign | (uint64_t)(biased - less) << DOUBLE_FRACTION | (top->significand & ~X87_TOP_BIT) >> (63 - DOUBLE_FRACTION);
  return true;
}

static bool store_double_quickly(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t bits;
  if (x87_is_empty(cpu, 0) || !is_double(x87_register(cpu, 0), &bits))
    return false;
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  x86_write(op->rd, 3, bits);
  if (op->imm == 3)
    x87_pop(cpu);
  return true;
}

// FST and FSTP (3). What was in memory stays if nothing is stored: LOADM brought it.
X87_RARE enum x86_result store_any(struct x86_cpu *cpu, const struct x86_op *op, bool as_double) {
  struct real_context context = x87_context(cpu);
  struct real value = real_indefinite();
  context.x87 = false; // no adjusted result
  if (x87_is_empty(cpu, 0)) {
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
  } else {
    value = real_convert(as_double ? &REAL_DOUBLE : &REAL_SINGLE, x87_read(cpu, 0), &context);
    context.flags &= ~(uint32_t)(store_stopped(&context) ? REAL_DE | REAL_PE : REAL_DE);
    if (!x87_finish(cpu, &context) || store_stopped(&context))
      return RESULT_NEXT;
  }
  x86_write(op->rd, op->size, as_double ? real_to_double(&value) : real_to_single(&value));
  if (op->imm == 3)
    x87_pop(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_fst_single(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  return store_any(cpu, op, false);
}

enum x86_result x86_fst_double(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  return store_double_quickly(cpu, op) ? RESULT_NEXT : store_any(cpu, op, true);
}

static enum x86_result store_integer(struct x86_cpu *cpu, const struct x86_op *op, bool truncate, bool pop) {
  struct real_context context = x87_context(cpu);
  int64_t value = (int64_t)(UINT64_MAX << ((8U << op->size) - 1));
  X87_WAIT(cpu);
  if (truncate)
    context.rounding = REAL_TRUNCATE;
  if (x87_is_empty(cpu, 0)) {
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
  } else {
    value = real_to_integer(x87_read(cpu, 0), 8U << op->size, &context);
    if (!x87_finish(cpu, &context))
      return RESULT_NEXT;
  }
  x86_write(op->rd, op->size, (uint64_t)value);
  if (pop)
    x87_pop(cpu);
  return RESULT_NEXT;
}

// FIST (2) and FISTP.
enum x86_result x86_fist(struct x86_cpu *cpu, const struct x86_op *op) {
  return store_integer(cpu, op, false, op->imm != 2);
}

enum x86_result x86_fisttp(struct x86_cpu *cpu, const struct x86_op *op) {
  return store_integer(cpu, op, true, true);
}

// Where ten bytes are, if the TLB has them.
static uint8_t *extended_at(const struct tlb_entry *entries, uint64_t address) {
  const struct tlb_entry *entry = &entries[tlb_index(address)];
  return entry->page == tlb_page_of_last_byte(address, EXTENDED_BYTES) ? (uint8_t *)(entry->addend + (uintptr_t)address)
                                                                       : NULL;
}

enum x86_result x86_fld_extended(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  uint8_t bytes[EXTENDED_BYTES];
  X87_WAIT(cpu);
  const uint8_t *host = extended_at(cpu->tlb->read, cpu->effective);
  if (host)
    memcpy(bytes, host, sizeof bytes);
  else if (!x86_load(cpu, cpu->effective, sizeof bytes, bytes))
    return RESULT_FAULT;
  if (x87_push(cpu)) {
    struct x86_real *to = x87_register(cpu, 0);
    to->significand = x86_read(bytes, 3);
    to->sign_exponent = (uint16_t)x86_read(bytes + 8, 1);
  }
  return RESULT_NEXT;
}

enum x86_result x86_fstp_extended(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  uint8_t bytes[EXTENDED_BYTES];
  struct x86_real value = *x87_register(cpu, 0);
  X87_WAIT(cpu);
  uint8_t *host = extended_at(cpu->tlb->write, cpu->effective);
  cpu->temporary = !host; // F_NOTE comes behind, and fetches again if this is set
  if (!host && !x86_probe_write(cpu, cpu->effective, sizeof bytes))
    return RESULT_FAULT;
  if (x87_is_empty(cpu, 0)) {
    const struct real indefinite = real_indefinite();
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
    real_to_extended(&indefinite, &value.significand, &value.sign_exponent);
  } else {
    cpu->x87.status &= (uint16_t)~STATUS_C1;
  }
  memcpy(bytes, &value.significand, 8);
  memcpy(bytes + 8, &value.sign_exponent, 2);
  if (host)
    memcpy(host, bytes, sizeof bytes);
  else if (!x86_store(cpu, cpu->effective, sizeof bytes, bytes))
    return RESULT_FAULT;
  x87_pop(cpu);
  return RESULT_NEXT;
}
