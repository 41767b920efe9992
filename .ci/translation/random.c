#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ROUNDS = 60000 };

static uint64_t seed;

unsigned roll(unsigned sides) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(seed >> 33) % sides;
}

void seed_rolls(uint64_t number) {
  seed = number;
}

static uint64_t value(void) {
  static const double SPECIAL[] = {0.0, -0.0, 1.0, -1.5, 5e-324, 1e308, 3e9, 0.1};
  uint64_t bits;
  memcpy(&bits, &SPECIAL[roll(8)], sizeof bits);
  switch (roll(5)) {
  case 0: return bits;
  case 1: return UINT64_C(0xffffffff00000000) | roll(1U << 31);
  case 2: return roll(100);
  case 3: return UINT64_C(1) << roll(64);
  default: return (uint64_t)roll(1U << 31) << 33 ^ roll(1U << 31);
  }
}

uint64_t *random_state(void) {
  static _Alignas(64) uint64_t state[STATE_SIZE / 8];
  return state;
}

uint8_t *program_place(void) {
  void *place = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED)
    exit(1);
  return place;
}

void run_program(uint8_t *place, unsigned size, unsigned rounds) {
  if (size > CODE_SIZE)
    exit(1);
  __builtin___clear_cache((char *)place, (char *)place + size);
  ((void (*)(uint64_t *, unsigned))place)(random_state(), rounds);
}

void random_code(unsigned first, unsigned programs) {
  uint64_t *state = random_state();
  uint8_t *place = program_place();
  for (unsigned program = first; program < first + programs; program++) {
    seed_rolls(program * UINT64_C(0x9e3779b97f4a7c15));
    const unsigned size = make_program(place);
    uint64_t sum = 0;
    for (unsigned i = 0; i < STATE_SIZE / 8; i++)
      state[i] = value();
    run_program(place, size, ROUNDS);
    for (unsigned i = 0; i < STATE_SIZE / 8; i++)
      sum = sum * 31 + state[i];
    printf("random program %u: %016llx\n", program, (unsigned long long)sum);
  }
}
