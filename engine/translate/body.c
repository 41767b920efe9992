#include "body.h"

#include "frame.h"
#include "mailbox.h"
#include "registers.h"
#include "values.h"

#include <stddef.h>
#include <string.h>

enum {
  SCOPES_MAX = 2 * LAYOUT_BLOCKS_MAX,
  LIKELY_OF = 4, // targets of an indirect jump: with more of them, none is likely
  OFTEN = 4      // control goes to what it leads to once in so many times
};

// A label that is in reach: a loop, or a block behind which positions from `first` to `last` stand.
struct scope {
  uint32_t label;
  int16_t first, last;
  bool loop;
};

struct body {
  struct emitter *emitter;
  const struct region *region;
  const int16_t *blocks;
  struct layout *layout;
  struct unit *unit;
  struct scope scopes[SCOPES_MAX];
  unsigned scope_count;
  uint32_t outermost;            // label of the loop around all
  int16_t in_layout[BLOCKS_MAX]; // by block of the region: its number in the layout, or LAYOUT_NONE
  // By number in the layout: how many jumps and blocks lead there, and what was known at the end of the last of those
  // that were written.
  unsigned leading[LAYOUT_BLOCKS_MAX];
  struct known {
    int kind;
    unsigned size;
    uint32_t narrow, clean;
    struct cached cached;
    int from; // the block, LAYOUT_NONE: none was written
  } known[LAYOUT_BLOCKS_MAX];
};

static struct layout layout;
static struct body body;

static const struct block *block_of(int number) {
  return &body.region->blocks[body.blocks[number]];
}

static int number_of(int block) {
  return block == BLOCK_NONE ? LAYOUT_NONE : body.in_layout[block];
}

// Can an exit say it (emitter.c)? A program and its libraries are almost 2^47 bytes apart.
static bool is_in_reach(int64_t offset) {
  const int64_t farthest = (INT64_C(1) << (63 - EXIT_BITS)) - 2 * PAGE_SIZE;
  return offset < farthest && offset > -farthest;
}

static bool add_page(struct unit *unit, const struct code_page *page, int64_t offset) {
  for (unsigned i = 0; i < unit->page_count; i++) {
    if (unit->pages[i].page == page && unit->pages[i].offset == offset)
      return true;
  }
  if (unit->page_count == UNIT_PAGES_MAX)
    return false;
  unit->pages[unit->page_count].page = page;
  unit->pages[unit->page_count++].offset = offset;
  return true;
}

// Adds a block of the unit to what an indirect jump likely leads to: the hottest come first.
static void add_likely(struct layout_block *from, int to) {
  int16_t *const likely = &from->successors[LAYOUT_JUMPS];
  for (unsigned i = 0; i < LAYOUT_LIKELY; i++) {
    const int other = likely[i];
    if (other != LAYOUT_NONE && block_of(other)->count >= block_of(to)->count)
      continue;
    likely[i] = (int16_t)to;
    if (other == LAYOUT_NONE)
      return;
    to = other;
  }
}

// What indirect jumps were seen to lead to in the unit, if that is not much.
static void find_likely(const struct region *region, unsigned count) {
  const struct recording *recording = record_now();
  for (unsigned i = 0; i < count; i++) {
    unsigned targets = 0;
    if (block_of((int)i)->end != END_INDIRECT)
      continue;
    for (unsigned k = 0; k < recording->edge_count; k++) {
      const int to = number_of(region->by_leader[recording->edges[k].to]);
      if (recording->edges[k].from != block_of((int)i)->leader || to == LAYOUT_NONE)
        continue;
      targets++;
      add_likely(&layout.blocks[i], to);
    }
    for (unsigned k = 0; targets > LIKELY_OF && k < LAYOUT_LIKELY; k++)
      layout.blocks[i].successors[LAYOUT_JUMPS + k] = LAYOUT_NONE;
  }
}

static void set_up_layout(const struct region *region, const int16_t *blocks, unsigned count) {
  for (unsigned i = 0; i < region->count; i++)
    body.in_layout[i] = LAYOUT_NONE;
  for (unsigned i = 0; i < count; i++)
    body.in_layout[blocks[i]] = (int16_t)i;
  layout.count = count;
  for (unsigned i = 0; i < count; i++) {
    const struct block *block = &region->blocks[blocks[i]];
    const bool flows = block->end == END_FALLS || block->end == END_BRANCH;
    const int next = number_of(block->next);
    layout.blocks[i] =
        (struct layout_block){.successors = {(int16_t)number_of(block->target), (int16_t)(flows ? next : LAYOUT_NONE),
                                             LAYOUT_NONE, LAYOUT_NONE, (int16_t)(flows ? LAYOUT_NONE : next)},
                              .count = block->count,
                              .entry = block->entry || i == 0};
  }
  find_likely(region, count);
}

static void count_leading(void) {
  memset(body.leading, 0, sizeof body.leading);
  for (unsigned i = 0; i < layout.count; i++) {
    body.known[i] = (struct known){.kind = KIND_UNKNOWN, .from = LAYOUT_NONE};
    for (unsigned k = 0; k + 1 < LAYOUT_SUCCESSORS; k++) {
      if (layout.blocks[i].successors[k] != LAYOUT_NONE)
        body.leading[layout.blocks[i].successors[k]]++;
    }
  }
}

// ---- Where control goes ----

static void push_scope(uint32_t label, int first, int last, bool loop) {
  body.scopes[body.scope_count++] = (struct scope){label, (int16_t)first, (int16_t)last, loop};
}

static void emit_enter_again(void) {
  wasm_set(body.emitter->code, LOCAL_NEXT);
  wasm_branch(body.emitter->code, WASM_BR, body.outermost);
}

// Goes to a block of the unit, from another position.
static void emit_go(int from, int number) {
  struct wasm_code *code = body.emitter->code;
  const int to = layout.position[number];
  const struct emitter *emitter = body.emitter;
  body.known[number] = (struct known){emitter->kind,  emitter->size,   emitter->narrow,
                                      emitter->clean, emitter->cached, layout.order[from]};
  for (unsigned i = body.scope_count; i-- > 0;) {
    const struct scope *scope = &body.scopes[i];
    if (scope->loop ? to <= from && scope->first == to : to > from && scope->first <= to && to <= scope->last) {
      if (!scope->loop && scope->first != to) {
        wasm_i32(code, layout.entries[to]);
        wasm_set(code, LOCAL_NEXT);
      }
      wasm_branch(code, WASM_BR, scope->label);
      return;
    }
  }
  // A jump back without a loop of its own.
  wasm_i32(code, layout.entries[to]);
  emit_enter_again();
}

static void add_budget(int instructions) {
  struct wasm_code *code = body.emitter->code;
  if (!instructions)
    return;
  wasm_get(code, LOCAL_BUDGET);
  wasm_i32(code, instructions);
  wasm_byte(code, WASM_I32_ADD);
  wasm_set(code, LOCAL_BUDGET);
}

// A jump that is no jump forward in its page, or control goes over the end of the page behind a block: that looks at
// the budget, as in the interpreter, to which it is left if that is used up.
static void emit_spend(int counted, const struct block *over) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  const int done = emitter->done;
  wasm_get(code, LOCAL_BUDGET);
  wasm_i32(code, done + counted);
  wasm_byte(code, WASM_I32_SUB);
  wasm_tee(code, LOCAL_BUDGET);
  wasm_i32(code, 0);
  wasm_byte(code, WASM_I32_LE_S);
  emitter->done = -counted;
  wasm_open(code, WASM_IF, WASM_VOID);
  if (over)
    emit_exit_at(emitter, over->end_offset, EXIT_JUMP);
  else
    emit_exit(emitter);
  wasm_end(code);
  emitter->done = done;
}

// Does the jump at the end of a block lead forward in its page? Unless it does, and at calls, the interpreter looks at
// the budget.
static bool leads_forward(const struct block *block, void *op) {
  struct instruction instruction;
  walk_instruction(block->page, op, &instruction);
  return instruction.target > (int64_t)instruction.offset && instruction.target < PAGE_SIZE;
}

// What a jump with a known target takes of the budget. Returns how the unit is left behind it.
static enum exit_kind emit_pay(int counted, const struct block *block, void *op) {
  if (block->end == END_CALL || !leads_forward(block, op)) {
    emit_spend(counted, NULL);
    return EXIT_JUMP;
  }
  add_budget(-(body.emitter->done + counted));
  return EXIT_ON;
}

// To a block of this unit or of another one, when the budget is right.
static void emit_transfer(int from, int block, enum exit_kind kind) {
  struct emitter *emitter = body.emitter;
  const int to = number_of(block);
  if (to != LAYOUT_NONE) {
    emit_go(from, to);
    return;
  }
  const struct block *other = &body.region->blocks[block];
  const int done = emitter->done;
  emitter->done = 0;
  emit_exit_at(emitter, (int64_t)(other->page_address + other->offset - body.unit->anchor) - emitter->page, kind);
  emitter->done = done;
}

// The present instruction jumps to a block, in whatever unit or in none. If it was not seen to, emit_unseen.
static bool is_known(int block) {
  return block != BLOCK_NONE && is_in_reach((int64_t)(body.region->blocks[block].page_address - body.unit->anchor));
}

// To where control was not seen to go: some unit may have that by now.
static void emit_unseen(int counted, int64_t offset) {
  struct emitter *emitter = body.emitter;
  const int done = emitter->done;
  emit_spend(counted, NULL);
  emitter->done = 0;
  emit_exit_at(emitter, offset, EXIT_JUMP);
  emitter->done = done;
}

static void emit_unseen_jump(int counted, const struct block *block, void *op) {
  struct instruction instruction;
  walk_instruction(block->page, op, &instruction);
  if (is_in_reach(body.emitter->page + instruction.target))
    emit_unseen(counted, instruction.target);
  else
    emit_exit(body.emitter);
}

static void emit_fall(int from, const struct block *block, int to) {
  struct emitter *emitter = body.emitter;
  // There the interpreter looks at the budget.
  uint32_t offset;
  const bool continues = block->after && walk_continues(block->after, &offset);
  if (to == LAYOUT_NONE) {
    emit_exit_at(emitter, block->end_offset, continues ? EXIT_JUMP : EXIT_ON);
    return;
  }
  if (continues)
    emit_spend(0, block);
  else
    add_budget(-emitter->done);
  emit_go(from, to);
}

// ---- Jumps ----

static void emit_two_ways(int from, const struct block *block, void *op) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  const int counted = emit_branch(emitter, block->page, op);
  if (emitter->in_memory && emitter->cached.dirty) {
    wasm_set(code, LOCAL_SLOT);
    emit_flush(emitter);
    wasm_get(code, LOCAL_SLOT);
  }
  const struct cached cached = emitter->cached;
  wasm_open(code, WASM_IF, WASM_VOID);
  if (is_known(block->target)) {
    const enum exit_kind kind = emit_pay(counted, block, op);
    emit_transfer(from, block->target, kind);
  } else {
    emit_unseen_jump(counted, block, op);
  }
  wasm_end(code);
  emitter->cached = cached;
  if (block->after && walk_is_undecoded(block->after)) { // it was never executed
    emit_unseen(counted, block->end_offset);
    return;
  }
  emitter->done += counted;
  emit_fall(from, block, number_of(block->next));
}

// A jump or a call.
static void emit_jump(int from, const struct block *block, void *op) {
  struct emitter *emitter = body.emitter;
  if (!is_known(block->target) && block->end == END_JUMP) {
    emit_unseen_jump(1, block, op);
    return;
  }
  if (!is_known(block->target)) {
    emit_exit(emitter);
    return;
  }
  emit_before_jump(emitter, block->page, op);
  const enum exit_kind kind = emit_pay(1, block, op);
  emit_after_jump(emitter, block->page, op);
  emit_flush(emitter);
  emit_transfer(from, block->target, kind);
}

// The address in LOCAL_X becomes its distance from the anchor. On the stack: is it no entry of this unit? LOCAL_SLOT is
// its place.
static void emit_find_place(void) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  wasm_get(code, LOCAL_X);
  emit_anchor(emitter);
  wasm_byte(code, WASM_I64_SUB);
  wasm_tee(code, LOCAL_X);
  wasm_byte(code, WASM_I32_WRAP_I64);
  wasm_i32(code, (int32_t)body.unit->place_mask);
  wasm_byte(code, WASM_I32_AND);
  wasm_i32(code, 4);
  wasm_byte(code, WASM_I32_SHL);
  wasm_tee(code, LOCAL_SLOT);
  wasm_memory(code, WASM_I64_LOAD, (uint32_t)(uintptr_t)body.unit->places);
  wasm_get(code, LOCAL_X);
  wasm_byte(code, WASM_I64_NE);
}

// Has the i64 on the stack more than the 48 bits of an address? As i32.
static void emit_not_canonical(void) {
  struct wasm_code *code = body.emitter->code;
  wasm_tee(code, LOCAL_Y);
  wasm_i64(code, 16);
  wasm_byte(code, WASM_I64_SHL);
  wasm_i64(code, 16);
  wasm_byte(code, WASM_I64_SHR_S);
  wasm_get(code, LOCAL_Y);
  wasm_byte(code, WASM_I64_NE);
}

// What an indirect jump does when its target is known, behind emit_before_jump.
static void emit_commit(const struct block *block, void *op) {
  emit_spend(1, NULL);
  emit_after_jump(body.emitter, block->page, op);
  emit_flush(body.emitter);
}

// Compares the address in LOCAL_X with those that are likely, and goes there.
static void emit_likely(int from, const struct block *block, void *op) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  for (unsigned i = 0; i < LAYOUT_LIKELY; i++) {
    const int number = layout.blocks[layout.order[from]].successors[LAYOUT_JUMPS + i];
    if (number == LAYOUT_NONE)
      return;
    const struct block *to = block_of(number);
    wasm_get(code, LOCAL_X);
    emit_anchor(emitter);
    wasm_i64(code, (int64_t)(to->page_address + to->offset - body.unit->anchor));
    wasm_byte(code, WASM_I64_ADD);
    wasm_byte(code, WASM_I64_EQ);
    const struct cached cached = emitter->cached;
    wasm_open(code, WASM_IF, WASM_VOID);
    emit_commit(block, op);
    emit_go(from, number);
    wasm_end(code);
    emitter->cached = cached;
  }
}

static void emit_indirect(int from, const struct block *block, void *op) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  emit_target(emitter, block->page, op);
  wasm_set(code, LOCAL_X);
  emit_before_jump(emitter, block->page, op);
  emit_likely(from, block, op);
  emit_find_place();
  const struct cached cached = emitter->cached;
  wasm_open(code, WASM_IF, WASM_VOID);
  wasm_get(code, LOCAL_X);
  emit_not_canonical(); // an exit says no more
  wasm_get(code, LOCAL_X);
  emit_anchor(emitter);
  wasm_byte(code, WASM_I64_ADD);
  emit_not_canonical();
  wasm_byte(code, WASM_I32_OR);
  emit_exit_if(emitter);
  emit_commit(block, op);
  wasm_get(code, LOCAL_X);
  wasm_i64(code, EXIT_BITS);
  wasm_byte(code, WASM_I64_SHL);
  wasm_i64(code, (int64_t)EXIT_JUMP << EXIT_SHIFT);
  wasm_byte(code, WASM_I64_OR);
  wasm_branch(code, WASM_BR, emitter->exit);
  wasm_end(code);
  emitter->cached = cached;
  wasm_get(code, LOCAL_SLOT);
  wasm_memory(code, WASM_I32_LOAD, (uint32_t)(uintptr_t)body.unit->places + (uint32_t)offsetof(struct place, entry));
  wasm_set(code, LOCAL_MODIFIED);
  emit_commit(block, op);
  wasm_get(code, LOCAL_MODIFIED);
  emit_enter_again();
}

// ---- Blocks ----

static void emit_end(int from, const struct block *block, void *last) {
  struct emitter *emitter = body.emitter;
  switch ((enum block_end)block->end) {
  case END_FALLS: emit_fall(from, block, number_of(block->next)); break;
  case END_STOPS:
    emitter->instruction = block->end_offset;
    emit_exit(emitter);
    break;
  case END_CONTINUES:
    if (!is_known(block->target)) {
      emit_exit_at(emitter, block->end_offset, block->end_offset < PAGE_SIZE ? EXIT_ON : EXIT_JUMP);
    } else {
      emit_spend(0, block);
      emit_transfer(from, block->target, EXIT_JUMP);
    }
    break;
  case END_BRANCH: emit_two_ways(from, block, last); break;
  case END_JUMP:
  case END_CALL: emit_jump(from, block, last); break;
  case END_INDIRECT: emit_indirect(from, block, last); break;
  }
}

static bool is_one_way(int number) {
  return !layout.entries[layout.position[number]] && body.leading[number] == 1;
}

// Where only one way leads, what was known at its end still is. Returns the block there.
static int begin_with_what_is_known(int number) {
  const struct known *known = &body.known[number];
  body.emitter->kind = is_one_way(number) ? known->kind : KIND_UNKNOWN;
  body.emitter->size = known->size;
  body.emitter->narrow = is_one_way(number) ? known->narrow : 0;
  body.emitter->clean = is_one_way(number) ? known->clean : 0;
  body.emitter->cached = is_one_way(number) ? known->cached : (struct cached){0};
  return is_one_way(number) ? known->from : LAYOUT_NONE;
}

// What only this block leads to, if control often goes there.
static void expect_behind(int number, uint32_t least, unsigned depth) {
  for (unsigned i = 0; i < LAYOUT_JUMPS; i++) {
    const int next = layout.blocks[number].successors[i];
    if (next == LAYOUT_NONE || !is_one_way(next) || block_of(next)->count < least)
      continue;
    const struct block *block = block_of(next);
    values_expect(body.emitter, block->page, (int64_t)(block->page_address - body.unit->anchor), block->op,
                  block->instructions, depth);
    if (depth < EXPECTED_MAX)
      expect_behind(next, least, depth + 1);
  }
}

static void emit_block(int position) {
  struct emitter *emitter = body.emitter;
  struct wasm_code *code = emitter->code;
  const int number = layout.order[position];
  const struct block *block = block_of(number);
  emitter->page = (int64_t)(block->page_address - body.unit->anchor);
  emitter->done = 0;
  const int before = begin_with_what_is_known(number);
  if (layout.entries[position]) {
    wasm_i32(code, 0);
    wasm_set(code, LOCAL_NEXT);
  }
  void *op = block->op, *last = NULL;
  values_begin(emitter, block->page, op, block->instructions, before);
  expect_behind(number, block->count / OFTEN, 1);
  together_end_notes();
  for (unsigned i = 0; i < block->instructions; i++) {
    struct instruction instruction;
    walk_instruction(block->page, op, &instruction);
    emitter->instruction = instruction.offset;
    code->full |= !emit_cached_instruction(emitter, block->page, op);
    last = op;
    op = instruction.next ? walk_links(instruction.next) : NULL;
  }
  emit_flush(emitter);
  emit_end(position, block, last);
  values_end(number);
}

// ---- Loops ----

static int item_end(int position, int container) {
  return position != container && layout.loop_end[position] != LAYOUT_NONE ? layout.loop_end[position] : position;
}

// Looks at LOCAL_NEXT and goes to the item with that entry.
static void emit_dispatch(int first, int last, int container, const uint32_t *labels, uint32_t none) {
  struct wasm_code *code = body.emitter->code;
  unsigned from = 0, to = 0;
  for (int at = first; at <= last; at++) {
    if (!layout.entries[at])
      continue;
    from = from ? from : layout.entries[at];
    to = layout.entries[at];
  }
  if (!from || (container == first && to == from && layout.entries[first]))
    return;
  wasm_get(code, LOCAL_NEXT);
  wasm_byte(code, WASM_I32_EQZ);
  wasm_branch(code, WASM_BR_IF, none);
  wasm_get(code, LOCAL_NEXT);
  wasm_i32(code, (int32_t)from);
  wasm_byte(code, WASM_I32_SUB);
  wasm_byte(code, WASM_BR_TABLE);
  wasm_unsigned(code, to - from + 1);
  for (int at = first, item = first; at <= last; at++) {
    if (at > item_end(item, container))
      item = at;
    if (layout.entries[at])
      wasm_unsigned(code, code->depth - labels[item]);
  }
  wasm_unsigned(code, code->depth - none);
}

static void emit_range(int first, int last, int container);

static void emit_item(int position, int container) {
  if (item_end(position, container) == position && (position == container || layout.loop_end[position] == LAYOUT_NONE))
    emit_block(position);
  else
    emit_range(position, layout.loop_end[position], position);
}

// Labels of items by position; those of nested loops stand at other positions, or are no longer needed.
static uint32_t labels[LAYOUT_BLOCKS_MAX];
// Where the items of the open loops begin. Loops nest deeply, and the engine's stack is small. A position begins an
// item of one loop, and a header an item of the loop around it, too.
static int16_t item_starts[2 * LAYOUT_BLOCKS_MAX];
static unsigned item_count;

// A loop: the positions from its header to its last one, or all (`container` -1).
static void emit_range(int first, int last, int container) {
  struct wasm_code *code = body.emitter->code;
  const unsigned scopes = body.scope_count;
  const uint32_t loop = wasm_open(code, WASM_LOOP, WASM_VOID);
  if (container < 0)
    body.outermost = loop;
  else
    push_scope(loop, first, last, true);
  int16_t *const starts = &item_starts[item_count];
  unsigned items = 0;
  for (int at = first; at <= last; at = item_end(at, container) + 1)
    starts[items++] = (int16_t)at;
  item_count += items;
  for (unsigned i = items; i-- > 0;) {
    const int start = starts[i];
    labels[start] = wasm_open(code, WASM_BLOCK, WASM_VOID);
    if (i)
      push_scope(labels[start], start, item_end(start, container), false);
  }
  emit_dispatch(first, last, container, labels, labels[first]);
  for (unsigned i = 0; i < items; i++) {
    wasm_end(code); // of the block that leads here
    if (i)
      body.scope_count--;
    emit_item(starts[i], container);
  }
  wasm_end(code);
  body.scope_count = scopes;
  item_count -= items;
}

// ---- The function ----

static unsigned collect_entries(struct unit *unit, struct entry *entries) {
  for (unsigned at = 0; at < layout.count; at++) {
    if (!layout.entries[at])
      continue;
    struct entry *entry = &entries[layout.entries[at] - 1];
    const struct block *block = block_of(layout.order[at]);
    entry->block = body.blocks[layout.order[at]];
    for (unsigned i = 0; i < unit->page_count; i++) {
      if (unit->pages[i].page == block->page && unit->pages[i].offset == (int64_t)(block->page_address - unit->anchor))
        entry->page = (uint8_t)i;
    }
  }
  return layout.entry_count;
}

unsigned body_write(struct emitter *emitter, const struct region *region, const int16_t *blocks, unsigned count,
                    struct unit *unit, struct entry *entries, struct wasm_code *bodies) {
  struct wasm_code *code = emitter->code;
  body.emitter = emitter;
  body.region = region;
  body.blocks = blocks;
  body.unit = unit;
  body.scope_count = 0;
  unit->anchor = region->blocks[blocks[0]].page_address;
  unit->page_count = 0;
  unsigned instructions = 0;
  for (unsigned i = 0; i < count; i++) {
    const struct block *block = &region->blocks[blocks[i]];
    const int64_t offset = (int64_t)(block->page_address - unit->anchor);
    instructions += block->instructions;
    if (!add_page(unit, block->page, offset) || (block->second && !add_page(unit, block->second, offset + PAGE_SIZE)))
      return 0;
  }
  set_up_layout(region, blocks, count);
  layout_order(&layout);
  collect_entries(unit, entries);
  if (!frame_places(unit, region, entries, layout.entry_count))
    return 0;
  count_leading();
  // The body first: only then is known which registers it uses.
  emitter->registers = emitter->written = 0;
  emitter->in_memory = instructions > mailbox_host()->locals_limit;
  emitter->anchor = &unit->anchor;
  code->used = code->depth = 0;
  code->full = false;
  emitter->exit = wasm_open(code, WASM_BLOCK, WASM_I64);
  emit_range(0, (int)layout.count - 1, -1);
  wasm_byte(code, WASM_UNREACHABLE);
  wasm_end(code);
  frame_tail(emitter);
  wasm_byte(code, WASM_END);
  const struct wasm_code written = *code;
  struct wasm_code head = {.bytes = code->bytes + code->used, .size = code->size - code->used};
  emitter->code = &head;
  frame_head(emitter);
  emitter->code = code;
  if (written.full || head.full)
    return 0;
  wasm_unsigned(bodies, head.used + written.used);
  wasm_bytes(bodies, head.bytes, head.used);
  wasm_bytes(bodies, written.bytes, written.used);
  return layout.entry_count;
}
