#include "emit_operand.h"

#include <stddef.h>

struct x86_op *x86_append(struct x86_run *run, uint16_t code) {
  struct x86_op *op = &run->ops[run->count++];
  *op = (struct x86_op){.code = code, .offset = (uint16_t)run->offset, .length = run->length};
  op->rs = &run->cpu->zero;
  op->rd = &run->cpu->temporary;
  return op;
}

void x86_set_address(struct x86_run *run, const struct x86_insn *insn, struct x86_op *op) {
  struct x86_cpu *cpu = run->cpu;
  const uint64_t *segment = insn->segment >= 0 ? &cpu->segment_bases[insn->segment] : NULL;
  op->base = insn->rip_relative ? &cpu->page_address : insn->base >= 0 ? &cpu->r[insn->base] : &cpu->zero;
  op->index = insn->index >= 0 ? &cpu->r[insn->index] : &cpu->zero;
  op->shift = insn->scale;
  op->imm = (uint64_t)insn->displacement + (insn->rip_relative ? run->offset + insn->length : 0);
  op->detail = insn->stack ? OP_STACK : 0;
  if (segment && insn->index < 0) {
    op->index = segment;
    op->shift = 0;
  } else if (segment) {
    op->base = segment; // only if there is no base register: see needs_effective
  }
}

// In 32-bit code a sum beyond 32 bits misses the TLB, and is cut off behind that (system/mmu.c).
static bool needs_effective(const struct x86_insn *insn) {
  return (insn->address32 && !insn->compat) || insn->address16 ||
         (insn->segment >= 0 && insn->base >= 0 && insn->index >= 0) ||
         (insn->segment >= 0 && insn->rip_relative && insn->index >= 0);
}

void x86_emit_effective(struct x86_run *run, const struct x86_insn *insn, bool with_segment) {
  struct x86_insn plain = *insn;
  plain.segment = -1;
  struct x86_op *op = x86_append(run, insn->address16 ? X86_EA16 : insn->address32 ? X86_EA32 : X86_EA);
  x86_set_address(run, &plain, op);
  if (with_segment && insn->segment >= 0)
    op->rs = &run->cpu->segment_bases[insn->segment];
}

struct x86_op *x86_emit_access(struct x86_run *run, const struct x86_insn *insn, uint16_t code_b, uint16_t code_x) {
  struct x86_cpu *cpu = run->cpu;
  if (needs_effective(insn)) {
    x86_emit_effective(run, insn, true);
    struct x86_op *op = x86_append(run, code_b);
    op->base = &cpu->effective;
    op->index = &cpu->zero;
    op->detail = insn->stack ? OP_STACK : 0;
    return op;
  }
  struct x86_op *op = x86_append(run, code_b);
  x86_set_address(run, insn, op);
  if (op->index != &cpu->zero)
    op->code = code_x;
  return op;
}

struct x86_op *x86_emit_sized_access(struct x86_run *run, const struct x86_insn *insn, uint16_t b, uint16_t x,
                                     unsigned size) {
  return x86_emit_access(run, insn, (uint16_t)(b + size), (uint16_t)(x + size));
}

void *x86_register_of(struct x86_cpu *cpu, const struct x86_operand *operand) {
  switch (operand->kind) {
  case OPERAND_HIGH_BYTE: return (uint8_t *)&cpu->r[operand->number] + 1;
  case OPERAND_REGISTER: return &cpu->r[operand->number];
  case OPERAND_XMM: return &cpu->xmm[operand->number];
  case OPERAND_MMX: return &cpu->x87.registers[operand->number].significand;
  default: return &cpu->temporary;
  }
}

void *x86_emit_load(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand) {
  struct x86_cpu *cpu = run->cpu;
  if (operand->size == 4) {
    struct x86_op *op = x86_emit_access(run, insn, X86_LOADX, X86_LOADX);
    op->rd = &cpu->wide;
    op->size = operand->aligned;
    return &cpu->wide;
  }
  x86_emit_sized_access(run, insn, X86_LOADT8B, X86_LOADT8X, operand->size);
  return &cpu->temporary;
}

void *x86_emit_load_to_modify(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand) {
  x86_emit_sized_access(run, insn, X86_LOADM8, X86_LOADM8, operand->size);
  return &run->cpu->temporary;
}

void x86_emit_store(struct x86_run *run, const struct x86_insn *insn, const struct x86_operand *operand,
                    const void *value) {
  if (operand->size == 4) {
    struct x86_op *op = x86_emit_access(run, insn, X86_STOREX, X86_STOREX);
    op->rs = value;
    op->size = operand->aligned;
    return;
  }
  x86_emit_sized_access(run, insn, X86_STORE8B, X86_STORE8X, operand->size)->rs = value;
}
