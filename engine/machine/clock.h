// The guest's time: a counter at 10 MHz that starts at 0. It follows the host's clock, or, in deterministic mode, the
// number of instructions.
#ifndef MACHINE_CLOCK_H
#define MACHINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_HZ = 10000000, CLOCK_TICK_NS = 100 };
#define CLOCK_NEVER UINT64_MAX

struct clock {
  bool deterministic;
  uint64_t start_ns;       // host clock at tick 0
  uint64_t skipped;        // deterministic: ticks passed while waiting
  uint64_t sample_ticks;   // at the last look at the host's clock
  uint64_t sample_instret; // instructions retired then
  uint64_t last;           // the greatest value given out
  uint64_t deadline;       // tick of the next timer interrupt, or CLOCK_NEVER
};

void clock_init(struct clock *clock, bool deterministic);
// The present tick. Asking the host costs more than a hundred guest instructions, so between two looks time goes on
// by instructions; it never goes back.
uint64_t clock_now(struct clock *clock, uint64_t instret);
// The present tick in smaller parts, of which it has `parts`: between two instructions time goes on. Where the host's
// clock is behind what was given out it may go back.
uint64_t clock_parts(struct clock *clock, uint64_t instret, unsigned parts);
// Looks at the host's clock whatever it costs.
uint64_t clock_sample(struct clock *clock, uint64_t instret);
// Deterministic mode: nothing happens until `tick`, so let it be now.
void clock_skip_to(struct clock *clock, uint64_t tick, uint64_t instret);
// About how many instructions may run before the deadline, at most `most`.
int32_t clock_budget(struct clock *clock, uint64_t instret, int32_t most);

#endif
