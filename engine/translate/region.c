#include "region.h"

#include <string.h>

enum {
  COUNT_MIN = 32,        // executions in a recording, or half as many as the seed of a unit has at least,
  PART_MIN = 64,         // and this part of what the seed has, for what joins it
  INSTRUCTIONS_MAX = 64, // in a block
  APART_MAX = 1 << 30    // bytes, between pages of a unit
};

static struct block *new_block(struct region *region) {
  return region->count < BLOCKS_MAX ? &region->blocks[region->count++] : NULL;
}

// Can the instruction be translated? What is written for the answer is thrown away.
static bool is_translated(struct emitter *emitter, struct code_page *page, void *op) {
  const bool translated = emit_instruction(emitter, page, op);
  emitter->code->used = emitter->code->depth = 0;
  return translated;
}

static enum block_end end_of(enum flow flow) {
  switch (flow) {
  case FLOW_BRANCH: return END_BRANCH;
  case FLOW_JUMP: return END_JUMP;
  case FLOW_CALL: return END_CALL;
  case FLOW_INDIRECT: return END_INDIRECT;
  default: return END_FALLS;
  }
}

// A block of the same leader that goes on at an op.
static struct block *split(struct region *region, struct block *block, void *op) {
  struct block *behind = new_block(region);
  if (!behind)
    return NULL;
  *behind = *block;
  block->next = (int16_t)(region->count - 1);
  behind->op = op;
  behind->offset = behind->end_offset = walk_offset(block->page, op);
  behind->instructions = 0;
  behind->end = END_FALLS;
  behind->entry = block->end == END_STOPS;
  behind->next = BLOCK_NONE;
  behind->second = NULL;
  return behind;
}

static struct block *begin(struct region *region, const struct leader *leader, int number) {
  struct block *block = new_block(region);
  if (!block)
    return NULL;
  region->by_leader[number] = (int16_t)(region->count - 1);
  *block = (struct block){.op = leader->op,
                          .page = leader->page,
                          .page_address = leader->page_address,
                          .offset = leader->offset,
                          .end_offset = leader->offset,
                          .count = leader->count,
                          .entry = number == 0,
                          .target = BLOCK_NONE,
                          .next = BLOCK_NONE,
                          .adjoins = BLOCK_NONE,
                          .unit = BLOCK_NONE,
                          .leader = (int16_t)number};
  return block;
}

static bool at_end_of_run(struct block *block, const void *op) {
  uint32_t offset;
  if (!walk_continues(op, &offset))
    return false;
  block->end = END_CONTINUES;
  block->end_offset = offset;
  return true;
}

// Is what follows in the page not decoded yet? Then the interpreter goes there first. Behind a branch, which was always
// taken, a unit is left for it.
static bool leads_nowhere(const struct instruction *instruction) {
  return instruction->flow != FLOW_BRANCH && instruction->next && walk_is_undecoded(instruction->next);
}

// Follows one leader. Behind an instruction that is not translated another block begins, and where an entry is missed.
static void build(struct region *region, struct emitter *emitter, enum coverage (*coverage_of)(const void *op),
                  const struct leader *leader, int number) {
  void *op = leader->op;
  uint32_t offset;
  struct block *block = begin(region, leader, number);
  while (block && op && !at_end_of_run(block, op)) {
    struct instruction instruction;
    walk_instruction(leader->page, op, &instruction);
    const bool translated = !leads_nowhere(&instruction) && is_translated(emitter, leader->page, op);
    op = instruction.next ? walk_links(instruction.next) : NULL;
    if (translated && instruction.second)
      block->second = instruction.second;
    if (translated) {
      block->instructions++;
      block->end = (uint8_t)end_of(instruction.flow);
      block->end_offset = instruction.end;
    } else {
      block->end = END_STOPS;
      block->end_offset = instruction.offset;
    }
    block->after = op;
    if ((block->end != END_FALLS && block->end != END_STOPS) || !op || record_leader_at(op) >= 0)
      return;
    const bool goes_on = !walk_continues(op, &offset);
    if (block->end == END_STOPS && !goes_on)
      return;
    if (block->end == END_STOPS ||
        (goes_on && (block->instructions == INSTRUCTIONS_MAX || coverage_of(op) == COVERAGE_MISSED)))
      block = split(region, block, op);
  }
}

static int block_at(const struct region *region, void *op) {
  const int leader = op ? record_leader_at(walk_links(op)) : RECORD_NONE;
  return leader < 0 ? BLOCK_NONE : region->by_leader[leader];
}

// Block `found`, unless it was seen in a page at another address than `page_address`: one recording may see a page at
// two addresses, of two processes or two mappings of one.
static int16_t at_address(const struct region *region, int found, uint64_t page_address) {
  return (int16_t)(found != BLOCK_NONE && region->blocks[found].page_address == page_address ? found : BLOCK_NONE);
}

// The TLB knows the page only if the recording ended in the program that it is of, outside of the kernel.
static int16_t block_at_address(const struct region *region, uint64_t address) {
  const struct recording *recording = record_now();
  struct code_page *page;
  const int16_t found = at_address(region, block_at(region, walk_op_at(address, &page)), address & TLB_PAGE_MASK);
  for (unsigned i = 0; found == BLOCK_NONE && i < recording->leader_count; i++) {
    if (recording->leaders[i].page_address + recording->leaders[i].offset == address)
      return region->by_leader[i];
  }
  return found;
}

// At an offset from the block's page.
static int16_t block_at_offset(const struct region *region, const struct block *block, uint64_t offset) {
  if (offset >= PAGE_SIZE)
    return block_at_address(region, block->page_address + offset);
  return at_address(region, block_at(region, walk_known(block->page, (uint32_t)offset)), block->page_address);
}

// What is executed behind a block, if that does not jump: `op`.
static int16_t block_behind(const struct region *region, const struct block *block, void *op) {
  uint32_t offset;
  if (walk_continues(op, &offset))
    return offset >= PAGE_SIZE ? block_at_offset(region, block, offset) : BLOCK_NONE;
  return at_address(region, block_at(region, op), block->page_address);
}

static void connect(struct region *region, struct block *block) {
  void *op = block->op;
  int64_t target = 0;
  for (unsigned i = 0; i < block->instructions; i++) {
    struct instruction instruction;
    walk_instruction(block->page, op, &instruction);
    target = instruction.target;
    op = instruction.next ? walk_links(instruction.next) : NULL;
  }
  if (block->next == BLOCK_NONE && block->after && block->end != END_CONTINUES)
    block->next = block_behind(region, block, block->after);
  if (block->end == END_CONTINUES && block->end_offset >= PAGE_SIZE)
    block->target = block_at_offset(region, block, block->end_offset);
  if (block->end == END_BRANCH || block->end == END_JUMP || block->end == END_CALL)
    block->target = block_at_offset(region, block, (uint64_t)target);
  if ((block->end == END_CALL || block->end == END_INDIRECT || block->end == END_STOPS) && block->next != BLOCK_NONE)
    region->blocks[block->next].entry = true;
  if (block->end == END_CALL && block->target != BLOCK_NONE)
    region->blocks[block->target].entry = true;
}

void region_build(struct region *region, struct emitter *emitter, enum coverage (*coverage_of)(const void *op),
                  uint32_t (*worth_of)(const void *op, uint32_t count)) {
  const struct recording *recording = record_now();
  region->count = 0;
  for (unsigned i = 0; i < recording->leader_count; i++) {
    region->by_leader[i] = BLOCK_NONE;
    if (recording->leaders[i].count)
      build(region, emitter, coverage_of, &recording->leaders[i], (int)i);
  }
  for (unsigned i = 0; i < region->count; i++) {
    const enum coverage coverage = coverage_of(region->blocks[i].op);
    region->blocks[i].covered = coverage == COVERAGE_SOME;
    region->blocks[i].worth = worth_of(region->blocks[i].op, region->blocks[i].count);
    region->blocks[i].entry |= coverage == COVERAGE_MISSED;
    connect(region, &region->blocks[i]);
  }
  for (unsigned i = 0; i < recording->edge_count; i++) {
    const int to = region->by_leader[recording->edges[i].to];
    if (to != BLOCK_NONE)
      region->blocks[to].entry = true;
  }
}

static void adjoin(struct region *region, int block, int unit) {
  if (block != BLOCK_NONE)
    region->blocks[block].adjoins = (int16_t)unit;
}

// What a jump, a call or a return leads to from a block, or to it.
static void adjoin_neighbours(struct region *region, int taken, int unit) {
  const struct recording *recording = record_now();
  adjoin(region, region->blocks[taken].target, unit);
  adjoin(region, region->blocks[taken].next, unit);
  for (unsigned i = 0; i < region->count; i++) {
    if (region->blocks[i].target == taken || region->blocks[i].next == taken)
      adjoin(region, (int)i, unit);
  }
  for (unsigned i = 0; i < recording->edge_count; i++) {
    const int from = region->by_leader[recording->edges[i].from], to = region->by_leader[recording->edges[i].to];
    if (from == taken)
      adjoin(region, to, unit);
    if (to == taken)
      adjoin(region, from, unit);
  }
}

// Can the TLB have the page beside those of the unit? Two pages in one place of it would drive each other out.
static bool has_room(const struct region *region, const struct code_page *page, uint64_t address) {
  const unsigned place = tlb_index(address);
  return !region->pages[place].page || (region->pages[place].page == page && region->pages[place].address == address);
}

// A program and its libraries are mapped far from each other, elsewhere each time. A unit of both would be good for one
// process.
static bool is_near(uint64_t address, uint64_t other) {
  return (address > other ? address - other : other - address) < APART_MAX;
}

static bool suits(const struct region *region, const struct block *block, const struct block *first) {
  return has_room(region, block->page, block->page_address) &&
         (!block->second || has_room(region, block->second, block->page_address + PAGE_SIZE)) &&
         (!first || is_near(block->page_address, first->page_address));
}

static void take_page(struct region *region, const struct code_page *page, uint64_t address) {
  region->pages[tlb_index(address)].page = page;
  region->pages[tlb_index(address)].address = address;
}

// `first`: of the unit's blocks, NULL for the first one.
static int hottest(const struct region *region, unsigned least, unsigned room, int unit, const struct block *first) {
  int found = BLOCK_NONE;
  for (unsigned i = 0; i < region->count; i++) {
    const struct block *block = &region->blocks[i];
    if (block->unit == BLOCK_NONE && (first ? block->count : block->worth) >= least && block->instructions &&
        block->instructions <= room && (first ? block->adjoins == unit : !block->covered) &&
        (found == BLOCK_NONE || block->count > region->blocks[found].count) && suits(region, block, first))
      found = (int)i;
  }
  return found;
}

unsigned region_take(struct region *region, int unit, unsigned seed, unsigned limit, int16_t *blocks) {
  unsigned count = 0, instructions = 0, least = seed;
  const struct block *first = NULL;
  memset(region->pages, 0, sizeof region->pages);
  while (count < LAYOUT_BLOCKS_MAX) {
    const int next = hottest(region, least, limit - instructions, unit, first);
    if (next == BLOCK_NONE)
      break;
    struct block *block = &region->blocks[next];
    if (!first) {
      const unsigned some = seed / 2 < COUNT_MIN ? seed / 2 : COUNT_MIN, part = block->count / PART_MIN;
      first = block;
      least = part > some ? part : some;
    }
    block->unit = (int16_t)unit;
    take_page(region, block->page, block->page_address);
    if (block->second)
      take_page(region, block->second, block->page_address + PAGE_SIZE);
    instructions += block->instructions;
    blocks[count++] = (int16_t)next;
    adjoin_neighbours(region, next, unit);
  }
  return count;
}

static void join(struct region *region, const struct block *from, int to) {
  if (to != BLOCK_NONE && region->blocks[to].unit != from->unit)
    region->blocks[to].entry = true;
}

void region_join(struct region *region) {
  for (unsigned i = 0; i < region->count; i++) {
    join(region, &region->blocks[i], region->blocks[i].target);
    join(region, &region->blocks[i], region->blocks[i].next);
  }
}
