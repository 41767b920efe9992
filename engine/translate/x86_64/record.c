#include "record.h"

#include "host/host.h"

#include <string.h>

enum { PATCHES_MAX = 8192, COPIES_MAX = 1 << 16, SLOTS = 16384 };

struct patch {
  struct x86_op *op, before;
};

struct record {
  struct recording recording;
  struct patch patches[PATCHES_MAX];
  unsigned patch_count;
  struct x86_op copies[COPIES_MAX];
  unsigned copies_used;
  int16_t slots[SLOTS]; // leaders by op: number + 1, 0 for none
};

static struct record *record;

bool record_init(void) {
  record = host_allocate(sizeof *record);
  return record != NULL;
}

const struct recording *record_now(void) {
  return &record->recording;
}

static unsigned slot_of(const struct x86_op *op) {
  unsigned slot = (unsigned)((uintptr_t)op / sizeof *op * 2654435761U >> 8) % SLOTS;
  while (record->slots[slot] && record->recording.leaders[record->slots[slot] - 1].op != op)
    slot = (slot + 1) % SLOTS;
  return slot;
}

int record_leader_at(const struct x86_op *op) {
  return record->slots[slot_of(op)] - 1;
}

// Puts a mark over an op, which `target` stands for; false if there is no room.
static bool cover(struct x86_op *op, enum mark mark, unsigned number, struct x86_op *target) {
  if (record->patch_count == PATCHES_MAX)
    return false;
  record->patches[record->patch_count++] = (struct patch){op, *op};
  op->code = X86_TRANSLATED;
  op->detail = (uint8_t)mark;
  op->imm = number;
  op->target = target;
  return true;
}

static struct x86_op *take_copies(unsigned count) {
  if (record->copies_used + count > COPIES_MAX)
    return NULL;
  record->copies_used += count;
  return &record->copies[record->copies_used - count];
}

static int add_leader(const struct x86_cpu *cpu, struct x86_op *op, struct code_page *page, uint64_t page_address) {
  struct recording *recording = &record->recording;
  op = walk_links(op);
  const unsigned slot = slot_of(op);
  if (record->slots[slot])
    return record->slots[slot] - 1;
  const unsigned code = walk_through(op)->code;
  if (recording->leader_count == LEADERS_MAX || code == X86_CONTINUE || code == X86_STRADDLE)
    return RECORD_NONE;
  struct instruction instruction;
  walk_instruction(cpu, page, op, &instruction);
  struct x86_op *copy = take_copies(instruction.count + 1);
  const unsigned number = recording->leader_count;
  const uint32_t offset = instruction.offset;
  if (!copy)
    return RECORD_NONE;
  walk_copy(&instruction, copy);
  if (!cover(op, MARK_LEADER, number, copy))
    return RECORD_NONE;
  page->translated = true; // so that it is not forgotten without a word
  recording->leaders[number] = (struct leader){op, page, page_address, offset, 0};
  record->slots[slot] = (int16_t)++recording->leader_count;
  return (int)number;
}

// The place that a jump to an offset from the page leads to.
static void add_target(const struct x86_cpu *cpu, const struct leader *from, const struct x86_op *jump) {
  struct code_page *page = from->page;
  const uint64_t address = from->page_address + (uint64_t)jump->relative;
  struct x86_op *op = (uint64_t)jump->relative < PAGE_SIZE ? code_cache_known(cpu, page, (uint32_t)jump->relative)
                                                           : walk_op_at(cpu, address, &page);
  if (op)
    add_leader(cpu, op, page, address & TLB_PAGE_MASK);
}

// Goes from a leader to the end of its block, and marks what follows.
static void explore(const struct x86_cpu *cpu, unsigned number, struct x86_op *copy) {
  const struct leader leader = record->recording.leaders[number];
  struct x86_op *op = copy;
  while (op && walk_through(op)->code != X86_CONTINUE) {
    struct instruction instruction;
    walk_instruction(cpu, leader.page, op, &instruction);
    struct x86_op *last = instruction.ops[instruction.count - 1];
    const bool branch = walk_is_branch(last->code), call = last->code == X86_CALL64 || last->code == X86_CALL_TO64;
    if (branch || last->code == X86_JMP || last->code == X86_CALL64)
      add_target(cpu, &leader, last);
    if (walk_is_indirect(last->code)) {
      struct x86_op *copied = take_copies(2);
      if (copied) {
        walk_copy(&(struct instruction){.ops = {last}, .count = 1, .next = last + 1}, copied);
        cover(last, MARK_PROBE, number, copied);
      }
    }
    if ((branch || call) && instruction.next)
      add_leader(cpu, instruction.next, leader.page, leader.page_address);
    if (branch || call || (instruction.next && record_leader_at(walk_links(instruction.next)) >= 0))
      return;
    op = instruction.next;
  }
  // The end of the page.
  struct code_page *page;
  struct x86_op *behind = op ? walk_through(op) : NULL;
  if (behind && behind->relative >= PAGE_SIZE) {
    const uint64_t address = leader.page_address + PAGE_SIZE;
    struct x86_op *next = walk_op_at(cpu, address, &page);
    if (next)
      add_leader(cpu, next, page, address);
  }
}

static bool target_of(const struct x86_cpu *cpu, const struct x86_op *jump, uint64_t *target) {
  if (jump->code != X86_RET64) {
    *target = *(uint64_t *)jump->rd;
    return true;
  }
  const uint64_t address = cpu->r[RSP];
  const struct tlb_entry *entry = &cpu->tlb->read[tlb_index(address)];
  if (entry->page != tlb_page_of_last_byte(address, sizeof *target))
    return false;
  memcpy(target, (const uint8_t *)(entry->addend + (uintptr_t)address), sizeof *target);
  return true;
}

static void note_edge(unsigned from, unsigned to) {
  struct recording *recording = &record->recording;
  for (unsigned i = 0; i < recording->edge_count; i++) {
    if (recording->edges[i].from == from && recording->edges[i].to == to)
      return;
  }
  if (recording->edge_count < EDGES_MAX)
    recording->edges[recording->edge_count++] = (struct edge){(uint16_t)from, (uint16_t)to};
}

static void probe(const struct x86_cpu *cpu, const struct x86_op *jump, unsigned from) {
  uint64_t target;
  struct code_page *page;
  if (!target_of(cpu, jump, &target))
    return;
  struct x86_op *op = walk_op_at(cpu, target, &page);
  const int to = op ? add_leader(cpu, op, page, target & TLB_PAGE_MASK) : RECORD_NONE;
  if (to >= 0)
    note_edge(from, (unsigned)to);
}

struct x86_op *record_hit(struct x86_cpu *cpu, struct x86_op *op) {
  struct recording *recording = &record->recording;
  if (op->detail == MARK_PROBE) {
    probe(cpu, op->target, (unsigned)op->imm);
    return op->target;
  }
  if (cpu->tlb != recording->tlb)
    return op->target;
  if (op->detail == MARK_ENTRY) {
    const uint64_t address = cpu->page_address;
    if (add_leader(cpu, op, walk_page(cpu, address), address) < 0)
      return op->target;
  }
  struct leader *leader = &recording->leaders[op->imm];
  struct x86_op *copy = op->target;
  if (leader->count++ == 0)
    explore(cpu, (unsigned)op->imm, copy);
  return copy;
}

bool record_begin(struct x86_cpu *cpu) {
  struct recording *recording = &record->recording;
  struct code_page *page;
  struct x86_op *op = cpu->code_kind == CODE_64 ? walk_op_at(cpu, cpu->rip, &page) : NULL;
  if (!op)
    return false;
  memset(record->slots, 0, sizeof record->slots);
  recording->leader_count = recording->edge_count = 0;
  record->patch_count = record->copies_used = 0;
  recording->tlb = cpu->tlb;
  recording->active = add_leader(cpu, op, page, cpu->rip & TLB_PAGE_MASK) >= 0;
  return recording->active;
}

void record_end(void) {
  while (record->patch_count) {
    const struct patch *patch = &record->patches[--record->patch_count];
    *patch->op = patch->before;
  }
  record->recording.active = false;
}
