#include "flags.h"

bool x86_carry(const struct x86_cpu *cpu) {
  const unsigned size = cpu->flags_op & 3;
  const uint64_t a = cpu->flags_a, b = cpu->flags_b;
  switch ((enum x86_flags_kind)(cpu->flags_op >> 2)) {
  case FLAGS_EXPLICIT: return (a & FLAG_CF) != 0;
  case FLAGS_ADD: return a < b;
  case FLAGS_ADC: return a <= b;
  case FLAGS_SUB: return ((a + b) & x86_size_mask(size)) < b;
  case FLAGS_SBB: return ((a + b + 1) & x86_size_mask(size)) <= b;
  case FLAGS_LOGIC: return false;
  case FLAGS_SHL: return x86_top_bit(b, size);
  case FLAGS_SHR:
  case FLAGS_SAR: return b & 1;
  case FLAGS_INC:
  case FLAGS_DEC:
  case FLAGS_MUL: return b != 0;
  }
  return false;
}

static bool overflow(const struct x86_cpu *cpu) {
  const unsigned size = cpu->flags_op & 3;
  const uint64_t a = cpu->flags_a, b = cpu->flags_b;
  switch ((enum x86_flags_kind)(cpu->flags_op >> 2)) {
  case FLAGS_EXPLICIT: return (a & FLAG_OF) != 0;
  case FLAGS_ADD: return x86_top_bit((a ^ b) & (a ^ (a - b)), size);
  case FLAGS_ADC: return x86_top_bit((a ^ b) & (a ^ (a - b - 1)), size);
  case FLAGS_SUB: return x86_top_bit(((a + b) ^ b) & ((a + b) ^ a), size);
  case FLAGS_SBB: return x86_top_bit(((a + b + 1) ^ b) & ((a + b + 1) ^ a), size);
  case FLAGS_LOGIC:
  case FLAGS_SAR: return false;
  case FLAGS_INC: return a == UINT64_C(1) << ((8U << size) - 1);
  case FLAGS_DEC: return a == x86_size_mask(size) >> 1;
  case FLAGS_SHL: return x86_top_bit(a ^ b, size);
  case FLAGS_SHR: return x86_top_bit(b, size);
  case FLAGS_MUL: return b != 0;
  }
  return false;
}

// Carry out of bit 3.
static bool adjust(const struct x86_cpu *cpu) {
  const uint64_t a = cpu->flags_a, b = cpu->flags_b;
  switch ((enum x86_flags_kind)(cpu->flags_op >> 2)) {
  case FLAGS_EXPLICIT: return (a & FLAG_AF) != 0;
  case FLAGS_ADD: return (a ^ b ^ (a - b)) >> 4 & 1;
  case FLAGS_ADC: return (a ^ b ^ (a - b - 1)) >> 4 & 1;
  case FLAGS_SUB: return (a ^ b ^ (a + b)) >> 4 & 1;
  case FLAGS_SBB: return (a ^ b ^ (a + b + 1)) >> 4 & 1;
  case FLAGS_INC: return (a & 15) == 0;
  case FLAGS_DEC: return (a & 15) == 15;
  default: return false;
  }
}

static bool parity(const struct x86_cpu *cpu) {
  if (cpu->flags_op == FLAGS_EXPLICIT)
    return (cpu->flags_a & FLAG_PF) != 0;
  return !__builtin_parity((unsigned)(cpu->flags_a & 0xff));
}

uint64_t x86_arithmetic_flags(const struct x86_cpu *cpu) {
  if (cpu->flags_op == FLAGS_EXPLICIT)
    return cpu->flags_a;
  return (x86_carry(cpu) ? FLAG_CF : 0) | (parity(cpu) ? FLAG_PF : 0) | (adjust(cpu) ? FLAG_AF : 0) |
         (x86_zero(cpu) ? FLAG_ZF : 0) | (x86_negative(cpu) ? FLAG_SF : 0) | (overflow(cpu) ? FLAG_OF : 0);
}

bool x86_condition(const struct x86_cpu *cpu, unsigned condition) {
  bool holds;
  switch (condition >> 1) {
  case 0: holds = overflow(cpu); break;
  case 1: holds = x86_carry(cpu); break;
  case 2: holds = x86_zero(cpu); break;
  case 3: holds = x86_zero(cpu) || x86_carry(cpu); break;
  case 4: holds = x86_negative(cpu); break;
  case 5: holds = parity(cpu); break;
  case 6: holds = x86_negative(cpu) != overflow(cpu); break;
  default: holds = x86_zero(cpu) || x86_negative(cpu) != overflow(cpu); break;
  }
  return holds != (condition & 1);
}
