#include "walk.h"

#include "translate/processor.h"

#include <string.h>

enum { ACROSS = 256 };

static struct x86_cpu *cpu;
// Instructions that end in the next page, by their page.
static struct across {
  const struct code_page *page; // NULL: none
  struct code_page *second;
  uint32_t offset;
  struct x86_op ops[OPS_PER_INSN_MAX + 1];
} across[ACROSS];

void x86_walk_init(struct x86_cpu *walked) {
  cpu = walked;
}

const struct x86_cpu *x86_walk_cpu(void) {
  return cpu;
}

void *walk_links(void *op) {
  struct x86_op *at = op;
  while (at && at->code == X86_LINK)
    at = at->target;
  return at;
}

struct x86_op *x86_walk_through(struct x86_op *op) {
  while (op && (op->code == X86_LINK || op->code == X86_TRANSLATED))
    op = op->target;
  return op;
}

// What an op is, behind links and marks.
static const struct x86_op *real(const void *op) {
  return x86_walk_through((struct x86_op *)(uintptr_t)op);
}

static enum flow flow_of(unsigned code) {
  if ((code >= X86_JCC && code <= X86_JNS) || (code >= X86_CMP_JNE8 && code <= X86_TEST_JG64)) // fused or not
    return FLOW_BRANCH;
  if (code == X86_RET64 || code == X86_JMP_TO64 || code == X86_CALL_TO64)
    return FLOW_INDIRECT;
  return code == X86_JMP ? FLOW_JUMP : code == X86_CALL64 ? FLOW_CALL : FLOW_NEXT;
}

bool x86_walk_jumps(unsigned code) {
  return flow_of(code) != FLOW_NEXT;
}

static bool stops(unsigned code) {
  const enum flow flow = flow_of(code);
  return (flow != FLOW_NEXT && flow != FLOW_BRANCH) || code == X86_STRADDLE || code == X86_CONTINUE;
}

// Never goes on behind it. Of what functions execute, the decoder's next instruction is there or not.
static bool ends(const struct code_page *page, const struct x86_op *last, const struct x86_op *behind) {
  if (flow_of(last->code) == FLOW_BRANCH)
    return false;
  if (behind->code == X86_CONTINUE || behind->code == X86_STRADDLE)
    return behind->offset != last->offset + last->length;
  const uint32_t next = (uint32_t)last->offset + last->length;
  return next >= PAGE_SIZE || code_cache_known(cpu, page, next) != behind;
}

static struct across *across_of(const struct code_page *page) {
  return &across[page->index % ACROSS];
}

bool walk_across(struct code_page *page, void *op, struct code_page *second) {
  const struct x86_op *at = real(op);
  struct across *found = across_of(page);
  if (at->code != X86_STRADDLE)
    return false;
  if (found->page == page && found->second == second && found->offset == at->offset)
    return true;
  found->page = code_cache_across(cpu, page, second, at->offset, found->ops) ? page : NULL;
  found->second = second;
  found->offset = at->offset;
  page->translated = second->translated = true;
  return found->page != NULL;
}

void x86_walk_forget(const struct code_page *page) {
  for (unsigned i = 0; i < ACROSS; i++) {
    if (across[i].page == page || across[i].second == page)
      across[i].page = NULL;
  }
}

void x86_walk_forget_all(void) {
  memset(across, 0, sizeof across);
}

static void walk(const struct code_page *page, struct x86_op *at, struct x86_instruction *instruction) {
  struct x86_op *behind = NULL;
  instruction->count = 0;
  instruction->second = NULL;
  instruction->offset = at->offset;
  do {
    instruction->ops[instruction->count++] = at;
    behind = walk_links(at + 1);
    at = x86_walk_through(behind);
  } while (at && instruction->count < OPS_PER_INSN_MAX && !stops(instruction->ops[instruction->count - 1]->code) &&
           at->offset == instruction->offset && at->code != X86_CONTINUE);
  const struct x86_op *last = instruction->ops[instruction->count - 1];
  const uint32_t next = (uint32_t)last->offset + last->length;
  if (last->code == X86_CALL64 || last->code == X86_CALL_TO64) // a run ends behind a call
    instruction->next = next < PAGE_SIZE ? code_cache_known(cpu, page, next) : NULL;
  else
    instruction->next = !behind || stops(last->code) || ends(page, last, behind) ? NULL : behind;
}

void x86_walk_plain(const struct code_page *page, struct x86_op *op, struct x86_instruction *instruction) {
  walk(page, x86_walk_through(op), instruction);
}

void x86_walk(const struct code_page *page, struct x86_op *op, struct x86_instruction *instruction) {
  struct x86_op *at = x86_walk_through(op);
  struct across *found = across_of(page);
  if (at->code != X86_STRADDLE || found->page != page || found->offset != at->offset) {
    walk(page, at, instruction);
    return;
  }
  walk(page, found->ops, instruction);
  instruction->second = found->second;
  const struct x86_op *last = instruction->ops[instruction->count - 1];
  if (last->code == X86_CALL64 || last->code == X86_CALL_TO64)
    instruction->next = &found->ops[instruction->count];
}

struct x86_op *x86_walk_last(const struct code_page *page, struct x86_op *op) {
  struct x86_instruction instruction;
  x86_walk(page, op, &instruction);
  return instruction.ops[instruction.count - 1];
}

void walk_instruction(struct code_page *page, void *op, struct instruction *instruction) {
  struct x86_instruction walked;
  x86_walk(page, op, &walked);
  const struct x86_op *last = walked.ops[walked.count - 1];
  *instruction = (struct instruction){.flow = flow_of(last->code),
                                      .returns = last->code == X86_CALL_TO64,
                                      .offset = walked.offset,
                                      .end = walked.next ? real(walked.next)->offset : walked.offset,
                                      .target = last->relative,
                                      .next = walked.next,
                                      .second = walked.second};
}

bool walk_is_instruction(const void *op) {
  const unsigned code = real(op)->code;
  return code != X86_CONTINUE && code != X86_STRADDLE;
}

bool walk_continues(const void *op, uint32_t *offset) {
  const struct x86_op *at = real(op);
  *offset = (uint32_t)at->relative;
  return at->code == X86_CONTINUE;
}

uint32_t walk_offset(const struct code_page *page, const void *op) {
  (void)page;
  return real(op)->offset;
}

void *walk_known(struct code_page *page, uint32_t offset) {
  return code_cache_known(cpu, page, offset);
}
