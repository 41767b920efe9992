// A program is a function of the address of its state: integer registers, floating-point registers, memory. It loads
// them, runs a loop of random instructions, and stores them.
#include "random.h"

#include <string.h>

enum { LENGTH = 60, WORDS_MAX = 256, NUMBERS = 13, REALS = 8 };
enum { A0 = 10, A1 = 11, A2 = 12 }; // state, counter, address of the memory
enum { REALS_AT = 128, MEMORY_AT = 256, MEMORY = 256 };

_Static_assert(MEMORY_AT + MEMORY <= STATE_SIZE, "all of it is in the state");

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

static unsigned rounding(void) {
  return roll(3) ? 7 : roll(5);
}

static void put_real(void) {
  const unsigned wide = roll(4) != 0, to = roll(REALS), a = roll(REALS), b = roll(REALS);
  switch (roll(13)) {
  case 0:
  case 1:
  case 2: put_r(0x53, roll(4) * 4 + wide, rounding(), to, a, b); break;
  case 3: put_r(0x53, 11 * 4 + wide, rounding(), to, a, 0); break;
  case 4: put_r(0x53, 4 * 4 + wide, roll(3), to, a, b); break;
  case 5: put_r(0x53, 5 * 4 + wide, roll(2), to, a, b); break;
  case 6: put_r(0x53, 20 * 4 + wide, roll(3), any(), a, b); break;
  case 7: put_r(0x53, 24 * 4 + wide, roll(2) ? 1 : rounding(), any(), a, roll(4)); break;
  case 8: put_r(0x53, 26 * 4 + wide, rounding(), to, any(), roll(4)); break;
  case 9: put_r(0x53, 8 * 4 + wide, rounding(), to, a, !wide); break;
  case 10: put_r(0x53, 28 * 4 + wide, roll(2), any(), a, 0); break;
  case 11: put_r(0x53, 30 * 4 + wide, 0, to, any(), 0); break;
  default: put(roll(REALS) << 27 | wide << 25 | b << 20 | a << 15 | rounding() << 12 | to << 7 | 0x43 | roll(4) << 2);
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

unsigned make_program(uint8_t *place) {
  used = 0;
  for (unsigned i = 0; i < NUMBERS - 1; i++)
    put_i(0x03, 3, REGISTERS[i], A0, i * 8);
  for (unsigned i = 0; i < REALS; i++)
    put_i(0x07, 3, i, A0, REALS_AT + i * 8);
  put_i(0x13, 0, A2, A0, MEMORY_AT);
  const unsigned again = used;
  for (unsigned i = 0; i < LENGTH; i++) {
    switch (roll(8)) {
    case 0:
    case 1:
    case 2: put_integer(); break;
    case 3:
    case 4: put_memory(); break;
    case 5:
    case 6: put_real(); break;
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
  memcpy(place, code, used * sizeof *code);
  return used * sizeof *code;
}
