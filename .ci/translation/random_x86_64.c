// A program is a function of the address of its state: integer registers,
// vectors, memory, and x87's registers. It loads them, runs a loop of random
// instructions, and stores them. No result depends on a flag that the manual
// leaves undefined, so that each processor computes the same. Opcodes are those
// of Intel's manual, volume 2.
#include "random.h"

#include <stdbool.h>

enum { LENGTH = 60, CHOSEN = 6, NUMBERS = 13, VECTORS = 10 };
enum { RAX = 0, RCX = 1, RDX = 2, RSI = 6, RDI = 7 }; // RSI counts down, RDI points to the state
enum { VECTORS_AT = 128, MEMORY_AT = VECTORS_AT + 16 * VECTORS, MEMORY = 1024, CONTROL_AT = MEMORY_AT + MEMORY };
enum { X87_AT = CONTROL_AT + 16 };
enum { LINE = 64, LINES_AT = (MEMORY_AT + LINE - 1) / LINE * LINE, LINES = (MEMORY_AT + MEMORY - LINES_AT) / LINE };
enum { BYTE = 1, WORD = 2, DOUBLE_WORD = 4, QUAD_WORD = 8 };
enum { DEFAULT_CONTROL = 0x1f80, CARRY_PARITY_ZERO_SIGN_OVERFLOW = 0x8c5 };
enum { NO_PREFIX = 0, P66 = 0x66, PF2 = 0xf2, PF3 = 0xf3 };

_Static_assert(X87_AT + 8 * 16 <= STATE_SIZE, "all of it is in the state");

static const uint8_t REGISTERS[NUMBERS] = {0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t KEPT[] = {3, 5, 12, 13, 14, 15};
static uint8_t *code;
static unsigned used;
static bool flags_known; // of all that can be read

static unsigned any(void) {
  return REGISTERS[roll(NUMBERS)];
}

static unsigned vector(void) {
  return roll(VECTORS);
}

static unsigned any_size(void) {
  return 1U << roll(4);
}

static void put(unsigned byte) {
  code[used++] = (uint8_t)byte;
}

static void put_number(uint32_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    put(number >> 8 * i & 255);
}

// The byte behind an opcode, and what follows it.
struct operand {
  bool memory;
  unsigned number; // a register's, or how far behind RDI it lies
  int index;       // a register that is added, or -1
  unsigned scale;
};

static struct operand in(unsigned number) {
  return (struct operand){.number = number, .index = -1};
}

static struct operand at(unsigned number) {
  return (struct operand){.memory = true, .number = number, .index = -1};
}

// Of up to 16 bytes.
static struct operand anywhere(void) {
  return at(MEMORY_AT + roll(MEMORY - 16));
}

// Within a line of the cache. XCHG with memory locks it; where it is in two lines, all processors wait, and a host that
// guards its other machines against that may make each one take 20 ms.
static struct operand in_a_line(unsigned size) {
  return at(LINES_AT + LINE * roll(LINES) + roll(LINE - size + 1));
}

static struct operand aligned(void) {
  return at(MEMORY_AT + roll(MEMORY / 16) * 16);
}

// map: 0, 0x0f, 0x0f38 or 0x0f3a.
static void put_op(unsigned prefix, unsigned size, unsigned map, unsigned opcode, unsigned reg,
                   struct operand operand) {
  if (size == WORD)
    put(0x66);
  if (prefix)
    put(prefix);
  const unsigned base = operand.memory ? RDI : operand.number, index = operand.index < 0 ? 0 : (unsigned)operand.index;
  const unsigned rex = 0x40 | (size == QUAD_WORD) << 3 | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
  if (rex != 0x40 || size == BYTE) // else registers 4 to 7 would be AH to BH
    put(rex);
  if (map > 0xff)
    put(map >> 8);
  if (map)
    put(map & 255);
  put(opcode);
  const unsigned middle = (reg & 7) << 3;
  if (!operand.memory) {
    put(0xc0 | middle | (base & 7));
    return;
  }
  put(0x80 | middle | (operand.index < 0 ? RDI : 4));
  if (operand.index >= 0)
    put(operand.scale << 6 | (index & 7) << 3 | RDI);
  put_number(operand.number, 4);
}

// Those of one opcode for bytes and the next one for the rest.
static void put_sized(unsigned size, unsigned map, unsigned opcode, unsigned reg, struct operand operand) {
  put_op(NO_PREFIX, size, map, opcode + (size != BYTE), reg, operand);
}

static void put_immediate(unsigned size) {
  put_number(roll(4) ? roll(128) : roll(1U << 31), size < DOUBLE_WORD ? size : DOUBLE_WORD);
}

// Registers, or memory with or without an index.
static struct operand register_or_memory(void) {
  if (roll(2))
    return in(any());
  struct operand place = anywhere();
  if (roll(3) == 0) {
    place.index = (int)any();
    place.scale = roll(3);
    place.number = MEMORY_AT + roll(MEMORY - 63 * 4 - 16);
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x83, 4,
           in((unsigned)place.index)); // and INDEX, 63
    put(63);
    flags_known = true;
  }
  return place;
}

static void need_flags(void) {
  if (!flags_known)
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x39, any(), in(any())); // cmp
  flags_known = true;
}

static void put_arithmetic(void) {
  const unsigned size = any_size(), operation = roll(8);
  const struct operand operand = register_or_memory();
  if (operation == 2 || operation == 3) // adc, sbb
    need_flags();
  switch (roll(3)) {
  case 0: put_sized(size, 0, operation * 8, any(), operand); break;
  case 1: put_sized(size, 0, operation * 8 + 2, any(), operand); break;
  default: put_sized(size, 0, 0x80, operation, operand); put_immediate(size);
  }
  flags_known = true;
}

static void put_one_operand(void) {
  const unsigned size = any_size();
  const struct operand operand = register_or_memory();
  switch (roll(5)) {
  case 0: // inc, dec: they leave the carry
    put_sized(size, 0, 0xfe, roll(2), operand);
    break;
  case 1: put_sized(size, 0, 0xf6, 2, operand); break; // not
  case 2:                                              // neg
    put_sized(size, 0, 0xf6, 3, operand);
    flags_known = true;
    break;
  case 3: // test
    put_sized(size, 0, 0x84, any(), operand);
    flags_known = true;
    break;
  default:
    put_sized(size, 0, 0xf6, 0, operand);
    put_immediate(size);
    flags_known = true;
  }
}

static void put_shift(void) {
  const unsigned size = any_size(), operation = roll(8);
  const struct operand operand = register_or_memory();
  if (operation == 2 || operation == 3) // rcl, rcr
    need_flags();
  switch (roll(4)) {
  case 0:
    put_sized(size, 0, 0xd0, operation, operand); // by 1
    break;
  case 1:
    put_sized(size, 0, 0xd2, operation, operand); // by CL
    flags_known = false;
    break;
  case 2: // shld, shrd
    put_op(NO_PREFIX, size < DOUBLE_WORD ? DOUBLE_WORD : size, 0x0f, 0xa4 + 8 * roll(2), any(), operand);
    put(roll(64));
    flags_known = false;
    break;
  default:
    put_sized(size, 0, 0xc0, operation, operand);
    put(roll(64));
    flags_known = false;
  }
}

// So that it is not 0.
static void put_odd(unsigned number) {
  put_op(NO_PREFIX, QUAD_WORD, 0, 0x83, 1, in(number)); // or
  put(1);
}

// div or idiv of 0:RAX, which is positive, by an odd number.
static void put_quotient(unsigned size, unsigned divisor, bool has_sign) {
  if (has_sign)
    put_op(NO_PREFIX, size, 0, 0xd1, 5, in(RAX)); // shr
  put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x31, RDX, in(RDX));
  put_odd(divisor);
  put_op(NO_PREFIX, size, 0, 0xf7, has_sign ? 7 : 6, in(divisor));
}

static void put_product(void) {
  const unsigned size = any_size(), wide = size == BYTE ? WORD : size;
  const struct operand operand = register_or_memory();
  unsigned divisor = any();
  while (divisor == RAX || divisor == RDX)
    divisor = any();
  switch (roll(5)) {
  case 0: put_op(NO_PREFIX, wide, 0x0f, 0xaf, any(), operand); break;
  case 1:
    put_op(NO_PREFIX, wide, 0, 0x69, any(), operand);
    put_immediate(wide);
    break;
  case 2: put_sized(size, 0, 0xf6, 4 + roll(2), operand); break;
  case 3: put_quotient(wide < DOUBLE_WORD ? DOUBLE_WORD : wide, divisor, false); break;
  default: put_quotient(wide < DOUBLE_WORD ? DOUBLE_WORD : wide, divisor, true);
  }
  flags_known = false;
}

static void put_move(void) {
  const unsigned size = any_size(), wide = size == BYTE ? WORD : size;
  const struct operand operand = register_or_memory();
  switch (roll(9)) {
  case 0: put_sized(size, 0, 0x88, any(), operand); break;
  case 1: put_sized(size, 0, 0x8a, any(), operand); break;
  case 2:
    put_sized(size, 0, 0xc6, 0, operand);
    put_immediate(size);
    break;
  case 3: put_op(NO_PREFIX, wide, 0x0f, (roll(2) ? 0xb6 : 0xbe), any(), in(RAX + roll(4))); break;
  case 4:
    put_op(NO_PREFIX, wide < DOUBLE_WORD ? DOUBLE_WORD : wide, 0x0f, (roll(2) ? 0xb7 : 0xbf), any(), operand);
    break;
  case 5: put_op(NO_PREFIX, QUAD_WORD, 0, 0x63, any(), operand); break;                       // movsxd
  case 6: put_sized(size, 0, 0x86, any(), operand.memory ? in_a_line(size) : operand); break; // xchg
  case 7:                                                                                     // xadd
    put_sized(size, 0x0f, 0xc0, any(), operand);
    flags_known = true;
    break;
  default: // cmpxchg
    put_sized(size, 0x0f, 0xb0, any(), operand);
    flags_known = true;
  }
}

// lea, of registers that hold no address.
static void put_address(void) {
  const unsigned to = any(), base = any(), index = any();
  put(0x40 | roll(2) << 3 | to >> 3 << 2 | index >> 3 << 1 | base >> 3);
  put(0x8d);
  put(0x80 | (to & 7) << 3 | 4);
  put(roll(4) << 6 | (index & 7) << 3 | (base & 7));
  put_immediate(DOUBLE_WORD);
}

static void put_condition(void) {
  const struct operand operand = register_or_memory();
  need_flags();
  switch (roll(4)) {
  case 0: put_op(NO_PREFIX, BYTE, 0x0f, 0x90 + roll(16), 0, operand); break;
  case 1: put_op(NO_PREFIX, 1U << (1 + roll(3)), 0x0f, 0x40 + roll(16), any(), operand); break;
  case 2: // over a word of four bytes
    put(0x70 + roll(16));
    put(4);
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x83, roll(2) * 5, in(any()));
    put(roll(128));
    break;
  default: { // pushfq; pop; and
    const unsigned to = any();
    put(0x9c);
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x8f, 0, in(to));
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x81, 4, in(to));
    put_number(CARRY_PARITY_ZERO_SIGN_OVERFLOW, 4);
  }
  }
  flags_known = true;
}

static void put_bits(void) {
  const unsigned size = 1U << (1 + roll(3)), from = any();
  switch (roll(5)) {
  case 0: put_op(NO_PREFIX, size, 0x0f, 0xa3 + 8 * roll(4), any(), in(any())); break; // bt, bts, btr, btc
  case 1:
    put_op(NO_PREFIX, size, 0x0f, 0xba, 4 + roll(4), in(any()));
    put(roll(64));
    break;
  case 2: // bsf, bsr of what is not 0
    put_odd(from);
    put_op(NO_PREFIX, size, 0x0f, 0xbc + roll(2), any(), in(from));
    break;
  case 3: put_op(PF3, size == WORD ? DOUBLE_WORD : size, 0x0f, 0xb8, any(), in(any())); break; // popcnt
  default:                                                                                     // bswap
    put(0x48 | from >> 3);
    put(0x0f);
    put(0xc8 | (from & 7));
  }
  flags_known = false;
}

static void put_stack_or_text(void) {
  static const uint8_t EXTENSIONS[] = {0x98, 0x99};
  switch (roll(4)) {
  case 0: // push, push, pop, pop
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xff, 6, register_or_memory());
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xff, 6, in(any()));
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x8f, 0, in(any()));
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x8f, 0, roll(2) ? in(any()) : anywhere());
    break;
  case 1: // cbw to cqo
    if (roll(2))
      put(roll(2) ? 0x48 : 0x66);
    put(EXTENSIONS[roll(2)]);
    break;
  case 2: // rep movsb or stosq of some words, RSI and RDI kept
    put(0x56);
    put(0x57);
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x8d, RSI, at(MEMORY_AT + roll(MEMORY / 2)));
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x8d, RDI, at(MEMORY_AT + roll(MEMORY / 2)));
    put(0xb9); // mov ecx
    put_number(roll(40), 4);
    put(0xf3);
    if (roll(2)) {
      put(0x48);
      put(0xab);
    } else {
      put(0xa4);
    }
    put(0x5f);
    put(0x5e);
    break;
  default: put_op(PF2, roll(2) ? DOUBLE_WORD : QUAD_WORD, 0x0f38, 0xf1, any(), in(any())); break; // crc32
  }
}

static struct operand vector_or_memory(void) {
  return roll(3) ? in(vector()) : aligned();
}

static void put_vector_integer(void) {
  static const uint8_t PLAIN[] = {
      0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x74, 0x75, 0x76, 0xd1, 0xd2,
      0xd3, 0xd4, 0xd5, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe8, 0xe9,
      0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe};
  static const uint8_t NEWER[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
                                  0x10, 0x14, 0x15, 0x17, 0x1c, 0x1d, 0x1e, 0x20, 0x21, 0x22, 0x23, 0x24,
                                  0x25, 0x28, 0x29, 0x2b, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x38,
                                  0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41};
  static const uint8_t WITH_IMMEDIATE[] = {0x0c, 0x0d, 0x0e, 0x0f, 0x42};
  static const uint8_t SHIFTS[][2] = {{0x71, 2}, {0x71, 4}, {0x71, 6}, {0x72, 2}, {0x72, 4},
                                      {0x72, 6}, {0x73, 2}, {0x73, 3}, {0x73, 6}, {0x73, 7}};
  static const uint8_t SHUFFLES[] = {P66, PF2, PF3};
  static const uint8_t DOUBLED[][2] = {{PF2, 0x12}, {PF3, 0x12}, {PF3, 0x16}};
  switch (roll(10)) {
  case 0:
  case 1:
  case 2: put_op(P66, DOUBLE_WORD, 0x0f, PLAIN[roll(sizeof PLAIN)], vector(), vector_or_memory()); break;
  case 3:
  case 4: {
    const unsigned opcode = NEWER[roll(sizeof NEWER)];
    put_op(P66, DOUBLE_WORD, 0x0f38, opcode, vector(), vector_or_memory());
    flags_known = flags_known || opcode == 0x17;
    break;
  }
  case 5:
    put_op(P66, DOUBLE_WORD, 0x0f3a, WITH_IMMEDIATE[roll(sizeof WITH_IMMEDIATE)], vector(), vector_or_memory());
    put(roll(256));
    break;
  case 6: {
    const uint8_t *shift = SHIFTS[roll(sizeof SHIFTS / sizeof *SHIFTS)];
    put_op(P66, DOUBLE_WORD, 0x0f, shift[0], shift[1], in(vector()));
    put(roll(70));
    break;
  }
  case 7: // shufps, shufpd
    put_op(roll(2) ? NO_PREFIX : P66, DOUBLE_WORD, 0x0f, 0xc6, vector(), vector_or_memory());
    put(roll(256));
    break;
  case 8: { // movddup, movsldup, movshdup
    const uint8_t *doubled = DOUBLED[roll(3)];
    put_op(doubled[0], DOUBLE_WORD, 0x0f, doubled[1], vector(), vector_or_memory());
    break;
  }
  default: put_op(SHUFFLES[roll(3)], DOUBLE_WORD, 0x0f, 0x70, vector(), vector_or_memory()); put(roll(256));
  }
}

static void put_vector_move(void) {
  const unsigned size = roll(2) ? DOUBLE_WORD : QUAD_WORD;
  static const uint8_t PREFIXES[] = {NO_PREFIX, P66, PF2, PF3};
  switch (roll(11)) {
  case 0: put_op(P66, size, 0x0f, 0x6e, vector(), register_or_memory()); break;
  case 1: put_op(P66, size, 0x0f, 0x7e, vector(), register_or_memory()); break;
  case 2:
    put_op(PREFIXES[roll(4)], DOUBLE_WORD, 0x0f, 0x10 + roll(2), vector(), roll(2) ? in(vector()) : anywhere());
    break;
  case 3: put_op(PREFIXES[roll(2)], DOUBLE_WORD, 0x0f, 0x28 + roll(2), vector(), vector_or_memory()); break;
  case 4: put_op(PREFIXES[roll(2)], DOUBLE_WORD, 0x0f, "\x12\x13\x16\x17"[roll(4)], vector(), anywhere()); break;
  case 5: put_op(P66, DOUBLE_WORD, 0x0f, 0xd7, any(), in(vector())); break;                       // pmovmskb
  case 6: put_op(roll(2) ? NO_PREFIX : P66, DOUBLE_WORD, 0x0f, 0x50, any(), in(vector())); break; // movmskps, movmskpd
  case 7:                                                                                         // pinsrw
    put_op(P66, DOUBLE_WORD, 0x0f, 0xc4, vector(), roll(2) ? in(any()) : anywhere());
    put(roll(8));
    break;
  case 8: // pinsrb, pinsrd, pinsrq
    put_op(P66, size, 0x0f3a, 0x20 + 2 * roll(2), vector(), roll(2) ? in(any()) : anywhere());
    put(roll(16));
    break;
  case 9: // insertps
    put_op(P66, DOUBLE_WORD, 0x0f3a, 0x21, vector(), roll(2) ? in(vector()) : anywhere());
    put(roll(256));
    break;
  default: // pextrb to pextrq
    put_op(P66, size, 0x0f3a, 0x14 + roll(3), vector(), in(any()));
    put(roll(16));
  }
}

static void put_float(void) {
  static const uint8_t OPERATIONS[] = {0x51, 0x58, 0x59, 0x5c, 0x5d, 0x5e, 0x5f, 0x58, 0x59};
  static const uint8_t PREFIXES[] = {NO_PREFIX, P66, PF2, PF3, PF2, PF2};
  static const uint8_t CONVERSIONS[][2] = {{NO_PREFIX, 0x5a}, {P66, 0x5a}, {PF2, 0x5a}, {PF3, 0x5a}, {NO_PREFIX, 0x5b},
                                           {P66, 0x5b},       {PF3, 0x5b}, {P66, 0xe6}, {PF2, 0xe6}, {PF3, 0xe6}};
  const unsigned prefix = PREFIXES[roll(6)], size = roll(2) ? DOUBLE_WORD : QUAD_WORD;
  switch (roll(10)) {
  case 0:
  case 1:
  case 2:
  case 3: put_op(prefix, DOUBLE_WORD, 0x0f, OPERATIONS[roll(sizeof OPERATIONS)], vector(), vector_or_memory()); break;
  case 4: put_op(roll(2) ? NO_PREFIX : P66, DOUBLE_WORD, 0x0f, 0x54 + roll(4), vector(), vector_or_memory()); break;
  case 5:
    put_op(prefix, DOUBLE_WORD, 0x0f, 0xc2, vector(), vector_or_memory());
    put(roll(8));
    break;
  case 6: put_op(PF2 + roll(2), size, 0x0f, 0x2a, vector(), register_or_memory()); break;
  case 7: put_op(PF2 + roll(2), size, 0x0f, 0x2c + roll(2), any(), vector_or_memory()); break;
  case 8: {
    const uint8_t *conversion = CONVERSIONS[roll(sizeof CONVERSIONS / sizeof *CONVERSIONS)];
    put_op(conversion[0], DOUBLE_WORD, 0x0f, conversion[1], vector(), vector_or_memory());
    break;
  }
  default:
    if (roll(2)) { // roundps to roundsd
      put_op(P66, DOUBLE_WORD, 0x0f3a, 8 + roll(4), vector(), vector_or_memory());
      put(roll(16));
    } else { // ucomiss to comisd
      put_op(roll(2) ? NO_PREFIX : P66, DOUBLE_WORD, 0x0f, 0x2e + roll(2), vector(), vector_or_memory());
      flags_known = true;
    }
  }
}

static void put_control(unsigned control) {
  put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xc7, 0, at(CONTROL_AT));
  put_number(control, 4);
  put_op(NO_PREFIX, DOUBLE_WORD, 0x0f, 0xae, 2, at(CONTROL_AT)); // ldmxcsr
}

static void put_rest(void) {
  switch (roll(12)) {
  case 0: put_control(DEFAULT_CONTROL | roll(4) << 13 | (roll(4) ? 0 : roll(2) << 15 | roll(2) << 6)); break;
  case 1: put_op(NO_PREFIX, DOUBLE_WORD, 0x0f, 0xae, 3, anywhere()); break; // stmxcsr
  default: put_stack_or_text();
  }
}

#include "random_x87.h"

static void (*const KINDS[])(void) = {put_arithmetic, put_one_operand,   put_shift, put_product,        put_move,
                                      put_address,    put_condition,     put_bits,  put_vector_integer, put_vector_move,
                                      put_float,      put_rest,          put_x87,   put_arithmetic,     put_move,
                                      put_condition,  put_vector_integer};

unsigned make_program(uint8_t *place) {
  code = place;
  used = 0;
  for (unsigned i = 0; i < sizeof KEPT; i++)
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xff, 6, in(KEPT[i]));
  for (unsigned i = 0; i < NUMBERS; i++)
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x8b, REGISTERS[i], at(i * 8));
  for (unsigned i = 0; i < VECTORS; i++)
    put_op(NO_PREFIX, DOUBLE_WORD, 0x0f, 0x28, i, at(VECTORS_AT + i * 16));
  const unsigned again = used;
  // Something new in each round, so that it does not come to rest.
  const unsigned fresh = any();
  put_op(NO_PREFIX, QUAD_WORD, 0, 0x69, fresh, in(fresh));
  put_number(0x01000193, 4);
  put_op(NO_PREFIX, QUAD_WORD, 0, 0x01, RSI, in(fresh));
  put_op(NO_PREFIX, QUAD_WORD, 0, 0x31, fresh, aligned());
  begin_x87();
  flags_known = true;
  // Of a few kinds only: what is not translated ends a unit.
  unsigned chosen[CHOSEN];
  for (unsigned i = 0; i < CHOSEN; i++)
    chosen[i] = roll(sizeof KINDS / sizeof *KINDS);
  for (unsigned i = 0; i < LENGTH; i++)
    KINDS[chosen[roll(CHOSEN)]]();
  put_op(NO_PREFIX, DOUBLE_WORD, 0, 0xff, 1, in(RSI));
  put(0x0f);
  put(0x85);
  put_number(again - (used + 4), 4);
  for (unsigned i = 0; i < NUMBERS; i++)
    put_op(NO_PREFIX, QUAD_WORD, 0, 0x89, REGISTERS[i], at(i * 8));
  for (unsigned i = 0; i < VECTORS; i++)
    put_op(NO_PREFIX, DOUBLE_WORD, 0x0f, 0x29, i, at(VECTORS_AT + i * 16));
  end_x87();
  put_op(NO_PREFIX, DOUBLE_WORD, 0x0f, 0xae, 3, at(CONTROL_AT + 4));
  put_control(DEFAULT_CONTROL);
  for (unsigned i = sizeof KEPT; i-- > 0;)
    put_op(NO_PREFIX, DOUBLE_WORD, 0, 0x8f, 0, in(KEPT[i]));
  put(0xc3);
  return used;
}
