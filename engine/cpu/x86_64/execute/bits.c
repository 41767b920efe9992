// Instructions on single bits (SDM 1, 5.1.6).
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"

// Moves the address by whole operands, so that the bit number below stays inside one.
enum x86_result x86_bit_address(struct x86_cpu *cpu, const struct x86_op *op) {
  const int64_t bit = (int64_t)x86_sign_extend(x86_read(op->rs, op->size), op->size);
  const unsigned log_bits = op->size + 3U;
  cpu->effective += (uint64_t)(bit >> log_bits) << op->size;
  cpu->effective &= x86_size_mask((unsigned)op->relative); // shorter addresses wrap
  cpu->budget++;
  return RESULT_NEXT;
}

// CF becomes the bit; ZF stays, and so do the others, which are undefined.
static uint64_t select_bit(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t mask = UINT64_C(1) << (x86_read(op->rs, op->size) & ((8U << op->size) - 1));
  const bool carry = (x86_read(op->rd, op->size) & mask) != 0;
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & ~FLAG_CF) | (carry ? FLAG_CF : 0));
  return mask;
}

enum x86_result x86_bt(struct x86_cpu *cpu, const struct x86_op *op) {
  select_bit(cpu, op);
  return RESULT_NEXT;
}

enum x86_result x86_bts(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t mask = select_bit(cpu, op);
  x86_write(op->rd, op->size, x86_read(op->rd, op->size) | mask);
  return RESULT_NEXT;
}

enum x86_result x86_btr(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t mask = select_bit(cpu, op);
  x86_write(op->rd, op->size, x86_read(op->rd, op->size) & ~mask);
  return RESULT_NEXT;
}

enum x86_result x86_btc(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t mask = select_bit(cpu, op);
  x86_write(op->rd, op->size, x86_read(op->rd, op->size) ^ mask);
  return RESULT_NEXT;
}

// A source of 0 leaves the destination alone, all of it, on every processor (SDM 2A calls it undefined). Flags but ZF
// are undefined: they are those of TEST.
static enum x86_result scan(struct x86_cpu *cpu, const struct x86_op *op, bool reverse) {
  const uint64_t source = x86_read(op->rs, op->size);
  cpu->flags_op = x86_flags_op(FLAGS_LOGIC, op->size);
  cpu->flags_a = source;
  if (source)
    x86_write(op->rd, op->size, (uint64_t)(reverse ? 63 - __builtin_clzll(source) : __builtin_ctzll(source)));
  return RESULT_NEXT;
}

enum x86_result x86_bsf(struct x86_cpu *cpu, const struct x86_op *op) {
  return scan(cpu, op, false);
}

enum x86_result x86_bsr(struct x86_cpu *cpu, const struct x86_op *op) {
  return scan(cpu, op, true);
}

enum x86_result x86_popcnt(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t source = x86_read(op->rs, op->size);
  x86_write(op->rd, op->size, (uint64_t)__builtin_popcountll(source));
  x86_set_flags(cpu, source ? 0 : FLAG_ZF);
  return RESULT_NEXT;
}

// With 16 bits the result is undefined; processors clear the register's low word.
enum x86_result x86_bswap(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const uint64_t value = x86_read(op->rd, op->size);
  switch (op->size) {
  case 1: x86_write(op->rd, 1, 0); break;
  case 2: x86_write(op->rd, 2, __builtin_bswap32((uint32_t)value)); break;
  default: x86_write(op->rd, 3, __builtin_bswap64(value)); break;
  }
  return RESULT_NEXT;
}
