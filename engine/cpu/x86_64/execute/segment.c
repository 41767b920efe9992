// Segment registers in long mode (SDM 3A, 3.4 and 5.x). In 64-bit mode bases mean nothing but for FS and GS; 32-bit
// code uses those of ES, SS and DS too, and its own must be 0. Limits, and null selectors in use, are looked at
// nowhere. There is no local descriptor table with contents: LLDT takes the null selector only.
#include "segment.h"

#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/descriptor.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/system/privilege.h"
#include "cpu/x86_64/system/stack.h"

static bool load_null(struct x86_cpu *cpu, enum x86_segment segment, uint16_t selector) {
  if (segment == SEG_SS && (cpu->mode == 3 || (selector & 3U) != cpu->mode))
    return x86_raise(cpu, VECTOR_GP, 0);
  cpu->segments[segment] = (struct x86_segment_register){.selector = selector};
  cpu->segment_bases[segment] = 0;
  x86_set_privilege(cpu, cpu->mode);
  return true;
}

static bool loadable(const struct x86_cpu *cpu, enum x86_segment segment, uint16_t selector,
                     const struct descriptor *descriptor) {
  const uint16_t attributes = descriptor->attributes;
  const uint32_t rpl = selector & 3;
  if (!(attributes & ATTRIBUTE_CODE_OR_DATA))
    return false;
  const bool code = (attributes & ATTRIBUTE_CODE) != 0, read_write = (attributes & ATTRIBUTE_READ_WRITE) != 0;
  if (segment == SEG_SS)
    return !code && read_write && rpl == cpu->mode && descriptor->dpl == cpu->mode;
  if (code && !read_write)
    return false;
  return (code && (attributes & ATTRIBUTE_CONFORMING)) || (descriptor->dpl >= rpl && descriptor->dpl >= cpu->mode);
}

bool x86_load_segment(struct x86_cpu *cpu, enum x86_segment segment, uint16_t selector) {
  struct descriptor descriptor;
  bool outside;
  const uint32_t error = selector & 0xfffc;
  if (error == 0)
    return load_null(cpu, segment, selector);
  if (!x86_read_descriptor(cpu, selector, 1, &descriptor, &outside))
    return outside ? x86_raise(cpu, VECTOR_GP, error) : false;
  if (!loadable(cpu, segment, selector, &descriptor))
    return x86_raise(cpu, VECTOR_GP, error);
  if (!descriptor.present)
    return x86_raise(cpu, segment == SEG_SS ? VECTOR_SS : VECTOR_NP, error);
  cpu->segments[segment] = (struct x86_segment_register){selector, descriptor.attributes};
  cpu->segment_bases[segment] = x86_base_of(&descriptor);
  x86_set_privilege(cpu, cpu->mode);
  return true;
}

enum x86_result x86_mov_from_segment(struct x86_cpu *cpu, const struct x86_op *op) {
  if (op->detail > SEG_GS)
    return x86_fault(cpu, VECTOR_UD, 0);
  x86_write(op->rd, op->size, cpu->segments[op->detail].selector);
  return RESULT_NEXT;
}

enum x86_result x86_mov_to_segment(struct x86_cpu *cpu, const struct x86_op *op) {
  if (op->detail > SEG_GS || op->detail == SEG_CS)
    return x86_fault(cpu, VECTOR_UD, 0);
  const enum x86_code_kind kind = cpu->code_kind;
  if (!x86_load_segment(cpu, (enum x86_segment)op->detail, (uint16_t)x86_read(op->rs, 1)))
    return RESULT_FAULT;
  return cpu->code_kind == kind ? RESULT_NEXT : RESULT_REFETCH;
}

struct far_pointer {
  uint64_t offset;
  uint16_t selector;
};

// The descriptor of another code segment of the same level. Far returns name the level they return to.
static bool find_target(struct x86_cpu *cpu, const struct far_pointer *target, bool returns,
                        struct descriptor *descriptor) {
  bool outside;
  const uint32_t error = target->selector & 0xfffc, rpl = target->selector & 3;
  if (error == 0)
    return x86_raise(cpu, VECTOR_GP, 0);
  if (!x86_read_descriptor(cpu, target->selector, 1, descriptor, &outside))
    return outside ? x86_raise(cpu, VECTOR_GP, error) : false;
  const bool conforming = (descriptor->attributes & ATTRIBUTE_CONFORMING) != 0;
  const bool level_fits = conforming ? descriptor->dpl <= cpu->mode : descriptor->dpl == cpu->mode;
  const bool rpl_fits = returns ? rpl == cpu->mode : conforming || rpl <= cpu->mode;
  if (!x86_is_executable(descriptor) || !level_fits || !rpl_fits)
    return x86_raise(cpu, VECTOR_GP, error);
  if (!descriptor->present)
    return x86_raise(cpu, VECTOR_NP, error);
  if (!x86_canonical(target->offset) && (descriptor->attributes & ATTRIBUTE_LONG))
    return x86_raise(cpu, VECTOR_GP, 0);
  return true;
}

static enum x86_result enter_target(struct x86_cpu *cpu, const struct far_pointer *target,
                                    const struct descriptor *descriptor) {
  const uint16_t selector = (uint16_t)((target->selector & 0xfffc) | cpu->mode);
  cpu->segments[SEG_CS] = (struct x86_segment_register){selector, descriptor->attributes};
  x86_set_privilege(cpu, cpu->mode);
  cpu->rip = x86_wrap(cpu, target->offset);
  return RESULT_JUMP;
}

// What the kernel uses to reload CS. The selector is read first.
enum x86_result x86_ret_far(struct x86_cpu *cpu, const struct x86_op *op) {
  const unsigned bytes = 1U << op->size;
  uint64_t selector = 0, offset = 0;
  if (!x86_load(cpu, x86_stack_address(cpu, cpu->r[RSP] + bytes), bytes, &selector) ||
      !x86_load(cpu, x86_stack_address(cpu, cpu->r[RSP]), bytes, &offset))
    return x86_stack_fault(cpu);
  const struct far_pointer target = {.offset = offset, .selector = (uint16_t)selector};
  struct descriptor descriptor;
  if (!find_target(cpu, &target, true, &descriptor))
    return RESULT_FAULT;
  cpu->r[RSP] = x86_wrap(cpu, cpu->r[RSP] + bytes * 2 + (op->imm & 0xffff));
  return enter_target(cpu, &target, &descriptor);
}

// The offset comes before the selector.
static bool load_far_pointer(struct x86_cpu *cpu, const struct x86_op *op, struct far_pointer *pointer) {
  const unsigned bytes = 1U << op->size;
  pointer->offset = 0;
  return x86_load(cpu, cpu->effective, bytes, &pointer->offset) &&
         x86_load(cpu, cpu->effective + bytes, 2, &pointer->selector);
}

static enum x86_result jump_far(struct x86_cpu *cpu, const struct far_pointer *target) {
  struct descriptor descriptor;
  return find_target(cpu, target, false, &descriptor) ? enter_target(cpu, target, &descriptor) : RESULT_FAULT;
}

enum x86_result x86_jmp_far(struct x86_cpu *cpu, const struct x86_op *op) {
  struct far_pointer target;
  return load_far_pointer(cpu, op, &target) ? jump_far(cpu, &target) : RESULT_FAULT;
}

// The stack is that of the caller's mode.
static enum x86_result call_far(struct x86_cpu *cpu, const struct x86_op *op, const struct far_pointer *target) {
  const uint64_t before = cpu->r[RSP];
  struct descriptor descriptor;
  if (!find_target(cpu, target, false, &descriptor))
    return RESULT_FAULT;
  if (x86_push_value(cpu, op->size, cpu->segments[SEG_CS].selector) == RESULT_FAULT ||
      x86_push_value(cpu, op->size, x86_op_next(cpu, op)) == RESULT_FAULT) {
    cpu->r[RSP] = before;
    return RESULT_FAULT;
  }
  return enter_target(cpu, target, &descriptor);
}

enum x86_result x86_call_far(struct x86_cpu *cpu, const struct x86_op *op) {
  struct far_pointer target;
  return load_far_pointer(cpu, op, &target) ? call_far(cpu, op, &target) : RESULT_FAULT;
}

// The pointer is part of the instruction: the selector above the offset (decode.c).
static struct far_pointer immediate_pointer(const struct x86_op *op) {
  return (struct far_pointer){.offset = (uint32_t)op->imm, .selector = (uint16_t)(op->imm >> 32)};
}

enum x86_result x86_jmp_far_pointer(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct far_pointer target = immediate_pointer(op);
  return jump_far(cpu, &target);
}

enum x86_result x86_call_far_pointer(struct x86_cpu *cpu, const struct x86_op *op) {
  const struct far_pointer target = immediate_pointer(op);
  return call_far(cpu, op, &target);
}

static enum x86_result load_far(struct x86_cpu *cpu, const struct x86_op *op, enum x86_segment segment) {
  const enum x86_code_kind kind = cpu->code_kind;
  struct far_pointer pointer;
  if (!load_far_pointer(cpu, op, &pointer) || !x86_load_segment(cpu, segment, pointer.selector))
    return RESULT_FAULT;
  x86_write(op->rd, op->size, pointer.offset);
  return cpu->code_kind == kind ? RESULT_NEXT : RESULT_REFETCH;
}

// LSS, LFS and LGS: the opcode's low bits are the segment's number.
enum x86_result x86_load_far(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_far(cpu, op, (enum x86_segment)(op->detail & 7));
}

enum x86_result x86_load_far_es(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_far(cpu, op, SEG_ES);
}

enum x86_result x86_load_far_ds(struct x86_cpu *cpu, const struct x86_op *op) {
  return load_far(cpu, op, SEG_DS);
}

enum x86_result x86_sldt(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, op->size, cpu->ldtr.selector);
  return RESULT_NEXT;
}

enum x86_result x86_str(struct x86_cpu *cpu, const struct x86_op *op) {
  x86_write(op->rd, op->size, cpu->tr.selector);
  return RESULT_NEXT;
}

enum x86_result x86_lldt(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint16_t selector = (uint16_t)x86_read(op->rd, 1);
  if (cpu->mode != 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (selector & 0xfffc)
    return x86_fault(cpu, VECTOR_GP, selector & 0xfffc);
  cpu->ldtr = (struct x86_segment_register){.selector = selector};
  return RESULT_NEXT;
}

enum x86_result x86_ltr(struct x86_cpu *cpu, const struct x86_op *op) {
  const uint16_t selector = (uint16_t)x86_read(op->rd, 1);
  const uint32_t error = selector & 0xfffc;
  struct descriptor descriptor;
  bool outside;
  if (cpu->mode != 0 || error == 0)
    return x86_fault(cpu, VECTOR_GP, 0);
  if (!x86_read_descriptor(cpu, selector, 2, &descriptor, &outside))
    return outside ? x86_fault(cpu, VECTOR_GP, error) : RESULT_FAULT;
  if ((descriptor.attributes & TYPE_MASK) != TYPE_TSS)
    return x86_fault(cpu, VECTOR_GP, error);
  if (!descriptor.present)
    return x86_fault(cpu, VECTOR_NP, error);
  const uint64_t busy = descriptor.words[0] | (uint64_t)(TYPE_TSS_BUSY ^ TYPE_TSS) << 40;
  if (!x86_store_system(cpu, cpu->gdt.base + (selector & 0xfff8), 8, &busy))
    return RESULT_FAULT;
  const uint32_t limit = (uint32_t)((descriptor.words[0] & 0xffff) | (descriptor.words[0] >> 32 & 0xf0000));
  cpu->tr = (struct x86_segment_register){selector, (uint16_t)(busy >> 40)};
  cpu->tr_base = x86_base_of(&descriptor);
  cpu->tr_limit = descriptor.words[0] >> 55 & 1 ? limit << 12 | 0xfff : limit;
  return RESULT_NEXT;
}

static enum x86_result report(struct x86_cpu *cpu, bool visible) {
  x86_set_flags(cpu, (x86_arithmetic_flags(cpu) & ~FLAG_ZF) | (visible ? FLAG_ZF : 0));
  return RESULT_NEXT;
}

// VERR, VERW, LAR and LSL ask whether a selector could be used; what could not be read is just not visible.
static bool visible(struct x86_cpu *cpu, uint16_t selector, struct descriptor *descriptor) {
  bool outside;
  if (!(selector & 0xfffc) || !x86_read_descriptor(cpu, selector, 1, descriptor, &outside))
    return false;
  const uint16_t attributes = descriptor->attributes;
  const bool conforming = (attributes & (ATTRIBUTE_CODE_OR_DATA | ATTRIBUTE_CODE | ATTRIBUTE_CONFORMING)) ==
                          (ATTRIBUTE_CODE_OR_DATA | ATTRIBUTE_CODE | ATTRIBUTE_CONFORMING);
  return conforming || (descriptor->dpl >= cpu->mode && descriptor->dpl >= (selector & 3U));
}

enum x86_result x86_verr(struct x86_cpu *cpu, const struct x86_op *op) {
  struct descriptor descriptor;
  const bool seen = visible(cpu, (uint16_t)x86_read(op->rd, 1), &descriptor);
  return report(cpu, seen && (descriptor.attributes & ATTRIBUTE_CODE_OR_DATA) &&
                         (descriptor.attributes & (ATTRIBUTE_CODE | ATTRIBUTE_READ_WRITE)) != ATTRIBUTE_CODE);
}

enum x86_result x86_verw(struct x86_cpu *cpu, const struct x86_op *op) {
  struct descriptor descriptor;
  const bool seen = visible(cpu, (uint16_t)x86_read(op->rd, 1), &descriptor);
  return report(cpu,
                seen && (descriptor.attributes & (ATTRIBUTE_CODE_OR_DATA | ATTRIBUTE_CODE | ATTRIBUTE_READ_WRITE)) ==
                            (ATTRIBUTE_CODE_OR_DATA | ATTRIBUTE_READ_WRITE));
}

// System descriptors that exist in long mode: LDT, TSS (both also with LAR: call gate).
static bool known_type(const struct descriptor *descriptor, bool gates) {
  const unsigned type = descriptor->attributes & TYPE_MASK;
  return type >= ATTRIBUTE_CODE_OR_DATA || type == 2 || type == TYPE_TSS || type == TYPE_TSS_BUSY ||
         (gates && type == 12);
}

enum x86_result x86_lar(struct x86_cpu *cpu, const struct x86_op *op) {
  struct descriptor descriptor;
  const bool seen = visible(cpu, (uint16_t)x86_read(op->rs, 1), &descriptor) && known_type(&descriptor, true);
  if (seen)
    x86_write(op->rd, op->size, descriptor.words[0] >> 32 & 0xf0ff00);
  return report(cpu, seen);
}

enum x86_result x86_lsl(struct x86_cpu *cpu, const struct x86_op *op) {
  struct descriptor descriptor;
  const bool seen = visible(cpu, (uint16_t)x86_read(op->rs, 1), &descriptor) && known_type(&descriptor, false);
  if (seen) {
    const uint64_t limit = (descriptor.words[0] & 0xffff) | (descriptor.words[0] >> 32 & 0xf0000);
    x86_write(op->rd, op->size, descriptor.words[0] >> 55 & 1 ? limit << 12 | 0xfff : limit);
  }
  return report(cpu, seen);
}
