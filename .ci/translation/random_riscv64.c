// A program is a function of the address of its state: integer registers, floating-point registers, memory. It loads
// them, runs a loop of random instructions, and stores them.
#include "random.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { REAL_PROGRAMS = 10, REAL_ROUNDS = 250000 };
enum { LENGTH = 60, WORDS_MAX = 900, NUMBERS = 13, REALS = 8 };
enum { A0 = 10, A1 = 11, A2 = 12 }; // state, counter, address of the memory
enum { REALS_AT = 128, MEMORY_AT = 256, MEMORY = 256, TABLE_AT = MEMORY_AT + MEMORY, TABLE = 128 };

_Static_assert(TABLE_AT + TABLE * 8 <= STATE_SIZE, "all of it is in the state");

static const uint8_t REGISTERS[NUMBERS] = {5, 6, 7, 13, 14, 15, 16, 17, 28, 29, 30, 31, 0};
static uint32_t code[WORDS_MAX];
static unsigned used;

static unsigned any(void) {
  return REGISTERS[roll(NUMBERS)];
}

static void put(uint32_t bits) {
  code[used++] = bits;
}

static void put_r(unsigned opcode, unsigned funct7, unsigned funct3, unsigned rd, unsigned rs1, unsigned rs2) {
  put(funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode);
}

static void put_i(unsigned opcode, unsigned funct3, unsigned rd, unsigned rs1, unsigned immediate) {
  put((immediate & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode);
}

static void put_s(unsigned opcode, unsigned funct3, unsigned rs1, unsigned rs2, unsigned immediate) {
  put((immediate >> 5 & 127) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (immediate & 31) << 7 | opcode);
}

static void put_branch(unsigned funct3, unsigned rs1, unsigned rs2, int distance) {
  const uint32_t d = (uint32_t)distance;
  put((d >> 12 & 1) << 31 | (d >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (d >> 1 & 15) << 8 |
      (d >> 11 & 1) << 7 | 0x63);
}

static unsigned place(void) {
  return MEMORY_AT + roll(MEMORY - 8);
}

static void put_integer(void) {
  static const uint8_t SHIFTS[] = {1, 5}, BRANCHES[] = {0, 1, 4, 5, 6, 7}, WORDS[] = {0, 1, 5},
                       DIVIDES[] = {0, 4, 5, 6, 7};
  switch (roll(11)) {
  case 0: put_r(0x33, 0, roll(8), any(), any(), any()); break;
  case 1: put_r(0x33, 1, roll(8), any(), any(), any()); break;
  case 2: put_r(0x33, 0x20, roll(2) * 5, any(), any(), any()); break;
  case 3: put_r(0x3b, 0, WORDS[roll(3)], any(), any(), any()); break;
  case 4: put_r(0x3b, 1, DIVIDES[roll(5)], any(), any(), any()); break;
  case 5: put_r(0x3b, 0x20, roll(2) * 5, any(), any(), any()); break;
  case 6: put_i(0x13, "\0\2\3\4\6\7"[roll(6)], any(), any(), roll(4096)); break;
  case 7: put_i(0x13, SHIFTS[roll(2)], any(), any(), roll(64)); break;
  case 8: put_i(0x1b, 0, any(), any(), roll(4096)); break;
  case 9: put_i(0x1b, 5, any(), any(), roll(2) * 0x400 + roll(32)); break;
  default: put_branch(BRANCHES[roll(6)], any(), any(), 8); break;
  }
}

static void put_memory(void) {
  static const uint8_t OPERATIONS[] = {0, 1, 4, 8, 12, 16, 20, 24, 28};
  const unsigned wide = roll(2);
  switch (roll(6)) {
  case 0: put_i(0x03, roll(7), any(), A0, place()); break;
  case 1: put_s(0x23, roll(4), A0, any(), place()); break;
  case 2: put_i(0x07, 2 + roll(2), roll(REALS), A0, place()); break;
  case 3: put_s(0x27, 2 + roll(2), A0, roll(REALS), place()); break;
  case 4: put_r(0x2f, OPERATIONS[roll(9)] * 4, 2 + wide, any(), A2, any()); break;
  default:
    put_r(0x2f, 2 * 4, 2 + wide, any(), A2, 0); // LR, and SC of the same width: QEMU lets another one succeed, too
    put_r(0x2f, 3 * 4, 2 + wide, any(), A2, any());
  }
}

// Not one of the two.
static unsigned any_but(const unsigned *two) {
  unsigned number;
  do
    number = any();
  while (number == two[0] || number == two[1]);
  return number;
}

// Uses of memory by two registers that are moved about, which then hold no address any more. What a translator knows of
// these must be right.
static void put_pointers(void) {
  const unsigned first = roll(NUMBERS - 1);
  const unsigned pointers[] = {REGISTERS[first], REGISTERS[(first + 1 + roll(NUMBERS - 2)) % (NUMBERS - 1)]};
  unsigned at[] = {place(), place()};
  put_i(0x13, 0, 0, 0, 0); // what a branch may go over
  for (unsigned i = 0; i < 2; i++)
    put_i(0x13, 0, pointers[i], A0, at[i]);
  for (unsigned uses = 3 + roll(6); uses; uses--) {
    const unsigned with = roll(2), pointer = pointers[with], from = roll(2);
    const unsigned there = roll(3) ? MEMORY_AT + MEMORY / 2 + roll(64) : place(), distance = there - at[with];
    switch (roll(7)) {
    case 0:
    case 1: put_i(0x03, roll(7), any_but(pointers), pointer, distance); break;
    case 2:
    case 3: put_s(0x23, roll(4), pointer, any_but(pointers), distance); break;
    case 4: put_i(0x07, 2 + roll(2), roll(REALS), pointer, distance); break;
    case 5: put_s(0x27, 2 + roll(2), pointer, roll(REALS), distance); break;
    default:
      if (roll(3)) {
        put_i(0x13, 0, pointer, pointers[from], there - at[from]);
        at[with] = there;
      } else {
        put_r(0x33, 0, 0, pointer, 0, pointers[from]);
        at[with] = at[from];
      }
    }
  }
  for (unsigned i = 0; i < 2; i++)
    put_i(0x03, 3, pointers[i], A0, place());
}

static unsigned rounding(void) {
  return roll(3) ? 7 : roll(5);
}

// A register for a double or a single. The lower half of them have doubles, but for one time in `mixed`.
static unsigned any_real(bool wide, unsigned mixed) {
  return roll(mixed) != 0 ? roll(REALS / 2) + (wide ? 0 : REALS / 2) : roll(REALS);
}

static void put_real(unsigned mixed) {
  const bool wide = roll(4) != 0;
  const unsigned to = any_real(wide, mixed), a = any_real(wide, mixed), b = any_real(wide, mixed);
  switch (roll(13)) {
  case 0:
  case 1:
  case 2: put_r(0x53, roll(4) * 4 + wide, rounding(), to, a, b); break;
  case 3:
    if (roll(16))
      put_r(0x53, 4 * 4 + wide, 2, a, a, a); // no negative one
    put_r(0x53, 11 * 4 + wide, rounding(), to, a, 0);
    break;
  case 4: put_r(0x53, 4 * 4 + wide, roll(3), to, a, b); break;
  case 5: put_r(0x53, 5 * 4 + wide, roll(2), to, a, b); break;
  case 6: put_r(0x53, 20 * 4 + wide, roll(3), any(), a, b); break;
  case 7: put_r(0x53, 24 * 4 + wide, roll(2) ? 1 : rounding(), any(), a, roll(8) ? roll(2) * 2 : roll(4)); break;
  case 8:
    put_i(0x13, 5, 30, any(), 0x400 | (roll(8) ? 40 + roll(20) : roll(64)));
    put_r(0x53, 26 * 4 + wide, rounding(), to, 30, roll(4));
    break;
  case 9: put_r(0x53, 8 * 4 + wide, rounding(), to, any_real(!wide, mixed), !wide); break;
  case 10: put_r(0x53, 28 * 4 + wide, roll(2), any(), a, 0); break;
  case 11:
    if (roll(8))
      put_r(0x53, 28 * 4 + wide, 0, 31, a, 0); // there and back, as any integer is hardly a number
    put_r(0x53, 30 * 4 + wide, 0, to, roll(8) ? 31 : any(), 0);
    break;
  default:
    put(any_real(wide, mixed) << 27 | wide << 25 | b << 20 | a << 15 | rounding() << 12 | to << 7 | 0x43 |
        roll(4) << 2);
  }
}

static void put_rest(void) {
  // What reads or changes a control register ends a unit, so that there are few of them.
  switch (roll(24)) {
  case 0: put(roll(1 << 20) << 12 | any() << 7 | 0x37); break;
  case 1: put_i(0x73, 2, any(), 0, 1); break;   // frflags
  case 2: put_i(0x73, 5, 0, 0, 1); break;       // fsflagsi 0
  case 3: put_i(0x73, 5, 0, roll(5), 2); break; // fsrmi
  case 4: put(0x0ff0000f); break;               // fence
  case 5: put(0x0080006f); break;               // j over what follows
  default: {                                    // two of 16 bits: c.addi, c.mv
    const uint32_t first = 0x0001 | any() << 7 | roll(32) << 2, second = 0x8002 | REGISTERS[roll(12)] << 7 | 5 << 2;
    put(second << 16 | first);
  }
  }
}

static unsigned copy_to(uint8_t *place) {
  memcpy(place, code, used * sizeof *code);
  return used * sizeof *code;
}

unsigned make_program(uint8_t *place) {
  // Reals of any bits leave a unit all the time. So do control registers.
  const unsigned kinds = roll(2) ? 8 : 5;
  used = 0;
  for (unsigned i = 0; i < NUMBERS - 1; i++)
    put_i(0x03, 3, REGISTERS[i], A0, i * 8);
  for (unsigned i = 0; i < REALS; i++)
    put_i(0x07, 3, i, A0, REALS_AT + i * 8);
  put_i(0x13, 0, A2, A0, MEMORY_AT);
  const unsigned again = used;
  for (unsigned i = 0; i < LENGTH; i++) {
    switch (roll(kinds)) {
    case 0:
    case 1:
    case 2: put_integer(); break;
    case 3: put_memory(); break;
    case 4:
      if (roll(2))
        put_memory();
      else
        put_pointers();
      break;
    case 5:
    case 6: put_real(1); break;
    default: put_rest();
    }
  }
  put_i(0x13, 0, 0, 0, 0); // what the last one may go over
  put_i(0x1b, 0, A1, A1, 0xfff);
  put_branch(1, A1, 0, (int)(again - used) * 4);
  for (unsigned i = 0; i < NUMBERS - 1; i++)
    put_s(0x23, 3, A0, REGISTERS[i], i * 8);
  for (unsigned i = 0; i < REALS; i++)
    put_s(0x27, 3, A0, i, REALS_AT + i * 8);
  put_i(0x73, 5, 0, 0, 2); // rounds to nearest again
  put_i(0x67, 0, 0, 1, 0);
  return copy_to(place);
}

// From the half of the table that is for doubles, or for singles.
static void put_load(unsigned to) {
  const bool wide = to < REALS / 2;
  put_i(0x07, 2 + (wide || roll(2)), to, A2, TABLE_AT + (roll(TABLE / 4) + (wide ? 0 : TABLE / 2)) * 8);
}

// A program that takes other reals from a table each time. What they become, and flags, are mixed into a sum.
static void make_real(unsigned mixed, bool modes) {
  enum { T0 = 5, T1 = 6, T2 = 7 };
  used = 0;
  put_i(0x73, 5, 0, roll(2), 3); // fcsr: an inexact result is noted already, or nothing
  for (unsigned i = 0; i < NUMBERS - 1; i++)
    put_i(0x03, 3, REGISTERS[i], A0, i * 8);
  const unsigned again = used;
  put_i(0x13, 7, A2, A1, TABLE / 4 - 1);
  put_i(0x13, 1, A2, A2, 3);
  put_r(0x33, 0, 0, A2, A2, A0);
  for (unsigned i = 0; i < REALS; i++)
    put_load(i);
  for (unsigned i = 0; i < LENGTH / 3; i++) {
    put_real(mixed);
    put_load(roll(REALS));
    put_load(roll(REALS));
    if (roll(16) == 0)
      put_i(0x73, 2, any(), 0, 1 + roll(3)); // frflags, frrm, frcsr
    if (modes && roll(16) == 0)
      put_i(0x73, 5, any(), roll(5), 2); // fsrmi
    if (roll(64) == 0)
      put_i(0x73, 1 + roll(3), any(), any(), 1); // fflags
  }
  put_i(0x73, 5, 0, 0, 2);
  put_i(0x73, 2, T0, 0, 3);
  put_i(0x03, 3, T1, A0, 0);
  for (unsigned i = 0; i < REALS; i++) {
    put_r(0x33, 0, 0, T1, T1, T0);
    put_i(0x13, 1, T2, T1, 5);
    put_r(0x33, 0x20, 0, T1, T2, T1);
    put_r(0x53, 28 * 4 + 1, 0, T0, i, 0);
  }
  for (unsigned i = 3; i < NUMBERS - 1; i++)
    put_r(0x33, 0, 0, T1, T1, REGISTERS[i]);
  put_s(0x23, 3, A0, T1, 0);
  put_i(0x1b, 0, A1, A1, 0xfff);
  put_branch(1, A1, 0, (int)(again - used) * 4);
  put_i(0x67, 0, 0, 1, 0);
}

// Small whole numbers in some tables, for which most is exact; else numbers of like size, near limits, and what is
// none.
static uint64_t real(unsigned kind, bool wide) {
  const uint64_t sign = roll(2), fraction = (uint64_t)roll(1U << 31) << 31 ^ roll(1U << 31);
  unsigned exponent = (wide ? 1023 : 127) + roll(8) - 4;
  if (kind == 0) {
    const double number = roll(32) ? (roll(2) ? 1.0 : -1.0) * (1 + roll(8)) : 0.0;
    const float single = (float)number;
    uint64_t bits = UINT64_MAX;
    if (wide)
      memcpy(&bits, &number, sizeof bits);
    else
      memcpy(&bits, &single, sizeof single);
    return bits;
  }
  if (kind == 1 && roll(64) == 0)
    exponent = (wide ? 0x7ff : 0xff) - roll(3);
  if (kind == 1 && roll(64) == 0)
    exponent = roll(3);
  const uint64_t significand = roll(8) ? fraction : roll(4) ? fraction << 40 : 0;
  return wide ? sign << 63 | (uint64_t)exponent << 52 | (significand & ((UINT64_C(1) << 52) - 1))
              : UINT64_C(0xffffffff) << 32 | sign << 31 | (uint32_t)exponent << 23 | (significand & 0x7fffff);
}

void random_reals(void) {
  uint64_t *state = random_state();
  uint8_t *place = program_place();
  seed_rolls(7);
  for (unsigned program = 0; program < REAL_PROGRAMS; program++) {
    make_real(program % 4 ? 1000 : 20, program % 8 == 7);
    for (unsigned i = 0; i < NUMBERS; i++)
      state[i] = i;
    for (unsigned i = 0; i < TABLE; i++)
      state[TABLE_AT / 8 + i] = real(program % 3, i < TABLE / 2);
    run_program(place, copy_to(place), REAL_ROUNDS);
    printf("random reals %u: %016llx\n", program, (unsigned long long)state[0]);
  }
}
