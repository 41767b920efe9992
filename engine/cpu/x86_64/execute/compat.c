// Instructions that 32-bit code has and 64-bit mode has not (SDM 1, 5.1: "valid in compatibility and legacy modes
// only").
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/exception.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/system/stack.h"

enum { HALF_DIGIT = 6, DIGIT_MAX = 9, TWO_DIGITS_MAX = 0x99, TENS = 0x60 };

static uint8_t al(const struct x86_cpu *cpu) {
  return (uint8_t)cpu->r[RAX];
}

static uint8_t ah(const struct x86_cpu *cpu) {
  return (uint8_t)(cpu->r[RAX] >> 8);
}

static void set_al(struct x86_cpu *cpu, unsigned value) {
  x86_write(&cpu->r[RAX], 0, value);
}

static void set_ax(struct x86_cpu *cpu, unsigned value) {
  x86_write(&cpu->r[RAX], 1, value);
}

// SF, ZF and PF by AL, with CF and AF as given.
static void set_flags_by_al(struct x86_cpu *cpu, uint64_t others) {
  cpu->flags_op = x86_flags_op(FLAGS_LOGIC, 0);
  cpu->flags_a = al(cpu);
  x86_set_flags(cpu, x86_arithmetic_flags(cpu) | others);
}

// Is the low decimal digit out of its range?
static bool low_digit_is_off(const struct x86_cpu *cpu) {
  return (al(cpu) & 15) > DIGIT_MAX || (x86_arithmetic_flags(cpu) & FLAG_AF);
}

enum x86_result x86_daa(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const bool low = low_digit_is_off(cpu), high = al(cpu) > TWO_DIGITS_MAX || x86_carry(cpu);
  set_al(cpu, al(cpu) + (low ? HALF_DIGIT : 0U) + (high ? TENS : 0U));
  set_flags_by_al(cpu, (low ? FLAG_AF : 0) | (high ? FLAG_CF : 0));
  return RESULT_NEXT;
}

enum x86_result x86_das(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const bool low = low_digit_is_off(cpu), high = al(cpu) > TWO_DIGITS_MAX || x86_carry(cpu);
  const bool borrow = high || (low && al(cpu) < HALF_DIGIT);
  set_al(cpu, al(cpu) - (low ? HALF_DIGIT : 0U) - (high ? TENS : 0U));
  set_flags_by_al(cpu, (low ? FLAG_AF : 0) | (borrow ? FLAG_CF : 0));
  return RESULT_NEXT;
}

static enum x86_result adjust_unpacked(struct x86_cpu *cpu, unsigned by) {
  const bool off = low_digit_is_off(cpu);
  if (off)
    set_ax(cpu, (unsigned)cpu->r[RAX] + by);
  set_al(cpu, al(cpu) & 15U);
  set_flags_by_al(cpu, off ? FLAG_AF | FLAG_CF : 0);
  return RESULT_NEXT;
}

enum x86_result x86_aaa(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return adjust_unpacked(cpu, 0x100 + HALF_DIGIT);
}

enum x86_result x86_aas(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return adjust_unpacked(cpu, 0U - 0x100 - HALF_DIGIT);
}

// The divisor, ten as a rule, is an operand.
enum x86_result x86_aam(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned divisor = op->imm & 0xff, value = al(cpu);
  if (divisor == 0)
    return x86_fault(cpu, VECTOR_DE, 0);
  set_ax(cpu, value / divisor << 8 | value % divisor);
  set_flags_by_al(cpu, 0);
  return RESULT_NEXT;
}

enum x86_result x86_aad(struct x86_cpu *cpu, const struct x86_op *op) {
  set_ax(cpu, (al(cpu) + ah(cpu) * (unsigned)(op->imm & 0xff)) & 0xff);
  set_flags_by_al(cpu, 0);
  return RESULT_NEXT;
}

// Undocumented by Intel for long: AL becomes what CF is, eight times.
enum x86_result x86_salc(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  set_al(cpu, x86_carry(cpu) ? 0xff : 0);
  return RESULT_NEXT;
}

enum x86_result x86_into(struct x86_cpu *cpu, const struct x86_op *op) {
  if (!(x86_arithmetic_flags(cpu) & FLAG_OF))
    return RESULT_NEXT;
  cpu->rip = x86_op_next(cpu, op);
  return x86_software_interrupt(cpu, VECTOR_OF) ? RESULT_JUMP : RESULT_FAULT;
}

static int64_t to_signed(uint64_t value, unsigned size) {
  return (int64_t)x86_sign_extend(value, size);
}

// A signed index, and its lower and upper bound in memory. Both are read before they are looked at.
enum x86_result x86_bound(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned bytes = 1U << op->size;
  uint64_t low = 0, high = 0;
  if (!x86_load(cpu, cpu->effective, bytes, &low) || !x86_load(cpu, cpu->effective + bytes, bytes, &high))
    return RESULT_FAULT;
  const int64_t index = to_signed(x86_read(op->rd, op->size), op->size);
  const bool inside = index >= to_signed(low, op->size) && index <= to_signed(high, op->size);
  return inside ? RESULT_NEXT : x86_fault(cpu, VECTOR_BR, 0);
}

// Raises the privilege level in a selector to that of another; ZF says whether it was lower.
static bool raise_level(struct x86_cpu *cpu, uint64_t *selector, const struct x86_op *op) {
  const uint64_t level = x86_read(op->rs, 1) & 3;
  const bool raised = (*selector & 3) < level;
  if (raised)
    *selector = (*selector & ~UINT64_C(3)) | level;
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & ~FLAG_ZF) | (raised ? FLAG_ZF : 0));
  return raised;
}

enum x86_result x86_arpl(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t selector = x86_read(op->rd, 1);
  raise_level(cpu, &selector, op);
  x86_write(op->rd, 1, selector);
  return RESULT_NEXT;
}

// Memory is written only if something changes.
enum x86_result x86_arpl_memory(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t flags = x86_arithmetic_flags(cpu);
  uint64_t selector = 0;
  if (!x86_load(cpu, cpu->effective, 2, &selector))
    return RESULT_FAULT;
  if (!raise_level(cpu, &selector, op))
    return RESULT_NEXT;
  if (x86_store(cpu, cpu->effective, 2, &selector))
    return RESULT_REFETCH;
  x86_set_flags(cpu, flags);
  return RESULT_FAULT;
}

// EAX, ECX, EDX, EBX, ESP as it was, EBP, ESI, EDI, one by one: what was pushed before a fault stays in memory.
enum x86_result x86_pusha(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t before = cpu->r[RSP];
  for (unsigned i = RAX; i <= RDI; i++) {
    if (x86_push_value(cpu, op->size, i == RSP ? before : cpu->r[i]) == RESULT_FAULT) {
      cpu->r[RSP] = before;
      return RESULT_FAULT;
    }
  }
  return RESULT_REFETCH;
}

// The other way round. What is in ESP's place is read, but not used. A fault leaves all registers as they were.
enum x86_result x86_popa(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t before = cpu->r[RSP];
  uint64_t values[RDI + 1];
  for (unsigned i = RDI + 1; i-- > RAX; x86_drop(cpu, 1U << op->size)) {
    if (!x86_peek(cpu, op->size, &values[i])) {
      cpu->r[RSP] = before;
      return RESULT_FAULT;
    }
  }
  for (unsigned i = RAX; i <= RDI; i++) {
    if (i != RSP)
      x86_write(&cpu->r[i], op->size, values[i]);
  }
  return RESULT_NEXT;
}
