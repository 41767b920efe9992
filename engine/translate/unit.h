// A unit: a piece of guest code that was translated as one function.
#ifndef TRANSLATE_UNIT_H
#define TRANSLATE_UNIT_H

#include "region.h"

enum { UNIT_PAGES_MAX = 48, UNIT_ENTRIES_MAX = LAYOUT_BLOCKS_MAX, TRAINED_PAGES_MAX = 768 };

// What jumps to addresses from registers and memory look up: the entries by their distance from the anchor.
struct place {
  int64_t offset;
  uint32_t entry, unused;
};

struct unit {
  uint32_t function; // index in the engine's table
  bool alive;
  bool forgotten; // what it was made of is no longer there
  const struct tlb *tlb;
  uint64_t anchor;            // where the first page was when the pages were last looked at,
  uint32_t epoch;             // and when that was (memory/tlb.h)
  uint32_t entered, executed; // times and instructions, since it was last asked whether it pays
  unsigned page_count;
  struct {
    const struct code_page *page;
    int64_t offset; // from the anchor
  } pages[UNIT_PAGES_MAX];
  unsigned place_mask; // number of places - 1, a power of two minus 1
  struct place *places;
};

// An entry of a unit, in the order of their numbers, from 1.
struct entry {
  int16_t block;
  uint8_t page; // in the unit's
};

#endif
