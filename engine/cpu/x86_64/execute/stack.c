// Stack instructions, and jumps, but those in the interpreter's loop: PUSH, POP, CALL and RET of the mode's own size.
#include "cpu/x86_64/system/stack.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"

enum x86_result x86_push(struct x86_cpu *cpu, const struct x86_op *op) {
  return x86_push_value(cpu, op->size, x86_read(op->rs, op->size));
}

enum x86_result x86_pop(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!x86_peek(cpu, op->size, &value))
    return RESULT_FAULT;
  x86_drop(cpu, 1U << op->size);
  x86_write(op->rd, op->size, value);
  return RESULT_NEXT;
}

enum x86_result x86_pop_memory(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!x86_peek(cpu, op->size, &value) || !x86_store(cpu, cpu->effective, 1U << op->size, &value))
    return RESULT_FAULT;
  x86_drop(cpu, 1U << op->size);
  return RESULT_REFETCH;
}

enum x86_result x86_pushf(struct x86_cpu *cpu, const struct x86_op *op) {
  return x86_push_value(cpu, op->size, x86_rflags(cpu) & ~FLAG_RF);
}

// IOPL changes at level 0 only, IF at a level not above IOPL (SDM 2B, table 4-17).
enum x86_result x86_popf(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value;
  if (!x86_peek(cpu, op->size, &value))
    return RESULT_FAULT;
  uint64_t changed = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;
  if (cpu->mode == 0)
    changed |= FLAG_IOPL;
  if (cpu->mode <= (cpu->rflags & FLAG_IOPL) >> 12)
    changed |= FLAG_IF;
  if (op->size == 1)
    changed &= 0xffff;
  x86_drop(cpu, 1U << op->size);
  cpu->rflags = (cpu->rflags & ~changed & ~FLAG_RF) | (value & changed);
  x86_set_flags(cpu, value);
  return RESULT_REFETCH;
}

// Where a near jump leads: 64-bit code knows targets of 64 bits only.
static uint64_t target_of(const struct x86_cpu *cpu, const struct x86_op *op, uint64_t target) {
  return cpu->code_kind == CODE_64 ? target : target & x86_size_mask(op->size);
}

enum x86_result x86_ret_pop(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t target;
  if (!x86_peek(cpu, op->size, &target))
    return RESULT_FAULT;
  if (!x86_canonical(target))
    return x86_fault(cpu, VECTOR_GP, 0);
  x86_drop(cpu, (1U << op->size) + (op->imm & 0xffff));
  cpu->rip = target;
  return RESULT_JUMP;
}

static enum x86_result call(struct x86_cpu *cpu, const struct x86_op *op, uint64_t target) {
  const uint64_t wanted = target_of(cpu, op, target);
  if (x86_push_value(cpu, op->size, x86_op_next(cpu, op)) == RESULT_FAULT)
    return RESULT_FAULT;
  cpu->rip = wanted;
  return RESULT_JUMP;
}

enum x86_result x86_call(struct x86_cpu *cpu, const struct x86_op *op) {
  return call(cpu, op, x86_op_next(cpu, op) + op->imm);
}

enum x86_result x86_call_to(struct x86_cpu *cpu, const struct x86_op *op) {
  return call(cpu, op, x86_read(op->rd, op->size));
}

enum x86_result x86_jmp_to(struct x86_cpu *cpu, const struct x86_op *op) {
  cpu->rip = x86_read(op->rd, op->size);
  return RESULT_JUMP;
}

enum x86_result x86_jmp16(struct x86_cpu *cpu, const struct x86_op *op) {
  cpu->rip = target_of(cpu, op, x86_op_next(cpu, op) + op->imm);
  return RESULT_JUMP;
}

enum x86_result x86_jcc16(struct x86_cpu *cpu, const struct x86_op *op) {
  return x86_condition(cpu, op->detail & 15) ? x86_jmp16(cpu, op) : RESULT_NEXT;
}

// The immediate holds the size above the nesting level (decode.c). What is pushed before a fault stays in memory. Last,
// the new top must be writable, even if nothing is written there (SDM 2A, "ENTER"). RSP and RBP change behind that.
enum x86_result x86_enter(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned level = op->imm & 31, bytes = 1U << op->size;
  const uint64_t frame = x86_wrap(cpu, cpu->r[RSP] - bytes), top = frame - level * bytes - (op->imm >> 8 & 0xffff);
  if (!x86_store(cpu, x86_stack_address(cpu, frame), bytes, &cpu->r[RBP]))
    return x86_stack_fault(cpu);
  for (unsigned i = 1; i < level; i++) {
    uint64_t value;
    if (!x86_load(cpu, x86_stack_address(cpu, cpu->r[RBP] - i * bytes), bytes, &value) ||
        !x86_store(cpu, x86_stack_address(cpu, frame - i * bytes), bytes, &value))
      return x86_stack_fault(cpu);
  }
  if ((level > 0 && !x86_store(cpu, x86_stack_address(cpu, frame - level * bytes), bytes, &frame)) ||
      !x86_probe_write(cpu, x86_stack_address(cpu, top), bytes))
    return x86_stack_fault(cpu);
  x86_write(&cpu->r[RBP], op->size, frame);
  cpu->r[RSP] = x86_wrap(cpu, top);
  return RESULT_REFETCH;
}

enum x86_result x86_leave(struct x86_cpu *cpu, const struct x86_op *op) {
  uint64_t value = 0;
  if (!x86_load(cpu, x86_stack_address(cpu, cpu->r[RBP]), 1U << op->size, &value))
    return x86_stack_fault(cpu);
  cpu->r[RSP] = x86_wrap(cpu, cpu->r[RBP] + (1U << op->size));
  x86_write(&cpu->r[RBP], op->size, value);
  return RESULT_NEXT;
}

// LOOPNE, LOOPE, LOOP, JRCXZ by the opcode's low bits. The counter is as wide as addresses are.
enum x86_result x86_loop(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned kind = op->detail & 3, size = (unsigned)op->relative;
  const uint64_t count = x86_read(&cpu->r[RCX], size);
  bool taken = count == 0;
  if (kind != 3) {
    x86_write(&cpu->r[RCX], size, count - 1);
    taken = count != 1 && (kind == 2 || x86_zero(cpu) == (kind == 1));
  }
  if (!taken)
    return RESULT_NEXT;
  cpu->rip = target_of(cpu, op, x86_op_next(cpu, op) + op->imm);
  return RESULT_JUMP;
}
