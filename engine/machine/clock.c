#include "machine/clock.h"

#include "host/host.h"

enum {
  INSTRUCTIONS_PER_TICK = 25,       // deterministic mode: 250 million a second
  INTERPOLATED_INSTRUCTIONS = 4096, // between two looks at the host's clock
  BUDGET_MIN = 256
};

void clock_init(struct clock *clock, bool deterministic) {
  *clock = (struct clock){.deterministic = deterministic, .start_ns = host_monotonic_ns(), .deadline = CLOCK_NEVER};
}

static uint64_t give(struct clock *clock, uint64_t ticks) {
  if (ticks > clock->last)
    clock->last = ticks;
  return clock->last;
}

uint64_t clock_sample(struct clock *clock, uint64_t instret) {
  if (clock->deterministic)
    return give(clock, clock->skipped + instret / INSTRUCTIONS_PER_TICK);
  clock->sample_ticks = (host_monotonic_ns() - clock->start_ns) / CLOCK_TICK_NS;
  clock->sample_instret = instret;
  return give(clock, clock->sample_ticks);
}

uint64_t clock_now(struct clock *clock, uint64_t instret) {
  const uint64_t since = instret - clock->sample_instret;
  if (clock->deterministic || since > INTERPOLATED_INSTRUCTIONS)
    return clock_sample(clock, instret);
  return give(clock, clock->sample_ticks + since / (2 * INSTRUCTIONS_PER_TICK));
}

uint64_t clock_parts(struct clock *clock, uint64_t instret, unsigned parts) {
  const uint64_t tick = clock_now(clock, instret);
  const uint64_t since = clock->deterministic ? instret : instret - clock->sample_instret;
  const unsigned per_tick = clock->deterministic ? INSTRUCTIONS_PER_TICK : 2 * INSTRUCTIONS_PER_TICK;
  return tick * parts + since % per_tick * parts / per_tick;
}

void clock_skip_to(struct clock *clock, uint64_t tick, uint64_t instret) {
  const uint64_t now = clock_now(clock, instret);
  if (tick > now)
    clock->skipped += tick - now;
}

int32_t clock_budget(struct clock *clock, uint64_t instret, int32_t most) {
  const uint64_t now = clock_now(clock, instret);
  if (clock->deadline == CLOCK_NEVER || clock->deadline - now > (uint64_t)most / INSTRUCTIONS_PER_TICK)
    return most;
  const int32_t until = clock->deadline <= now ? 0 : (int32_t)(clock->deadline - now) * INSTRUCTIONS_PER_TICK;
  return until < BUDGET_MIN ? BUDGET_MIN : until;
}
