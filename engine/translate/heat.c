#include "heat.h"

#include "host/host.h"
#include "walk.h"

#include <string.h>

enum {
  PLACES = 1 << 15,     // whose executions are added up
  FIRST_SIGHT = 4,      // what was never seen before must be so much hotter
  STEADY_SLICES = 1000, // between two recordings that are long before each other
};

static struct heat {
  struct place {
    const void *op;
    uint32_t first, count; // executions in all recordings since the first one that had it
    uint64_t since;        // slices that had ended at that recording
  } places[PLACES];
  uint32_t recordings;
  uint64_t slices;       // that have ended
  uint64_t seen, steady; // executions in this recording, and those of blocks that were seen long before
} *heat;

bool heat_init(void) {
  heat = host_allocate(sizeof *heat);
  return heat != NULL;
}

void heat_begin(uint64_t slices) {
  heat->recordings++;
  heat->slices = slices;
  heat->seen = heat->steady = 0;
}

uint32_t heat_add(const void *op, uint32_t count) {
  struct place *place = &heat->places[walk_hash(op) % PLACES];
  if (place->op != op)
    *place = (struct place){.op = op, .first = heat->recordings, .since = heat->slices};
  place->count += count;
  heat->seen += count;
  if (heat->slices - place->since >= STEADY_SLICES)
    heat->steady += count;
  const uint32_t recordings = heat->recordings - place->first + 1;
  return recordings == 1 ? count / FIRST_SIGHT : place->count / recordings;
}

bool heat_is_steady(void) {
  return heat->steady >= heat->seen / 2;
}

void heat_forget(void) {
  memset(heat->places, 0, sizeof heat->places);
}
