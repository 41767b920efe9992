// From a recording to units: blocks, and which of them belong together.
#ifndef TRANSLATE_REGION_H
#define TRANSLATE_REGION_H

#include "record.h"
#include "translate/layout.h"

enum { BLOCKS_MAX = 6144, BLOCK_NONE = -1 };

enum block_end {
  END_FALLS,  // into the next block, or nowhere known
  END_BRANCH, // a conditional jump
  END_JUMP,
  END_CALL,
  END_INDIRECT, // to an address from a register or memory
  END_STOPS,    // before an instruction that is not translated
  END_CONTINUES // at the end of the page, or where nothing is decoded yet
};

// Is there translated code of a place, and can the interpreter go over to it there?
enum coverage { COVERAGE_NONE, COVERAGE_SOME, COVERAGE_MISSED };

struct block {
  void *op;
  void *after; // what is executed behind the last instruction, or behind the one that stops; NULL: nothing
  struct code_page *page;
  struct code_page *second; // in which the last instruction ends; NULL: where it begins
  uint64_t page_address;
  uint32_t offset, count;
  uint32_t worth;      // how often it is executed in recordings, on average
  uint32_t end_offset; // of what follows the last instruction
  uint16_t instructions;
  uint8_t end; // enum block_end
  bool entry;
  bool covered;         // some unit has it already: no unit is made for its sake
  int16_t target, next; // blocks; `next` of a call is where it returns to
  int16_t adjoins;      // the unit that last took a neighbour
  int16_t unit;         // number, BLOCK_NONE: of none yet
  int16_t leader;
};

struct region {
  unsigned count;
  struct block blocks[BLOCKS_MAX];
  int16_t by_leader[LEADERS_MAX];
  // The pages of the unit that is being taken, by their places in the TLB. NULL: none there yet.
  struct {
    const struct code_page *page;
    uint64_t address;
  } pages[TLB_ENTRIES];
};

// Makes blocks of what was recorded, when the recording has ended.
void region_build(struct region *region, struct emitter *emitter, enum coverage (*coverage_of)(const void *op),
                  uint32_t (*worth_of)(const void *op, uint32_t count));
// Takes the hottest block of no unit and what belongs to it: numbers of blocks, at most LAYOUT_BLOCKS_MAX, with at most
// `limit` instructions. 0: nothing is left that is executed `seed` times. The TLB has room for all pages of a unit at
// once, and all are near each other.
unsigned region_take(struct region *region, int unit, unsigned seed, unsigned limit, int16_t *blocks);
// Blocks that control comes to from another unit become entries. Behind the last region_take.
void region_join(struct region *region);

#endif
