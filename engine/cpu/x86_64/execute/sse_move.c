// Moves between XMM and MMX registers, general registers and memory.
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/vector.h"

enum x86_result x86_mov32_low(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  memmove(op->rd, op->rs, 4);
  return RESULT_NEXT;
}

enum x86_result x86_mov64_low(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  memmove(op->rd, op->rs, 8);
  return RESULT_NEXT;
}

static void write_xmm(void *to, uint64_t low, uint64_t high) {
  const struct x86_xmm value = {.q = {low, high}};
  memcpy(to, &value, sizeof value);
}

enum x86_result x86_mov32_zero(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  write_xmm(op->rd, x86_read(op->rs, 2), 0);
  return RESULT_NEXT;
}

enum x86_result x86_mov64_zero(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  write_xmm(op->rd, x86_read(op->rs, 3), 0);
  return RESULT_NEXT;
}

// To a register it clears the upper half; memory has none.
enum x86_result x86_movq_store(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint64_t value = x86_read(op->rs, 3);
  if (op->rd == &cpu->temporary)
    cpu->temporary = value;
  else
    write_xmm(op->rd, value, 0);
  return RESULT_NEXT;
}

enum x86_result x86_movhlps(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  memmove(op->rd, (const uint8_t *)op->rs + 8, 8);
  return RESULT_NEXT;
}

enum x86_result x86_movlhps(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  memmove((uint8_t *)op->rd + 8, op->rs, 8);
  return RESULT_NEXT;
}

enum x86_result x86_movhps_store(struct x86_cpu *cpu, const struct x86_op *op) {
  return x86_movhlps(cpu, op);
}

enum x86_result x86_movsldup(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  struct x86_xmm value = x86_vector(op->rs, 16);
  value.d[1] = value.d[0];
  value.d[3] = value.d[2];
  memcpy(op->rd, &value, 16);
  return RESULT_NEXT;
}

enum x86_result x86_movshdup(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  struct x86_xmm value = x86_vector(op->rs, 16);
  value.d[0] = value.d[1];
  value.d[2] = value.d[3];
  memcpy(op->rd, &value, 16);
  return RESULT_NEXT;
}

enum x86_result x86_movddup(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const uint64_t low = x86_read(op->rs, 3);
  write_xmm(op->rd, low, low);
  return RESULT_NEXT;
}

// MOVD and MOVQ: the source's size is not the op's.
static uint64_t general_source(const struct x86_op *op) {
  return x86_read(op->rs, op->shift);
}

enum x86_result x86_mov_to_mmx(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  x86_write(op->rd, 3, general_source(op));
  return RESULT_NEXT;
}

enum x86_result x86_mov_to_xmm(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  write_xmm(op->rd, general_source(op), 0);
  return RESULT_NEXT;
}

enum x86_result x86_mov_from_vector(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  x86_write(op->rd, op->size, x86_read(op->rs, op->size));
  return RESULT_NEXT;
}

// Top bits of the elements of `size`.
static enum x86_result move_mask(const struct x86_op *op, unsigned width, unsigned size) {
  const struct x86_xmm value = x86_vector(op->rs, width);
  const unsigned bytes = 1U << size;
  uint64_t mask = 0;
  for (unsigned i = 0; i * bytes < width; i++)
    mask |= (uint64_t)(value.b[i * bytes + bytes - 1] >> 7) << i;
  x86_write(op->rd, 3, mask);
  return RESULT_NEXT;
}

enum x86_result x86_movmskps(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  return move_mask(op, 16, 2);
}

enum x86_result x86_movmskpd(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  return move_mask(op, 16, 3);
}

// The top bits of eight bytes, side by side.
static uint64_t top_bits(uint64_t bytes) {
  return (bytes & UINT64_C(0x8080808080808080)) * UINT64_C(0x0002040810204081) >> 56;
}

enum x86_result x86_pmovmskb(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  const struct x86_xmm value = x86_vector(op->rs, 16);
  x86_write(op->rd, 3, top_bits(value.q[0]) | top_bits(value.q[1]) << 8);
  return RESULT_NEXT;
}

enum x86_result x86_pmovmskb_mmx(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)cpu;
  return move_mask(op, 8, 0);
}

// Writes the bytes whose mask byte has its top bit set; both operands are registers, the address is rDI.
enum x86_result x86_maskmov(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct x86_xmm value = x86_vector(op->rd, x86_width(op)), mask = x86_vector(op->rs, x86_width(op));
  const uint64_t address = (cpu->r[RDI] & x86_size_mask((unsigned)op->relative)) + *op->base;
  for (unsigned i = 0; i < x86_width(op); i++) {
    if (mask.b[i] >> 7 && !x86_probe_write(cpu, address + i, 1))
      return RESULT_FAULT;
  }
  for (unsigned i = 0; i < x86_width(op); i++) {
    if (mask.b[i] >> 7 && !x86_store(cpu, address + i, 1, &value.b[i]))
      return RESULT_FAULT;
  }
  return RESULT_REFETCH;
}

#define MXCSR_RESERVED 0xffff0000u

enum x86_result x86_ldmxcsr(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint32_t value = (uint32_t)x86_read(op->rd, 2);
  if (value & MXCSR_RESERVED)
    return x86_fault(cpu, VECTOR_GP, 0);
  cpu->mxcsr = value;
  return RESULT_NEXT;
}

enum x86_result x86_stmxcsr(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, 2, cpu->mxcsr);
  return RESULT_NEXT;
}
