#include "layout.h"

#include <string.h>

struct walk {
  struct layout *layout;
  bool seen[LAYOUT_BLOCKS_MAX];
  int16_t stack[LAYOUT_BLOCKS_MAX];
  unsigned next; // position that is filled next, from behind
};

// The coldest successor that was not seen yet: who is visited last comes first.
static int coldest(const struct walk *walk, int block) {
  const struct layout_block *blocks = walk->layout->blocks;
  int found = LAYOUT_NONE;
  for (unsigned i = 0; i < LAYOUT_SUCCESSORS; i++) {
    const int other = blocks[block].successors[i];
    if (other != LAYOUT_NONE && !walk->seen[other] &&
        (found == LAYOUT_NONE || blocks[other].count < blocks[found].count))
      found = other;
  }
  return found;
}

static void visit(struct walk *walk, int root) {
  unsigned depth = 0;
  walk->seen[root] = true;
  walk->stack[depth++] = (int16_t)root;
  while (depth) {
    const int block = walk->stack[depth - 1], successor = coldest(walk, block);
    if (successor != LAYOUT_NONE) {
      walk->seen[successor] = true;
      walk->stack[depth++] = (int16_t)successor;
      continue;
    }
    depth--;
    walk->next--;
    walk->layout->order[walk->next] = (int16_t)block;
    walk->layout->position[block] = (int16_t)walk->next;
  }
}

// Where to begin next: at what nothing here leads to, the hottest first, then at the coldest of what is left. All that
// is left is in circles, and the coldest is likely in the outermost.
static int next_root(const struct walk *walk, const bool *reached) {
  const struct layout *layout = walk->layout;
  int found = LAYOUT_NONE;
  for (unsigned i = 0; i < layout->count; i++) {
    if (walk->seen[i])
      continue;
    const bool better =
        found == LAYOUT_NONE ||
        (reached[i] != reached[found] ? !reached[i]
                                      : reached[i] == (layout->blocks[i].count < layout->blocks[found].count));
    if (better)
      found = (int)i;
  }
  return found;
}

static void visit_all(struct walk *walk) {
  const struct layout *layout = walk->layout;
  bool reached[LAYOUT_BLOCKS_MAX] = {false};
  for (unsigned i = 0; i < layout->count; i++) {
    for (unsigned k = 0; k < LAYOUT_SUCCESSORS; k++) {
      if (layout->blocks[i].successors[k] != LAYOUT_NONE)
        reached[layout->blocks[i].successors[k]] = true;
    }
  }
  while (walk->next)
    visit(walk, next_root(walk, reached));
}

// A jump back that is hardly ever taken gets no loop: it enters its target anew. A loop costs moves on every way
// through.
static bool is_cold(const struct layout_block *from, const struct layout_block *to) {
  enum { COLD = 8 };
  return from->count < to->count / COLD;
}

static void find_loops(struct layout *layout) {
  for (unsigned at = 0; at < layout->count; at++)
    layout->loop_end[at] = LAYOUT_NONE;
  for (unsigned at = 0; at < layout->count; at++) {
    const struct layout_block *block = &layout->blocks[layout->order[at]];
    for (unsigned i = 0; i < LAYOUT_JUMPS; i++) {
      const int to = block->successors[i] == LAYOUT_NONE ? LAYOUT_NONE : layout->position[block->successors[i]];
      if (to == LAYOUT_NONE || to > (int)at)
        continue;
      struct layout_block *target = &layout->blocks[block->successors[i]];
      if (is_cold(block, target))
        target->entry = true;
      else if (layout->loop_end[to] < (int)at)
        layout->loop_end[to] = (int16_t)at;
    }
  }
}

// Extends loops until none overlaps another.
static void nest_loops(struct layout *layout) {
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned outer = 0; outer < layout->count; outer++) {
      for (int inner = (int)outer + 1; inner <= layout->loop_end[outer]; inner++) {
        if (layout->loop_end[inner] > layout->loop_end[outer]) {
          layout->loop_end[outer] = layout->loop_end[inner];
          changed = true;
        }
      }
    }
  }
}

// Does a jump forward from one position to another lead into the middle of a loop?
static bool enters_loop(const struct layout *layout, int from, int to) {
  for (int header = from + 1; header < to; header++) {
    if (layout->loop_end[header] >= to)
      return true;
  }
  return false;
}

static void find_entries(struct layout *layout) {
  for (unsigned at = 0; at < layout->count; at++) {
    const struct layout_block *block = &layout->blocks[layout->order[at]];
    for (unsigned i = 0; i + 1 < LAYOUT_SUCCESSORS; i++) {
      const int to = block->successors[i];
      if (to != LAYOUT_NONE && enters_loop(layout, (int)at, layout->position[to]))
        layout->blocks[to].entry = true;
    }
  }
  layout->entry_count = 0;
  for (unsigned at = 0; at < layout->count; at++)
    layout->entries[at] = layout->blocks[layout->order[at]].entry ? (uint16_t)++layout->entry_count : 0;
}

void layout_order(struct layout *layout) {
  struct walk walk;
  memset(walk.seen, 0, sizeof walk.seen);
  walk.layout = layout;
  walk.next = layout->count;
  visit_all(&walk);
  find_loops(layout);
  nest_loops(layout);
  find_entries(layout);
}
