// Lazy arithmetic flags. An instruction that writes all of them notes what it did, and most of the time nobody asks.
//
//   flags_op   kind * 4 + log2(operand bytes)
//   flags_a    result, zero-extended from the operand's size
//   flags_b    by kind: second operand, carry to keep, or bits for CF and OF
#ifndef CPU_X86_64_FLAGS_H
#define CPU_X86_64_FLAGS_H

#include "cpu.h"

enum x86_flags_kind {
  FLAGS_EXPLICIT, // flags_a holds the flags themselves; the only kind without a size
  FLAGS_ADD,      // b: second operand
  FLAGS_ADC,      // the same, with a carry in
  FLAGS_SUB,      // b: second operand
  FLAGS_SBB,      // the same, with a borrow in
  FLAGS_LOGIC,
  FLAGS_INC, // b: CF as it was
  FLAGS_DEC, // b: CF as it was
  FLAGS_SHL, // b: the value one shift earlier
  FLAGS_SHR,
  FLAGS_SAR,
  FLAGS_MUL // b: CF and OF
};

static inline uint32_t x86_flags_op(enum x86_flags_kind kind, unsigned size) {
  return (uint32_t)kind * 4 + size;
}

static inline uint64_t x86_size_mask(unsigned size) {
  return UINT64_MAX >> (64 - (8U << size));
}

static inline uint64_t x86_top_bit(uint64_t value, unsigned size) {
  return value >> ((8U << size) - 1) & 1;
}

static inline void x86_set_flags(struct x86_cpu *cpu, uint64_t flags) {
  cpu->flags_op = FLAGS_EXPLICIT;
  cpu->flags_a = flags & FLAGS_ARITHMETIC;
}

// The six arithmetic flags, computed (flags.c).
uint64_t x86_arithmetic_flags(const struct x86_cpu *cpu);
bool x86_carry(const struct x86_cpu *cpu);
// Condition codes as encoded in Jcc, SETcc and CMOVcc (SDM 1, appendix B).
bool x86_condition(const struct x86_cpu *cpu, unsigned condition);

static inline bool x86_zero(const struct x86_cpu *cpu) {
  return cpu->flags_op == FLAGS_EXPLICIT ? (cpu->flags_a & FLAG_ZF) != 0 : cpu->flags_a == 0;
}

static inline bool x86_negative(const struct x86_cpu *cpu) {
  if (cpu->flags_op == FLAGS_EXPLICIT)
    return (cpu->flags_a & FLAG_SF) != 0;
  return x86_top_bit(cpu->flags_a, cpu->flags_op & 3);
}

static inline uint64_t x86_rflags(const struct x86_cpu *cpu) {
  return cpu->rflags | x86_arithmetic_flags(cpu) | FLAG_ONE;
}

#endif
