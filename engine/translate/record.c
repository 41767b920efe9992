#include "record.h"

#include "host/host.h"

#include <string.h>

enum { SLOTS = 16384 };

struct record {
  struct recording recording;
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

static unsigned slot_of(const void *op) {
  unsigned slot = walk_hash(op) % SLOTS;
  while (record->slots[slot] && record->recording.leaders[record->slots[slot] - 1].op != op)
    slot = (slot + 1) % SLOTS;
  return slot;
}

int record_leader_at(const void *op) {
  return record->slots[slot_of(op)] - 1;
}

static int add_leader(void *op, struct code_page *page, uint64_t page_address) {
  struct recording *recording = &record->recording;
  op = walk_links(op);
  const unsigned slot = slot_of(op);
  if (record->slots[slot])
    return record->slots[slot] - 1;
  if (recording->leader_count == LEADERS_MAX || !walk_is_instruction(op))
    return RECORD_NONE;
  const unsigned number = recording->leader_count;
  const uint32_t offset = walk_offset(page, op);
  if (!mark_leader(page, op, number))
    return RECORD_NONE;
  mark_page(page);
  recording->leaders[number] = (struct leader){op, page, page_address, offset, 0};
  record->slots[slot] = (int16_t)++recording->leader_count;
  return (int)number;
}

// The place that a jump to an offset from the page leads to.
static void add_target(const struct leader *from, int64_t offset) {
  struct code_page *page = from->page;
  const uint64_t address = from->page_address + (uint64_t)offset;
  void *op = (uint64_t)offset < PAGE_SIZE ? walk_known(page, (uint32_t)offset) : walk_op_at(address, &page);
  if (op)
    add_leader(op, page, address & TLB_PAGE_MASK);
}

// Goes from a leader to the end of its block, and marks what follows.
static void explore(unsigned number) {
  const struct leader leader = record->recording.leaders[number];
  void *op = leader.op;
  uint32_t offset = 0;
  while (op && !walk_continues(op, &offset)) {
    struct instruction instruction;
    walk_instruction(leader.page, op, &instruction);
    const enum flow flow = instruction.flow;
    const bool call = flow == FLOW_CALL || (flow == FLOW_INDIRECT && instruction.returns);
    if (flow == FLOW_BRANCH || flow == FLOW_JUMP || flow == FLOW_CALL)
      add_target(&leader, instruction.target);
    if (flow == FLOW_INDIRECT)
      mark_probe(leader.page, op, number);
    if ((flow == FLOW_BRANCH || call) && instruction.next)
      add_leader(instruction.next, leader.page, leader.page_address);
    if (flow == FLOW_BRANCH || call || (instruction.next && record_leader_at(walk_links(instruction.next)) >= 0))
      return;
    op = instruction.next;
  }
  if (!op || offset < PAGE_SIZE)
    return;
  struct code_page *page;
  const uint64_t address = leader.page_address + PAGE_SIZE;
  void *next = walk_op_at(address, &page);
  if (next)
    add_leader(next, page, address);
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

static void probe(const void *op, unsigned from) {
  uint64_t target;
  struct code_page *page;
  if (!mark_probe_target(op, &target))
    return;
  void *next = walk_op_at(target, &page);
  const int to = next ? add_leader(next, page, target & TLB_PAGE_MASK) : RECORD_NONE;
  if (to >= 0)
    note_edge(from, (unsigned)to);
}

// The leader that is executed; an entry of a unit becomes one.
static int leader_at(void *op, uint64_t page_address) {
  uint32_t where;
  unsigned page_number;
  if (*processor()->tlb != record->recording.tlb)
    return RECORD_NONE;
  const int leader = mark_leader_at(op);
  if (leader >= 0 || !mark_entry_at(op, &where, &page_number))
    return leader;
  return add_leader(op, walk_page(page_address), page_address);
}

void *record_hit(void *op, uint64_t page_address) {
  const int leader = leader_at(op, page_address);
  if (leader >= 0 && record->recording.leaders[leader].count++ == 0)
    explore((unsigned)leader);
  const int probed = mark_probe_at(op);
  if (probed >= 0)
    probe(op, (unsigned)probed);
  return mark_covered(op);
}

bool record_begin(uint64_t address) {
  struct recording *recording = &record->recording;
  struct code_page *page;
  void *op = processor_can_record() ? walk_op_at(address, &page) : NULL;
  if (!op)
    return false;
  memset(record->slots, 0, sizeof record->slots);
  recording->leader_count = recording->edge_count = 0;
  recording->tlb = *processor()->tlb;
  recording->active = add_leader(op, page, address & TLB_PAGE_MASK) >= 0;
  return recording->active;
}

void record_end(void) {
  mark_clear();
  record->recording.active = false;
}
