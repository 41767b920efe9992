#include "record.h"

#include "host/host.h"

#include <string.h>

enum { SLOTS = 16384, EDGE_SLOTS = 2 * EDGES_MAX };

struct record {
  struct recording recording;
  int16_t slots[SLOTS]; // leaders by op: number + 1, 0 for none
  int16_t edge_slots[EDGE_SLOTS];
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

static unsigned edge_slot(unsigned from, unsigned to) {
  const struct edge *edges = record->recording.edges;
  unsigned slot = (from * LEADERS_MAX + to) * 0x9e3779b1U / (UINT32_MAX / EDGE_SLOTS + 1);
  for (; record->edge_slots[slot]; slot = (slot + 1) % EDGE_SLOTS) {
    const unsigned number = (unsigned)record->edge_slots[slot] - 1;
    if (edges[number].from == from && edges[number].to == to)
      break;
  }
  return slot;
}

int record_leader_at(const void *op) {
  return record->slots[slot_of(op)] - 1;
}

static bool can_walk(struct code_page *page, void *op, uint64_t page_address) {
  if (walk_is_instruction(op))
    return true;
  struct code_page *second = walk_page(page_address + PAGE_SIZE);
  return second && walk_across(page, op, second);
}

// `marked`: with a mark, that counts it.
static int put_leader(void *op, struct code_page *page, uint64_t page_address, bool marked) {
  struct recording *recording = &record->recording;
  op = walk_links(op);
  const unsigned slot = slot_of(op);
  if (record->slots[slot])
    return record->slots[slot] - 1;
  if (recording->leader_count == LEADERS_MAX || !can_walk(page, op, page_address))
    return RECORD_NONE;
  const unsigned number = recording->leader_count;
  const uint32_t offset = walk_offset(page, op);
  if (marked && !mark_leader(page, op, number))
    return RECORD_NONE;
  mark_page(page);
  recording->leaders[number] = (struct leader){op, page, page_address, offset, 0};
  record->slots[slot] = (int16_t)++recording->leader_count;
  return (int)number;
}

static int add_leader(void *op, struct code_page *page, uint64_t page_address) {
  return put_leader(op, page, page_address, true);
}

static int add_leader_at(uint64_t address) {
  struct code_page *page;
  void *op = walk_op_at(address, &page);
  return op ? add_leader(op, page, address & TLB_PAGE_MASK) : RECORD_NONE;
}

// What follows an instruction, which may be in the next page.
static void add_next(const struct leader *from, void *next) {
  uint32_t offset;
  if (!walk_continues(next, &offset))
    add_leader(next, from->page, from->page_address);
  else if (offset >= PAGE_SIZE)
    add_leader_at(from->page_address + offset);
}

// The place that a jump to an offset from the page leads to.
static void add_target(const struct leader *from, int64_t offset) {
  if ((uint64_t)offset >= PAGE_SIZE) {
    add_leader_at(from->page_address + (uint64_t)offset);
    return;
  }
  void *op = walk_known(from->page, (uint32_t)offset);
  if (op)
    add_leader(op, from->page, from->page_address);
}

// Goes from a leader to the end of its block, and marks what follows.
static void explore(unsigned number) {
  const struct leader leader = record->recording.leaders[number];
  void *op = leader.op;
  uint32_t offset;
  while (op && !walk_continues(op, &offset)) {
    struct instruction instruction;
    if (!can_walk(leader.page, op, leader.page_address))
      return;
    walk_instruction(leader.page, op, &instruction);
    const enum flow flow = instruction.flow;
    const bool call = flow == FLOW_CALL || (flow == FLOW_INDIRECT && instruction.returns);
    if (flow == FLOW_BRANCH || flow == FLOW_JUMP || flow == FLOW_CALL)
      add_target(&leader, instruction.target);
    if (flow == FLOW_INDIRECT)
      mark_probe(leader.page, op, number);
    if ((flow == FLOW_BRANCH || call) && instruction.next)
      add_next(&leader, instruction.next);
    if (flow == FLOW_BRANCH || call || (instruction.next && record_leader_at(walk_links(instruction.next)) >= 0))
      return;
    op = instruction.next;
  }
  if (op)
    add_next(&leader, op);
}

static void note_edge(unsigned from, unsigned to) {
  struct recording *recording = &record->recording;
  const unsigned slot = edge_slot(from, to);
  if (record->edge_slots[slot] || recording->edge_count == EDGES_MAX)
    return;
  recording->edges[recording->edge_count++] = (struct edge){(uint16_t)from, (uint16_t)to};
  record->edge_slots[slot] = (int16_t)recording->edge_count;
}

static void probe(const void *op, unsigned from) {
  uint64_t target;
  if (!mark_probe_target(op, &target))
    return;
  const int to = add_leader_at(target);
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

void record_open(const struct tlb *tlb) {
  memset(record->slots, 0, sizeof record->slots);
  memset(record->edge_slots, 0, sizeof record->edge_slots);
  record->recording.leader_count = record->recording.edge_count = 0;
  record->recording.tlb = tlb;
}

int record_add_leader(void *op, struct code_page *page, uint64_t page_address, uint32_t count) {
  const int number = put_leader(op, page, page_address, false);
  if (number >= 0)
    record->recording.leaders[number].count = count;
  return number;
}

void record_add_edge(unsigned from, unsigned to) {
  note_edge(from, to);
}

bool record_begin(uint64_t address) {
  struct recording *recording = &record->recording;
  struct code_page *page;
  void *op = processor_can_record() ? walk_op_at(address, &page) : NULL;
  if (!op)
    return false;
  record_open(*processor()->tlb);
  recording->active = add_leader(op, page, address & TLB_PAGE_MASK) >= 0;
  return recording->active;
}

void record_end(void) {
  mark_clear();
  record->recording.active = false;
}
