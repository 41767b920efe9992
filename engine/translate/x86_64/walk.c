#include "walk.h"

struct x86_op *walk_links(struct x86_op *op) {
  while (op && op->code == X86_LINK)
    op = op->target;
  return op;
}

struct x86_op *walk_through(struct x86_op *op) {
  while (op && (op->code == X86_LINK || op->code == X86_TRANSLATED))
    op = op->target;
  return op;
}

bool walk_is_branch(unsigned code) {
  return (code >= X86_JCC && code <= X86_JNS) || (code >= X86_CMP_JNE8 && code <= X86_TEST_JG64);
}

bool walk_is_indirect(unsigned code) {
  return code == X86_RET64 || code == X86_JMP_TO64 || code == X86_CALL_TO64;
}

static bool stops(unsigned code) {
  return code == X86_JMP || code == X86_RET64 || code == X86_JMP_TO64 || code == X86_CALL64 || code == X86_CALL_TO64 ||
         code == X86_STRADDLE || code == X86_CONTINUE;
}

// Never goes on behind it. Of what functions execute, the decoder's next instruction is there or not.
static bool ends(const struct x86_cpu *cpu, const struct code_page *page, const struct x86_op *last,
                 const struct x86_op *behind) {
  if (walk_is_branch(last->code))
    return false;
  if (behind->code == X86_CONTINUE || behind->code == X86_STRADDLE)
    return behind->offset != last->offset + last->length;
  const uint32_t next = (uint32_t)last->offset + last->length;
  return next >= PAGE_SIZE || code_cache_known(cpu, page, next) != behind;
}

void walk_instruction(const struct x86_cpu *cpu, const struct code_page *page, struct x86_op *op,
                      struct instruction *instruction) {
  struct x86_op *at = walk_through(op), *behind = NULL;
  instruction->count = 0;
  instruction->offset = at->offset;
  do {
    instruction->ops[instruction->count++] = at;
    behind = walk_links(at + 1);
    at = walk_through(behind);
  } while (at && instruction->count < OPS_PER_INSN_MAX && !stops(instruction->ops[instruction->count - 1]->code) &&
           at->offset == instruction->offset && at->code != X86_CONTINUE);
  const struct x86_op *last = instruction->ops[instruction->count - 1];
  const uint32_t next = (uint32_t)last->offset + last->length;
  if (last->code == X86_CALL64 || last->code == X86_CALL_TO64) { // a run ends behind a call
    instruction->next = next < PAGE_SIZE ? code_cache_known(cpu, page, next) : NULL;
    return;
  }
  instruction->next = !behind || stops(last->code) || ends(cpu, page, last, behind) ? NULL : behind;
}

void walk_copy(const struct instruction *instruction, struct x86_op *copy) {
  for (unsigned i = 0; i < instruction->count; i++) {
    const struct x86_op *op = instruction->ops[i];
    copy[i] = *op;
    if (op->rs == &op->imm)
      copy[i].rs = &copy[i].imm;
  }
  struct x86_op *last = &copy[instruction->count];
  *last = *instruction->ops[0];
  last->code = X86_LINK;
  last->target = instruction->next;
}

struct code_page *walk_page(const struct x86_cpu *cpu, uint64_t address) {
  const struct tlb_entry *entry = &cpu->tlb->fetch[tlb_index(address)];
  return entry->page == (address & TLB_PAGE_MASK) ? (struct code_page *)entry->addend : NULL;
}

struct x86_op *walk_op_at(const struct x86_cpu *cpu, uint64_t address, struct code_page **page) {
  *page = walk_page(cpu, address);
  return *page ? code_cache_known(cpu, *page, (uint32_t)address & (PAGE_SIZE - 1)) : NULL;
}
