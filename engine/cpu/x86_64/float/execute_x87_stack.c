// x87 instructions that move, inspect or load constants, and the environment.
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "x87.h"

enum x86_result x86_fnop(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  return RESULT_NEXT;
}

X87_RARE void write_indefinite(struct x86_cpu *cpu, unsigned i) {
  const struct real indefinite = real_indefinite();
  x87_write(cpu, i, &indefinite);
}

enum x86_result x86_fld(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct x86_real value = *x87_register(cpu, op->detail);
  X87_WAIT(cpu);
  if (x87_is_empty(cpu, op->detail)) {
    if (x87_underflow(cpu)) {
      cpu->x87.top = (cpu->x87.top - 1) & 7;
      write_indefinite(cpu, 0);
    }
    return RESULT_NEXT;
  }
  if (x87_push(cpu))
    *x87_register(cpu, 0) = value;
  return RESULT_NEXT;
}

enum x86_result x86_fxch(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  if (x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail)) {
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
    if (x87_is_empty(cpu, 0))
      write_indefinite(cpu, 0);
    if (x87_is_empty(cpu, op->detail))
      write_indefinite(cpu, op->detail);
  }
  const struct x86_real top = *x87_register(cpu, 0);
  *x87_register(cpu, 0) = *x87_register(cpu, op->detail);
  *x87_register(cpu, op->detail) = top;
  return RESULT_NEXT;
}

static enum x86_result store(struct x86_cpu *cpu, const struct x86_op *op, bool pop) {
  X87_WAIT(cpu);
  if (x87_is_empty(cpu, 0)) {
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
    write_indefinite(cpu, op->detail);
  } else {
    cpu->x87.status &= (uint16_t)~STATUS_C1;
    *x87_register(cpu, op->detail) = *x87_register(cpu, 0);
    cpu->x87.used |= (uint8_t)(1 << x87_physical(cpu, op->detail));
  }
  if (pop)
    x87_pop(cpu);
  return RESULT_NEXT;
}

// FST and FSTP (3) to a register.
enum x86_result x86_fst(struct x86_cpu *cpu, const struct x86_op *op) {
  return store(cpu, op, op->imm == 3);
}

enum x86_result x86_fstp_alias(struct x86_cpu *cpu, const struct x86_op *op) {
  return store(cpu, op, true);
}

// FSTP that does not mind an empty register: it stores nothing then.
enum x86_result x86_fstpnce(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  if (!x87_is_empty(cpu, 0)) {
    *x87_register(cpu, op->detail) = *x87_register(cpu, 0);
    cpu->x87.used |= (uint8_t)(1 << x87_physical(cpu, op->detail));
  }
  x87_pop(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_ffree(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  cpu->x87.used &= (uint8_t)~(1 << x87_physical(cpu, op->detail));
  return RESULT_NEXT;
}

enum x86_result x86_ffreep(struct x86_cpu *cpu, const struct x86_op *op) {
  const enum x86_result result = x86_ffree(cpu, op);
  if (result == RESULT_NEXT)
    x87_pop(cpu);
  return result;
}

static enum x86_result rotate(struct x86_cpu *cpu, unsigned by) {
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  cpu->x87.top = (uint8_t)((cpu->x87.top + by) & 7);
  return RESULT_NEXT;
}

enum x86_result x86_fincstp(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return rotate(cpu, 1);
}

enum x86_result x86_fdecstp(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return rotate(cpu, 7);
}

// Conditions by ModRM.reg: below, equal, below or equal, unordered (PF).
static bool condition_holds(const struct x86_cpu *cpu, uint64_t kind) {
  static const uint8_t CONDITIONS[] = {2, 4, 6, 10};
  return x86_condition(cpu, CONDITIONS[kind & 3]);
}

static enum x86_result move_if(struct x86_cpu *cpu, const struct x86_op *op, bool holds) {
  X87_WAIT(cpu);
  if (x87_is_empty(cpu, 0) || x87_is_empty(cpu, op->detail)) {
    if (x87_underflow(cpu))
      write_indefinite(cpu, 0);
  } else if (holds) {
    *x87_register(cpu, 0) = *x87_register(cpu, op->detail);
  }
  return RESULT_NEXT;
}

enum x86_result x86_fcmov(struct x86_cpu *cpu, const struct x86_op *op) {
  return move_if(cpu, op, condition_holds(cpu, op->imm));
}

enum x86_result x86_fcmovn(struct x86_cpu *cpu, const struct x86_op *op) {
  return move_if(cpu, op, !condition_holds(cpu, op->imm));
}

static enum x86_result change_sign(struct x86_cpu *cpu, uint16_t clear, uint16_t toggle) {
  X87_WAIT(cpu);
  if (x87_is_empty(cpu, 0)) {
    if (x87_underflow(cpu))
      write_indefinite(cpu, 0);
    return RESULT_NEXT;
  }
  struct x86_real *top = x87_register(cpu, 0);
  top->sign_exponent = (uint16_t)((top->sign_exponent & ~clear) ^ toggle);
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  return RESULT_NEXT;
}

enum x86_result x86_fchs(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return change_sign(cpu, 0, 0x8000);
}

enum x86_result x86_fabs(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return change_sign(cpu, 0x8000, 0);
}

// Class in C3, C2, C0, sign in C1 (SDM 2A, table 3-40).
enum x86_result x86_fxam(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  const struct real value = x87_read(cpu, 0);
  uint16_t code = 0;
  if (x87_is_empty(cpu, 0)) {
    code = STATUS_C3 | STATUS_C0;
  } else {
    switch (value.kind) {
    case REAL_UNSUPPORTED: code = 0; break;
    case REAL_QUIET:
    case REAL_SIGNALING: code = STATUS_C0; break;
    case REAL_FINITE: code = value.denormal ? STATUS_C3 | STATUS_C2 : STATUS_C2; break;
    case REAL_INFINITE: code = STATUS_C2 | STATUS_C0; break;
    case REAL_ZERO: code = STATUS_C3; break;
    }
  }
  if (x87_register(cpu, 0)->sign_exponent >> 15)
    code |= STATUS_C1;
  cpu->x87.status = (uint16_t)((cpu->x87.status & ~(STATUS_CONDITIONS | STATUS_C1)) | code);
  return RESULT_NEXT;
}

// Constants as 64 bits and what follows, so that each rounding mode gets its own.
static enum x86_result load_constant(struct x86_cpu *cpu, int32_t exponent, uint64_t significand, uint64_t rest) {
  X87_WAIT(cpu);
  struct real_context context = x87_context(cpu);
  if (x87_push(cpu)) {
    const struct real value = real_round(&REAL_EXTENDED, false, exponent, significand, rest, &context);
    x87_write(cpu, 0, &value);
  }
  return RESULT_NEXT;
}

#define CONSTANT(name, exponent, significand, rest)                                                                    \
  enum x86_result x86_##name(struct x86_cpu *cpu, const struct x86_op *op) {                                           \
    (void)op;                                                                                                          \
    return load_constant(cpu, exponent, UINT64_C(significand), UINT64_C(rest));                                        \
  }
CONSTANT(fld1, 0, 0x8000000000000000, 0)
CONSTANT(fldl2t, 1, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4d)
CONSTANT(fldl2e, 0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88)
CONSTANT(fldpi, 1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)
CONSTANT(fldlg2, -2, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178)
CONSTANT(fldln2, -1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)

enum x86_result x86_fldz(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  if (x87_push(cpu)) {
    const struct real zero = real_from_integer(0);
    x87_write(cpu, 0, &zero);
  }
  return RESULT_NEXT;
}

enum x86_result x86_fldcw(struct x86_cpu *cpu, const struct x86_op *op) {
  X87_WAIT(cpu);
  cpu->x87.control = (uint16_t)((x86_read(op->rd, 1) & 0x1f3f) | CONTROL_RESERVED);
  x87_summarize(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_fnstcw(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, 1, cpu->x87.control);
  return RESULT_NEXT;
}

enum x86_result x86_fnstsw(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, 1, x87_status(cpu));
  return RESULT_NEXT;
}

enum x86_result x86_fnclex(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  cpu->x87.status &= (uint16_t)~(STATUS_FLAGS | STATUS_SF | STATUS_ES | STATUS_B);
  return RESULT_NEXT;
}

enum x86_result x86_fninit(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  x87_init(cpu);
  return RESULT_NEXT;
}
