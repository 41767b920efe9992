// The random numbers that a fuzzing case is made of: all from its seed.
#ifndef TEST_FUZZ_RANDOM_H
#define TEST_FUZZ_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
  uint64_t state;
};

// splitmix64
static inline uint64_t roll_bits(struct dice *dice) {
  uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static inline unsigned roll(struct dice *dice, unsigned limit) {
  return (unsigned)(roll_bits(dice) % limit);
}

// True in one of `many` cases.
static inline bool one_in(struct dice *dice, unsigned many) {
  return roll(dice, many) == 0;
}

// Values near the edges are where arithmetic goes wrong.
static inline uint64_t roll_value(struct dice *dice) {
  switch (roll(dice, 5)) {
  case 0: return roll(dice, 300);
  case 1: return 0 - (uint64_t)roll(dice, 300);
  case 2: return (UINT64_C(1) << roll(dice, 64)) - roll(dice, 2);
  case 3: return roll_bits(dice) >> roll(dice, 64);
  default: return roll_bits(dice);
  }
}

#endif
