// General-purpose arithmetic that compilers emit seldom, or that is long.
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"

typedef unsigned __int128 uint128;

enum x86_result x86_adc(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t a = x86_read(op->rd, op->size), b = x86_read(op->rs, op->size);
  const bool carry = x86_carry(cpu);
  const uint64_t result = (a + b + carry) & x86_size_mask(op->size);
  x86_write(op->rd, op->size, result);
  cpu->flags_op = x86_flags_op(carry ? FLAGS_ADC : FLAGS_ADD, op->size);
  cpu->flags_a = result;
  cpu->flags_b = b;
  return RESULT_NEXT;
}

enum x86_result x86_sbb(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t a = x86_read(op->rd, op->size), b = x86_read(op->rs, op->size);
  const bool borrow = x86_carry(cpu);
  const uint64_t result = (a - b - borrow) & x86_size_mask(op->size);
  x86_write(op->rd, op->size, result);
  cpu->flags_op = x86_flags_op(borrow ? FLAGS_SBB : FLAGS_SUB, op->size);
  cpu->flags_a = result;
  cpu->flags_b = b;
  return RESULT_NEXT;
}

static unsigned count_of(const struct x86_op *op, const void *from) {
  return (unsigned)x86_read(from, 0) & (op->size == 3 ? 63 : 31);
}

static void set_carry_overflow(struct x86_cpu *cpu, bool carry, bool overflow) {
  const uint64_t others = x86_arithmetic_flags(cpu) & ~(FLAG_CF | FLAG_OF);
  x86_set_flags(cpu, others | (carry ? FLAG_CF : 0) | (overflow ? FLAG_OF : 0));
}

// Rotation of the operand with CF as its top bit. OF is defined for a count of 1; it is computed alike for others.
enum x86_result x86_rcl(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned bits = 8U << op->size, masked = count_of(op, op->rs), count = masked % (bits + 1);
  const uint64_t a = x86_read(op->rd, op->size);
  const bool carry_in = x86_carry(cpu);
  uint64_t result = a;
  bool carry = carry_in;
  if (count) {
    const uint128 wide = (uint128)a | (uint128)carry_in << bits;
    const uint128 rotated = wide << count | wide >> (bits + 1 - count);
    result = (uint64_t)rotated & x86_size_mask(op->size);
    carry = (a >> (bits - count) & 1) != 0;
  }
  x86_write(op->rd, op->size, result);
  if (masked)
    set_carry_overflow(cpu, carry, x86_top_bit(result, op->size) != carry);
  return RESULT_NEXT;
}

enum x86_result x86_rcr(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned bits = 8U << op->size, masked = count_of(op, op->rs), count = masked % (bits + 1);
  const uint64_t a = x86_read(op->rd, op->size);
  const bool carry_in = x86_carry(cpu);
  uint64_t result = a;
  bool carry = carry_in;
  if (count) {
    const uint128 wide = (uint128)a | (uint128)carry_in << bits;
    const uint128 rotated = wide >> count | wide << (bits + 1 - count);
    result = (uint64_t)rotated & x86_size_mask(op->size);
    carry = (a >> (count - 1) & 1) != 0;
  }
  x86_write(op->rd, op->size, result);
  if (masked)
    set_carry_overflow(cpu, carry, (x86_top_bit(result, op->size) ^ (result >> (bits - 2) & 1)) != 0);
  return RESULT_NEXT;
}

// For 16 bits and a count above 16 the result is undefined: bits of the second operand follow, then of the first.
static void shift_double(struct x86_cpu *cpu, const struct x86_op *op, unsigned count, bool left) {
  const unsigned bits = 8U << op->size;
  const uint64_t a = x86_read(op->rd, op->size), b = x86_read(op->rs, op->size);
  if (count == 0) {
    x86_write(op->rd, op->size, a);
    return;
  }
  uint64_t result, last;
  if (left) {
    const uint128 wide = (uint128)a << bits | b;
    result = (uint64_t)((bits == 16 ? wide << 16 | a : wide) >> ((bits == 16 ? 32 : bits) - count));
    last = (uint64_t)((bits == 16 ? wide << 16 | a : wide) >> ((bits == 16 ? 33 : bits + 1) - count));
    cpu->flags_op = x86_flags_op(FLAGS_SHL, op->size);
  } else {
    const uint128 wide = (bits == 16 ? (uint128)a << 32 : 0) | (uint128)b << bits | a;
    result = (uint64_t)(wide >> count);
    last = (uint64_t)(wide >> (count - 1));
    cpu->flags_op = x86_flags_op(FLAGS_SHL, op->size);
  }
  result &= x86_size_mask(op->size);
  const bool carry = left ? x86_top_bit(last, op->size) : (last & 1) != 0;
  x86_write(op->rd, op->size, result);
  cpu->flags_a = result;
  cpu->flags_op = x86_flags_op(FLAGS_LOGIC, op->size);
  set_carry_overflow(cpu, carry, x86_top_bit(result ^ a, op->size));
}

enum x86_result x86_shld(struct x86_cpu *cpu, const struct x86_op *op) {
  shift_double(cpu, op, count_of(op, &op->imm), true);
  return RESULT_NEXT;
}

enum x86_result x86_shld_cl(struct x86_cpu *cpu, const struct x86_op *op) {
  shift_double(cpu, op, count_of(op, &cpu->r[RCX]), true);
  return RESULT_NEXT;
}

enum x86_result x86_shrd(struct x86_cpu *cpu, const struct x86_op *op) {
  shift_double(cpu, op, count_of(op, &op->imm), false);
  return RESULT_NEXT;
}

enum x86_result x86_shrd_cl(struct x86_cpu *cpu, const struct x86_op *op) {
  shift_double(cpu, op, count_of(op, &cpu->r[RCX]), false);
  return RESULT_NEXT;
}

// The double-width register pair: AX for bytes, else rDX:rAX.
static void write_pair(struct x86_cpu *cpu, unsigned size, uint64_t low, uint64_t high) {
  if (size == 0) {
    x86_write(&cpu->r[RAX], 1, (low & 0xff) | high << 8);
    return;
  }
  x86_write(&cpu->r[RAX], size, low);
  x86_write(&cpu->r[RDX], size, high);
}

static void note_product(struct x86_cpu *cpu, unsigned size, uint64_t low, bool overflow) {
  cpu->flags_op = x86_flags_op(FLAGS_MUL, size);
  cpu->flags_a = low & x86_size_mask(size);
  cpu->flags_b = overflow;
}

enum x86_result x86_mul(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint128 product = (uint128)x86_read(&cpu->r[RAX], op->size) * x86_read(op->rd, op->size);
  const uint64_t high = (uint64_t)(product >> (8U << op->size));
  write_pair(cpu, op->size, (uint64_t)product, high);
  note_product(cpu, op->size, (uint64_t)product, (high & x86_size_mask(op->size)) != 0);
  return RESULT_NEXT;
}

static __int128 signed_product(uint64_t a, uint64_t b, unsigned size) {
  return (__int128)(int64_t)x86_sign_extend(a, size) * (int64_t)x86_sign_extend(b, size);
}

static bool fits(__int128 value, unsigned size) {
  return value == (int64_t)x86_sign_extend((uint64_t)value, size);
}

enum x86_result x86_imul1(struct x86_cpu *cpu, const struct x86_op *op) {
  const __int128 product = signed_product(cpu->r[RAX], x86_read(op->rd, op->size), op->size);
  write_pair(cpu, op->size, (uint64_t)product, (uint64_t)(product >> (8U << op->size)));
  note_product(cpu, op->size, (uint64_t)product, !fits(product, op->size));
  return RESULT_NEXT;
}

enum x86_result x86_imul3(struct x86_cpu *cpu, const struct x86_op *op) {
  const __int128 product = signed_product(x86_read(op->rs, op->size), op->imm, op->size);
  x86_write(op->rd, op->size, (uint64_t)product);
  note_product(cpu, op->size, (uint64_t)product, !fits(product, op->size));
  return RESULT_NEXT;
}

static uint128 read_pair(const struct x86_cpu *cpu, unsigned size) {
  if (size == 0)
    return cpu->r[RAX] & 0xffff;
  return (uint128)x86_read(&cpu->r[RDX], size) << (8U << size) | x86_read(&cpu->r[RAX], size);
}

enum x86_result x86_div(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t divisor = x86_read(op->rd, op->size);
  const uint128 dividend = read_pair(cpu, op->size);
  if (divisor == 0 || (uint64_t)(dividend >> (8U << op->size)) >= divisor)
    return x86_fault(cpu, VECTOR_DE, 0);
  if (dividend >> 64 == 0)
    write_pair(cpu, op->size, (uint64_t)dividend / divisor, (uint64_t)dividend % divisor);
  else
    write_pair(cpu, op->size, (uint64_t)(dividend / divisor), (uint64_t)(dividend % divisor));
  return RESULT_NEXT;
}

enum x86_result x86_idiv(struct x86_cpu *cpu, const struct x86_op *op) {
  const int64_t divisor = (int64_t)x86_sign_extend(x86_read(op->rd, op->size), op->size);
  const unsigned unused = op->size == 0 ? 112 : 128 - (16U << op->size);
  const __int128 dividend = (__int128)(read_pair(cpu, op->size) << unused) >> unused;
  if (divisor == 0 || (divisor == -1 && dividend == (__int128)((uint128)1 << 127)))
    return x86_fault(cpu, VECTOR_DE, 0);
  if (op->size < 3 && divisor != -1) {
    const int64_t quotient = (int64_t)dividend / divisor;
    if (!fits(quotient, op->size))
      return x86_fault(cpu, VECTOR_DE, 0);
    write_pair(cpu, op->size, (uint64_t)quotient, (uint64_t)((int64_t)dividend % divisor));
    return RESULT_NEXT;
  }
  const __int128 quotient = dividend / divisor;
  if (!fits(quotient, op->size))
    return x86_fault(cpu, VECTOR_DE, 0);
  write_pair(cpu, op->size, (uint64_t)quotient, (uint64_t)(dividend % divisor));
  return RESULT_NEXT;
}

// `shift` is the source's size.
enum x86_result x86_movsx(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  x86_write(op->rd, op->size, x86_sign_extend(x86_read(op->rs, op->shift), op->shift));
  return RESULT_NEXT;
}

enum x86_result x86_movzx(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  x86_write(op->rd, op->size, x86_read(op->rs, op->shift));
  return RESULT_NEXT;
}

// CBW, CWDE, CDQE.
enum x86_result x86_cbw(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned half = op->size - 1U;
  x86_write(&cpu->r[RAX], op->size, x86_sign_extend(x86_read(&cpu->r[RAX], half), half));
  return RESULT_NEXT;
}

// CWD, CDQ, CQO.
enum x86_result x86_cwd(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(&cpu->r[RDX], op->size, x86_top_bit(x86_read(&cpu->r[RAX], op->size), op->size) ? UINT64_MAX : 0);
  return RESULT_NEXT;
}

enum x86_result x86_xchg(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const uint64_t a = x86_read(op->rd, op->size), b = x86_read(op->rs, op->size);
  // rs is const because most instructions only read it.
  x86_write((void *)(uintptr_t)op->rs, op->size, a);
  x86_write(op->rd, op->size, b);
  return RESULT_NEXT;
}

enum x86_result x86_xadd(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t a = x86_read(op->rd, op->size), b = x86_read(op->rs, op->size);
  const uint64_t sum = (a + b) & x86_size_mask(op->size);
  x86_write((void *)(uintptr_t)op->rs, op->size, a);
  x86_write(op->rd, op->size, sum);
  cpu->flags_op = x86_flags_op(FLAGS_ADD, op->size);
  cpu->flags_a = sum;
  cpu->flags_b = b;
  return RESULT_NEXT;
}

enum x86_result x86_cmpxchg(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t accumulator = x86_read(&cpu->r[RAX], op->size), destination = x86_read(op->rd, op->size);
  cpu->flags_op = x86_flags_op(FLAGS_SUB, op->size);
  cpu->flags_a = (accumulator - destination) & x86_size_mask(op->size);
  cpu->flags_b = destination;
  if (accumulator == destination)
    x86_write(op->rd, op->size, x86_read(op->rs, op->size));
  else
    x86_write(&cpu->r[RAX], op->size, destination);
  return RESULT_NEXT;
}

// CMPXCHG8B and, with REX.W, CMPXCHG16B. Memory is always written, if only with what was there (SDM 2A).
enum x86_result x86_cmpxchg16b(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned half = 1U << op->size;
  uint8_t memory[16], wanted[16];
  if (op->size == 3 && (cpu->effective & 15))
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!x86_probe_write(cpu, cpu->effective, half * 2) || !x86_load(cpu, cpu->effective, half * 2, memory))
    return RESULT_FAULT;
  memcpy(wanted, &cpu->r[RAX], half);
  memcpy(wanted + half, &cpu->r[RDX], half);
  const bool equal = memcmp(memory, wanted, half * 2) == 0;
  if (equal) {
    memcpy(memory, &cpu->r[RBX], half);
    memcpy(memory + half, &cpu->r[RCX], half);
  }
  if (!x86_store(cpu, cpu->effective, half * 2, memory))
    return RESULT_FAULT;
  if (!equal) {
    x86_write(&cpu->r[RAX], op->size, x86_read(memory, op->size));
    x86_write(&cpu->r[RDX], op->size, x86_read(memory + half, op->size));
  }
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & ~FLAG_ZF) | (equal ? FLAG_ZF : 0));
  return RESULT_REFETCH;
}

enum x86_result x86_lahf(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  const uint64_t low = (x86_arithmetic_flags(cpu) | FLAG_ONE) & 0xff;
  cpu->r[RAX] = (cpu->r[RAX] & ~UINT64_C(0xff00)) | low << 8;
  return RESULT_NEXT;
}

enum x86_result x86_sahf(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & FLAG_OF) | (cpu->r[RAX] >> 8 & 0xd5));
  return RESULT_NEXT;
}

static enum x86_result set_carry(struct x86_cpu *cpu, bool carry) {
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & ~FLAG_CF) | (carry ? FLAG_CF : 0));
  return RESULT_NEXT;
}

enum x86_result x86_cmc(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return set_carry(cpu, !x86_carry(cpu));
}

enum x86_result x86_clc(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return set_carry(cpu, false);
}

enum x86_result x86_stc(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return set_carry(cpu, true);
}

enum x86_result x86_cld(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  cpu->rflags &= ~FLAG_DF;
  return RESULT_NEXT;
}

enum x86_result x86_std(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  cpu->rflags |= FLAG_DF;
  return RESULT_NEXT;
}
