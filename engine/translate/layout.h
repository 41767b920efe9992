// The order of a unit's blocks, and their loops: what makes a graph of jumps structured code.
//
// Blocks stand in reverse postorder. Each jump back makes an interval, from its target to where it stands; intervals
// that overlap are extended until each lies inside or outside of every other. An interval is a loop, and jumps forward
// leave blocks. A jump into the middle of a loop goes to its beginning, which looks at the number of the entry: so its
// target becomes an entry.
#ifndef TRANSLATE_LAYOUT_H
#define TRANSLATE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum {
  LAYOUT_BLOCKS_MAX = 512,
  LAYOUT_JUMPS = 2,  // a target, and what follows
  LAYOUT_LIKELY = 2, // what an indirect jump was seen to lead to
  LAYOUT_SUCCESSORS = LAYOUT_JUMPS + LAYOUT_LIKELY + 1,
  LAYOUT_NONE = -1
};

struct layout_block {
  // Blocks that control goes to, LAYOUT_NONE for none: jumps, then what an indirect jump likely leads to, which gets no
  // loop. The last stands for where a call returns to: it is only put in order behind the call, for it is reached from
  // outside.
  int16_t successors[LAYOUT_SUCCESSORS];
  uint32_t count; // how often it was executed: of two successors, the hotter one follows at once
  bool entry;     // reached from outside the unit, or by an indirect jump
};

struct layout {
  unsigned count;
  struct layout_block blocks[LAYOUT_BLOCKS_MAX];
  // Made by layout_order:
  int16_t order[LAYOUT_BLOCKS_MAX];    // block by position
  int16_t position[LAYOUT_BLOCKS_MAX]; // and the other way round
  int16_t loop_end[LAYOUT_BLOCKS_MAX]; // by position: last position of the loop that begins here, or LAYOUT_NONE
  uint16_t entries[LAYOUT_BLOCKS_MAX]; // by position: number of the entry, from 1 in the order; 0: is none
  unsigned entry_count;
};

void layout_order(struct layout *layout);

#endif
