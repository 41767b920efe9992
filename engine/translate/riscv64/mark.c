// An op with a mark has the code TRANSLATED. Nothing else of it changes: ops lead to others by their distance. What
// there is to know of its marks, and its own code, is in a table of its page. To be executed it is copied to the same
// place of a page where all ops lead back.
#include "mark.h"

#include "host/host.h"
#include "translate/processor.h"

#include <string.h>

enum { MARKED_MAX = 8192, KEPT_MAX = 1 << 16 };

struct code_mark {
  uint32_t where;         // of an entry
  uint16_t leader, probe; // numbers + 1; 0: is none
  uint8_t code, page_number;
  bool entry;
};

struct marks {
  struct riscv_op *recorded[MARKED_MAX]; // ops with marks of the recording
  unsigned recorded_count;
  struct riscv_op kept[KEPT_MAX]; // what functions are called with
  unsigned kept_used;
  struct code_page alone; // for one op that is executed
  struct riscv_op *alone_op;
};

static struct riscv_cpu *cpu;
static struct marks *marks;

bool riscv_mark_init(struct riscv_cpu *marked) {
  cpu = marked;
  marks = host_allocate(sizeof *marks);
  if (!marks)
    return false;
  for (unsigned slot = 0; slot < CODE_SLOTS_ALL; slot++)
    marks->alone.ops[slot].code = RV_BACK;
  marks->alone_op = marks->alone.ops;
  return true;
}

static struct code_mark *mark_of(const struct riscv_op *op) {
  const struct code_page *page = code_cache_page_of(cpu, op);
  return &page->marks[op - page->ops];
}

unsigned riscv_code_at(const struct riscv_op *op) {
  return op->code == RV_TRANSLATED ? mark_of(op)->code : op->code;
}

struct riscv_op *riscv_mark_alone(const struct riscv_op *op, struct code_page **page) {
  marks->alone_op->code = RV_BACK;
  marks->alone_op = &marks->alone.ops[op - code_cache_page_of(cpu, op)->ops];
  *marks->alone_op = *op;
  marks->alone_op->code = mark_of(op)->code;
  *page = &marks->alone;
  return marks->alone_op;
}

// The op's mark, to change it; NULL if the host has not enough memory.
static struct code_mark *cover(struct code_page *page, struct riscv_op *op) {
  if (!page->marks)
    page->marks = host_allocate(CODE_SLOTS * sizeof *page->marks);
  if (!page->marks)
    return NULL;
  struct code_mark *mark = mark_of(op);
  if (op->code != RV_TRANSLATED) {
    *mark = (struct code_mark){.code = (uint8_t)op->code};
    op->code = RV_TRANSLATED;
  }
  page->translated = true;
  return mark;
}
_Static_assert(RV_CODES <= UINT8_MAX, "marks have room for codes");

// The same, for the recording.
static struct code_mark *cover_recorded(struct code_page *page, struct riscv_op *op) {
  struct code_mark *mark = marks->recorded_count == MARKED_MAX ? NULL : cover(page, op);
  if (mark)
    marks->recorded[marks->recorded_count++] = op;
  return mark;
}

bool mark_leader(struct code_page *page, void *op, unsigned number) {
  struct code_mark *mark = cover_recorded(page, op);
  if (mark)
    mark->leader = (uint16_t)(number + 1);
  return mark != NULL;
}

void mark_probe(struct code_page *page, void *op, unsigned leader) {
  struct code_mark *mark = cover_recorded(page, op);
  if (mark)
    mark->probe = (uint16_t)(leader + 1);
}

void mark_entry(struct code_page *page, void *op, uint32_t where, unsigned page_number) {
  struct code_mark *mark = cover(page, op);
  if (!mark)
    return;
  mark->entry = true;
  mark->where = where;
  mark->page_number = (uint8_t)page_number;
}

void mark_clear(void) {
  while (marks->recorded_count) {
    struct riscv_op *op = marks->recorded[--marks->recorded_count];
    struct code_mark *mark = mark_of(op);
    mark->leader = mark->probe = 0;
    if (!mark->entry && op->code == RV_TRANSLATED)
      op->code = mark->code;
  }
}

void riscv_mark_forget(struct code_page *page) {
  if (page->marks)
    memset(page->marks, 0, CODE_SLOTS * sizeof *page->marks);
}

int mark_leader_at(const void *op) {
  return ((const struct riscv_op *)op)->code == RV_TRANSLATED ? mark_of(op)->leader - 1 : -1;
}

int mark_probe_at(const void *op) {
  return ((const struct riscv_op *)op)->code == RV_TRANSLATED ? mark_of(op)->probe - 1 : -1;
}

bool mark_entry_at(const void *op, uint32_t *where, unsigned *page_number) {
  if (((const struct riscv_op *)op)->code != RV_TRANSLATED)
    return false;
  const struct code_mark *mark = mark_of(op);
  *where = mark->where;
  *page_number = mark->page_number;
  return mark->entry;
}

// Of JALR.
bool mark_probe_target(const void *probed, uint64_t *target) {
  const struct riscv_op *op = probed;
  *target = (*op->rs1 + (uint64_t)(int64_t)op->imm) & ~UINT64_C(1);
  return true;
}

void *mark_covered(void *op) {
  return op;
}

void mark_page(struct code_page *page) {
  page->translated = true;
}

void emit_keep_begin(struct emitter *emitter) {
  emitter->kept_riscv = marks->kept;
  emitter->kept_used = marks->kept_used;
  emitter->kept_max = KEPT_MAX;
}

void emit_keep_end(struct emitter *emitter) {
  marks->kept_used = emitter->kept_used;
}
