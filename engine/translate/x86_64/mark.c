// An op with a mark has the code TRANSLATED, and its `target` is a copy of the instruction's ops, which leads on to the
// next instruction: so the interpreter executes what is covered.
#include "mark.h"

#include "host/host.h"
#include "translate/processor.h"
#include "walk.h"

#include <string.h>

enum { PATCHES_MAX = 8192, COPIES_MAX = 1 << 16 };

// An op's `detail`.
enum mark {
  MARK_ENTRY,  // of a unit; `imm` says which, `size` is the page's number
  MARK_LEADER, // of a recording: where a block begins; `imm` is its number
  MARK_PROBE   // of a recording: one op that jumps to an address from a register or memory; `imm` is a leader's number
};

struct patch {
  struct x86_op *op, before;
};

struct copies {
  struct x86_op ops[COPIES_MAX];
  unsigned used;
};

struct marks {
  struct patch patches[PATCHES_MAX];
  unsigned patch_count;
  struct copies recorded; // what marks of the recording cover
  struct copies kept;     // what entries cover, and what functions are called with
};

static struct marks *marks;

bool x86_mark_init(void) {
  marks = host_allocate(sizeof *marks);
  return marks != NULL;
}

void x86_mark_forget_all(void) {
  marks->kept.used = 0;
}

static struct x86_op *take(struct copies *copies, unsigned count) {
  if (copies->used + count > COPIES_MAX)
    return NULL;
  copies->used += count;
  return &copies->ops[copies->used - count];
}

// Copies the instruction's ops to `copy` (count + 1 of them), and has them lead on to the next one.
static void copy_ops(const struct x86_instruction *instruction, struct x86_op *copy) {
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

// Puts a mark over an op, which `target` stands for; false if there is no room.
static bool cover(struct x86_op *op, enum mark mark, unsigned number, struct x86_op *target) {
  if (marks->patch_count == PATCHES_MAX)
    return false;
  marks->patches[marks->patch_count++] = (struct patch){op, *op};
  op->code = X86_TRANSLATED;
  op->detail = (uint8_t)mark;
  op->imm = number;
  op->target = target;
  return true;
}

bool mark_leader(struct code_page *page, void *op, unsigned number) {
  struct x86_instruction instruction;
  x86_walk_plain(page, op, &instruction);
  struct x86_op *copy = take(&marks->recorded, instruction.count + 1);
  if (!copy)
    return false;
  copy_ops(&instruction, copy);
  return cover(op, MARK_LEADER, number, copy);
}

void mark_probe(struct code_page *page, void *op, unsigned leader) {
  struct x86_instruction instruction;
  x86_walk_plain(page, op, &instruction);
  struct x86_op *last = instruction.ops[instruction.count - 1];
  struct x86_op *copy = last->code == X86_STRADDLE ? NULL : take(&marks->recorded, 2);
  if (!copy)
    return;
  copy_ops(&(struct x86_instruction){.ops = {last}, .count = 1, .next = last + 1}, copy);
  cover(last, MARK_PROBE, leader, copy);
}

void mark_entry(struct code_page *page, void *marked, uint32_t where, unsigned page_number) {
  struct x86_op *op = marked;
  if (op->code != X86_TRANSLATED) {
    struct x86_instruction instruction;
    x86_walk_plain(page, op, &instruction);
    struct x86_op *copy = take(&marks->kept, instruction.count + 1);
    if (!copy)
      return;
    copy_ops(&instruction, copy);
    op->code = X86_TRANSLATED;
    op->detail = MARK_ENTRY;
    op->target = copy;
  } else if (op->detail != MARK_ENTRY) {
    return; // a recording's, which counts by what is here
  }
  op->imm = where;
  op->size = (uint8_t)page_number;
}

void mark_clear(void) {
  while (marks->patch_count) {
    const struct patch *patch = &marks->patches[--marks->patch_count];
    *patch->op = patch->before;
  }
  marks->recorded.used = 0; // what is executed now stays as it is until there are marks again
}

static int number_at(const struct x86_op *op, enum mark mark) {
  return op->code == X86_TRANSLATED && op->detail == mark ? (int)op->imm : -1;
}

int mark_leader_at(const void *op) {
  return number_at(op, MARK_LEADER);
}

int mark_probe_at(const void *op) {
  return number_at(op, MARK_PROBE);
}

bool mark_entry_at(const void *marked, uint32_t *where, unsigned *page_number) {
  const struct x86_op *op = marked;
  *where = (uint32_t)op->imm;
  *page_number = op->size;
  return op->code == X86_TRANSLATED && op->detail == MARK_ENTRY;
}

bool mark_probe_target(const void *op, uint64_t *target) {
  const struct x86_op *jump = ((const struct x86_op *)op)->target;
  if (jump->code != X86_RET64) {
    *target = *(uint64_t *)jump->rd;
    return true;
  }
  const uint64_t address = *processor_register(RSP);
  const struct tlb_entry *entry = &(*processor()->tlb)->read[tlb_index(address)];
  if (entry->page != tlb_page_of_last_byte(address, sizeof *target))
    return false;
  memcpy(target, (const uint8_t *)(entry->addend + (uintptr_t)address), sizeof *target);
  return true;
}

void *mark_covered(void *op) {
  return ((struct x86_op *)op)->target;
}

void mark_page(struct code_page *page) {
  page->translated = true;
}

void emit_keep_begin(struct emitter *emitter) {
  emitter->kept = marks->kept.ops;
  emitter->kept_used = marks->kept.used;
  emitter->kept_max = COPIES_MAX;
}

void emit_keep_end(struct emitter *emitter) {
  marks->kept.used = emitter->kept_used;
}
