// Uses of memory at constant distances from what one register was at some time are one look in the TLB: by the first of
// them, for all of the block, and of blocks that only this one leads to. Nothing in a unit changes the TLB, so what was
// found there holds for the others, which then are one instruction each. Reads and writes are apart, as in the TLB.
#include "together.h"

#include "apart.h"
#include "layout.h"
#include "processor.h"

enum {
  USES_MAX = 192,
  GROUPS_MAX = USES_MAX + TOGETHER,
  SPAN_MAX = 128, // bytes of a group: the more, the more often they lie in two pages
  NONE = -1
};

// Uses that are looked up together.
struct group {
  unsigned root;
  enum tlb_kind kind;
  int64_t low, high; // from the root
  unsigned first, last;
  int16_t local; // has the host address of `low`; NONE: each use is looked up by itself
  bool before;   // was looked up by a block that leads here
  bool expected; // a block that follows uses it, too
};

struct grouped {
  struct use use;
  int group;
};

static struct {
  struct grouped uses[USES_MAX];
  struct group groups[GROUPS_MAX];
  unsigned count, group_count, next; // next: the use that is to be written
  bool ready;                        // all uses are noted
  int holders[TOGETHER];             // groups that the locals are of, in the end; NONE
  // What was looked up last, and what is kept.
  uint32_t host, host_offset, kept, kept_offset;
} block;

// What the locals hold behind a block.
static struct group found[LAYOUT_BLOCKS_MAX][TOGETHER];

// ---- Uses ----

static bool is_of(const struct group *group, const struct use *use) {
  return group->root == use->root && group->kind == use->kind;
}

static bool has(const struct group *group, const struct use *use) {
  return use->distance >= group->low && use->distance + use->bytes <= group->high;
}

static void widen(struct group *group, const struct use *use) {
  const int64_t end = use->distance + use->bytes;
  group->low = use->distance < group->low ? use->distance : group->low;
  group->high = end > group->high ? end : group->high;
}

// Does it always lie in two pages? That is known of bytes at a constant distance from the code.
static bool is_in_two_pages(const struct group *group) {
  return group->root == VALUE_PAGE && group->low >> PAGE_BITS != (group->high - 1) >> PAGE_BITS;
}

static bool fits(const struct group *group, const struct use *use) {
  struct group wide = *group;
  widen(&wide, use);
  return wide.high - wide.low <= SPAN_MAX && !is_in_two_pages(&wide);
}

// The group that has the use; else the last one of its root and kind in this block, if the use fits into that.
static int group_for(const struct use *use) {
  for (unsigned i = block.group_count; i-- > 0;) {
    if (is_of(&block.groups[i], use) && has(&block.groups[i], use))
      return (int)i;
  }
  for (unsigned i = block.group_count; i-- > 0;) {
    if (is_of(&block.groups[i], use))
      return !block.groups[i].before && fits(&block.groups[i], use) ? (int)i : NONE;
  }
  return NONE;
}

void together_note(const struct use *use) {
  if (block.count == USES_MAX)
    return;
  int number = group_for(use);
  if (number == NONE) {
    number = (int)block.group_count++;
    block.groups[number] = (struct group){.root = use->root,
                                          .kind = use->kind,
                                          .low = use->distance,
                                          .high = use->distance + use->bytes,
                                          .first = block.count,
                                          .local = NONE};
  }
  struct group *group = &block.groups[number];
  if (!group->before)
    widen(group, use);
  group->last = block.count;
  block.uses[block.count++] = (struct grouped){*use, number};
}

void together_expect(const struct use *use) {
  const int number = group_for(use);
  if (number == NONE)
    return;
  struct group *group = &block.groups[number];
  if (!group->before)
    widen(group, use);
  group->expected = true;
}

// ---- Locals ----

void together_begin(int before) {
  block.count = block.group_count = block.next = 0;
  block.ready = false;
  for (unsigned i = 0; i < TOGETHER; i++) {
    block.holders[i] = NONE;
    if (before == NONE || found[before][i].local == NONE)
      continue;
    block.holders[i] = (int)block.group_count;
    struct group *group = &block.groups[block.group_count++];
    *group = found[before][i];
    group->before = true;
    group->expected = false;
    group->first = group->last = 0;
  }
}

void together_end(int number) {
  for (unsigned i = 0; i < TOGETHER; i++) {
    const int holder = block.holders[i];
    if (holder == NONE)
      found[number][i].local = NONE;
    else
      found[number][i] = block.groups[holder];
  }
}

static bool is_alone(const struct group *group) {
  return (group->last == group->first && !group->expected) || is_in_two_pages(group) ||
         apart_is_often(block.uses[group->first].use.instruction);
}

// What a local is taken from: the less, the better. A group that is still used cannot be.
static unsigned price(int holder, unsigned use) {
  enum { FREE, OVER, WANTED_BEHIND, TAKEN };
  if (holder == NONE)
    return FREE;
  const struct group *group = &block.groups[holder];
  if (group->last > use)
    return TAKEN;
  return group->expected ? WANTED_BEHIND : OVER;
}

// A local from a group's first use on.
static void take_local(int number, unsigned use) {
  enum { TAKEN = 3 };
  unsigned best = TAKEN;
  int local = NONE;
  for (int i = 0; i < TOGETHER; i++) {
    const unsigned found_price = price(block.holders[i], use);
    if (found_price < best) {
      best = found_price;
      local = i;
    }
  }
  block.groups[number].local = (int16_t)local;
  if (local != NONE)
    block.holders[local] = number;
}

void together_end_notes(void) {
  block.ready = true;
  for (unsigned i = 0; i < block.count; i++) {
    const int number = block.uses[i].group;
    const struct group *group = &block.groups[number];
    if (!group->before && group->first == i && !is_alone(group))
      take_local(number, i);
  }
}

// ---- Code ----

// The op's use, if it is one of a group.
static const struct grouped *use_of(const void *op) {
  for (unsigned i = block.next; block.ready && i < block.count; i++) {
    if (block.uses[i].use.op == op) {
      block.next = i;
      return block.groups[block.uses[i].group].local == NONE ? NULL : &block.uses[i];
    }
  }
  return NULL;
}

static void use_host(uint32_t local, uint32_t offset) {
  block.host = local;
  block.host_offset = offset;
}

static void emit_root(struct emitter *emitter, unsigned reg, int64_t displacement) {
  struct wasm_code *code = emitter->code;
  if (reg == VALUE_PAGE) {
    emit_anchor(emitter);
    displacement += emitter->page;
  } else {
    emit_register(emitter, reg);
  }
  if (displacement) {
    wasm_i64(code, displacement);
    wasm_byte(code, WASM_I64_ADD);
  }
  wasm_set(code, LOCAL_ADDRESS);
}

bool emit_together(struct emitter *emitter, const void *op) {
  const struct grouped *grouped = use_of(op);
  if (!grouped)
    return false;
  const struct use *use = &grouped->use;
  const struct group *group = &block.groups[grouped->group];
  const uint32_t local = processor()->together + (uint32_t)group->local;
  if (!group->before && grouped == &block.uses[group->first]) {
    const int64_t displacement = use->displacement + group->low - use->distance;
    const unsigned bytes = (unsigned)(group->high - group->low);
    if (use->reg != VALUE_PAGE)
      apart_note(use->instruction, use->reg, displacement, bytes);
    emit_root(emitter, use->reg, displacement);
    emit_lookup_together(emitter, use->kind, bytes);
    wasm_get(emitter->code, LOCAL_HOST);
    wasm_set(emitter->code, local);
  }
  use_host(local, (uint32_t)(use->distance - group->low));
  return true;
}

void emit_alone(struct emitter *emitter, enum tlb_kind kind, unsigned bytes) {
  emit_lookup(emitter, kind, bytes);
  use_host(LOCAL_HOST, 0);
}

void emit_access_at(struct emitter *emitter, const void *op, unsigned reg, int64_t displacement, enum tlb_kind kind,
                    unsigned bytes) {
  if (emit_together(emitter, op))
    return;
  emit_root(emitter, reg, displacement);
  emit_alone(emitter, kind, bytes);
}

void emit_host(const struct emitter *emitter) {
  wasm_get(emitter->code, block.host);
}

uint32_t emit_host_offset(void) {
  return block.host_offset;
}

void emit_access_keep(struct emitter *emitter) {
  block.kept = block.host;
  block.kept_offset = block.host_offset;
  if (block.host != LOCAL_HOST)
    return;
  wasm_get(emitter->code, LOCAL_HOST);
  wasm_set(emitter->code, LOCAL_MODIFIED);
  block.kept = LOCAL_MODIFIED;
}

void emit_access_kept(const struct emitter *emitter) {
  wasm_get(emitter->code, block.kept);
  block.host_offset = block.kept_offset;
}
