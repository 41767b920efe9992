// What is hot: for a while, each block that is executed is counted, beginning with one place and following where
// control goes from there. Marks in the interpreter's ops do that; when the recording ends they are gone.
#ifndef TRANSLATE_RECORD_H
#define TRANSLATE_RECORD_H

#include "walk.h"

enum { LEADERS_MAX = 4096, EDGES_MAX = 4096, RECORD_NONE = -1 };

// Where a block begins.
struct leader {
  void *op; // where it is decoded
  struct code_page *page;
  uint64_t page_address;
  uint32_t offset;
  uint32_t count;
};

// A jump to an address from a register or memory, as it was seen.
struct edge {
  uint16_t from, to; // numbers of leaders
};

struct recording {
  bool active;
  const struct tlb *tlb; // of the view that is recorded
  unsigned leader_count, edge_count;
  struct leader leaders[LEADERS_MAX];
  struct edge edges[EDGES_MAX];
};

bool record_init(void);
const struct recording *record_now(void);
// Begins at an address; false if nothing is decoded there.
bool record_begin(uint64_t address);
// At an op with any mark, while a recording is active: returns the op to go on with.
void *record_hit(void *op, uint64_t page_address);
// Takes all marks away.
void record_end(void);
// What was recorded elsewhere, instead: leaders and edges as they are added. No marks, so nothing more is recorded.
void record_open(const struct tlb *tlb);
// The number of the leader; RECORD_NONE if no instruction is there, or there is no room.
int record_add_leader(void *op, struct code_page *page, uint64_t page_address, uint32_t count);
void record_add_edge(unsigned from, unsigned to);
// Number of the leader at an op, also after the end; RECORD_NONE: none.
int record_leader_at(const void *op);

#endif
