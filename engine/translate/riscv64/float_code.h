// WebAssembly's instructions on numbers, and the two formats.
#ifndef TRANSLATE_RISCV64_FLOAT_CODE_H
#define TRANSLATE_RISCV64_FLOAT_CODE_H

#include "operand.h"

// Of doubles. Those of singles come by float_put.
enum float_opcode {
  F64_EQ = 0x61,
  F64_NE,
  F64_LT,
  F64_GT,
  F64_LE,
  F64_GE,
  F64_ABS = 0x99,
  F64_NEG,
  F64_CEIL,
  F64_FLOOR,
  F64_TRUNC,
  F64_NEAREST,
  F64_SQRT,
  F64_ADD,
  F64_SUB,
  F64_MUL,
  F64_DIV,
  F64_MIN,
  F64_MAX,
  F64_COPYSIGN
};
enum { I32_GE_U = 0x4f, F32_DEMOTE = 0xb6, F64_PROMOTE = 0xbb };

// An instruction of either format, and where it finds its operands.
struct float_op {
  struct emitter *emitter;
  const struct riscv_op *op;
  bool wide;       // double
  uint32_t a, b;   // locals: the first and second operand
  uint32_t result; // local: scratch
};

// Leaves the unit if a register that is read holds no single. `operands` is 1 or 2.
struct float_op float_begin(struct emitter *emitter, const struct riscv_op *op, bool wide, unsigned operands);
uint32_t float_operand(struct emitter *emitter, const uint64_t *from, bool wide);
void float_put(const struct float_op *f, enum float_opcode opcode);
void float_get(const struct float_op *f, uint32_t local);
// Is a local 0, as i32?
void float_is_zero(const struct float_op *f, uint32_t local);
void float_is_not_zero(const struct float_op *f, uint32_t local);
// The number on the stack becomes the destination's.
void float_finish(const struct float_op *f);
// Opens an IF for a result that is no normal number, or the least one. On the stack is: is it no 0? float_end_zero
// leaves the unit if what is on the stack then is not 0.
void float_begin_zero(const struct float_op *f, uint32_t result);
void float_end_zero(const struct float_op *f);

#endif
