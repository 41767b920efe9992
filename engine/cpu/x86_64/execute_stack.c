// Stack instructions but PUSH, POP, CALL and RET of 64 bits, and the LOOP family.
#include "flags.h"
#include "operand.h"

static enum x86_result stack_fault(struct x86_cpu *cpu) {
  if (cpu->fault_noncanonical)
    cpu->fault_vector = VECTOR_SS;
  return RESULT_FAULT;
}

static enum x86_result push(struct x86_cpu *cpu, unsigned size, uint64_t value) {
  const uint64_t address = cpu->r[RSP] - (1U << size);
  if (!x86_store(cpu, address, 1U << size, &value))
    return stack_fault(cpu);
  cpu->r[RSP] = address;
  return RESULT_REFETCH;
}

// The value at the top, which is not removed yet.
static bool peek(struct x86_cpu *cpu, unsigned size, uint64_t *value) {
  *value = 0;
  if (x86_load(cpu, cpu->r[RSP], 1U << size, value))
    return true;
  stack_fault(cpu);
  return false;
}

enum x86_result x86_push16(struct x86_cpu *cpu, const struct x86_op *op) {
  return push(cpu, 1, x86_read(op->rs, 1));
}

enum x86_result x86_pop16(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!peek(cpu, 1, &value))
    return RESULT_FAULT;
  cpu->r[RSP] += 2;
  x86_write(op->rd, 1, value);
  return RESULT_NEXT;
}

enum x86_result x86_pop_memory(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!peek(cpu, op->size, &value) || !x86_store(cpu, cpu->effective, 1U << op->size, &value))
    return RESULT_FAULT;
  cpu->r[RSP] += 1U << op->size;
  return RESULT_REFETCH;
}

enum x86_result x86_pushf(struct x86_cpu *cpu, const struct x86_op *op) {
  return push(cpu, op->size, x86_rflags(cpu) & ~FLAG_RF);
}

// IOPL changes at level 0 only, IF at a level not above IOPL (SDM 2B, table 4-17).
enum x86_result x86_popf(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!peek(cpu, op->size, &value))
    return RESULT_FAULT;
  uint64_t changed = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;
  if (cpu->mode == 0)
    changed |= FLAG_IOPL;
  if (cpu->mode <= (cpu->rflags & FLAG_IOPL) >> 12)
    changed |= FLAG_IF;
  if (op->size == 1)
    changed &= 0xffff;
  cpu->r[RSP] += 1U << op->size;
  cpu->rflags = (cpu->rflags & ~changed & ~FLAG_RF) | (value & changed);
  x86_set_flags(cpu, value);
  return RESULT_REFETCH;
}

enum x86_result x86_ret_pop(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t target;
  if (!peek(cpu, 3, &target))
    return RESULT_FAULT;
  if (!x86_canonical(target))
    return x86_fault(cpu, VECTOR_GP, 0);
  cpu->r[RSP] += 8 + (op->imm & 0xffff);
  cpu->rip = target;
  return RESULT_JUMP;
}

// The immediate holds the size above the nesting level (decode.c). The new top must be writable, even if nothing is
// written there (SDM 2A, "ENTER"); RSP and RBP change last.
enum x86_result x86_enter(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned level = op->imm & 31, bytes = 1U << op->size;
  const uint64_t frame = cpu->r[RSP] - bytes, top = frame - level * bytes - (op->imm >> 8 & 0xffff);
  if (!x86_probe_write(cpu, top, bytes) || !x86_store(cpu, frame, bytes, &cpu->r[RBP]))
    return stack_fault(cpu);
  for (unsigned i = 1; i < level; i++) {
    uint64_t value;
    if (!x86_load(cpu, cpu->r[RBP] - i * bytes, bytes, &value) || !x86_store(cpu, frame - i * bytes, bytes, &value))
      return stack_fault(cpu);
  }
  if (level > 0 && !x86_store(cpu, frame - level * bytes, bytes, &frame))
    return stack_fault(cpu);
  x86_write(&cpu->r[RBP], op->size, frame);
  cpu->r[RSP] = top;
  return RESULT_REFETCH;
}

enum x86_result x86_leave(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value = 0;
  if (!x86_load(cpu, cpu->r[RBP], 1U << op->size, &value))
    return stack_fault(cpu);
  cpu->r[RSP] = cpu->r[RBP] + (1U << op->size);
  x86_write(&cpu->r[RBP], op->size, value);
  return RESULT_NEXT;
}

// LOOPNE, LOOPE, LOOP, JRCXZ by the opcode's low bits.
enum x86_result x86_loop(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned kind = op->detail & 3, size = op->relative ? 2 : 3;
  const uint64_t count = size == 3 ? cpu->r[RCX] : (uint32_t)cpu->r[RCX];
  bool taken = count == 0;
  if (kind != 3) {
    x86_write(&cpu->r[RCX], size, count - 1);
    taken = count != 1 && (kind == 2 || x86_zero(cpu) == (kind == 1));
  }
  if (!taken)
    return RESULT_NEXT;
  cpu->rip = x86_op_next(cpu, op) + op->imm;
  return RESULT_JUMP;
}

enum x86_result x86_push_fs(struct x86_cpu *cpu, const struct x86_op *op) {
  return push(cpu, op->size, cpu->segments[SEG_FS].selector);
}

enum x86_result x86_push_gs(struct x86_cpu *cpu, const struct x86_op *op) {
  return push(cpu, op->size, cpu->segments[SEG_GS].selector);
}

static enum x86_result pop_segment(struct x86_cpu *cpu, const struct x86_op *op, enum x86_segment segment) {
  uint64_t value;
  if (!peek(cpu, op->size, &value) || !x86_load_segment(cpu, segment, (uint16_t)value))
    return RESULT_FAULT;
  cpu->r[RSP] += 1U << op->size;
  return RESULT_REFETCH;
}

enum x86_result x86_pop_fs(struct x86_cpu *cpu, const struct x86_op *op) {
  return pop_segment(cpu, op, SEG_FS);
}

enum x86_result x86_pop_gs(struct x86_cpu *cpu, const struct x86_op *op) {
  return pop_segment(cpu, op, SEG_GS);
}
