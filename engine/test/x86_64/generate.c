#include "generate.h"

#include "cpu/x86_64/cpu.h"
#include "undefined.h"

#include <string.h>

static uint64_t random_state;

void random_seed(uint64_t seed) {
  random_state = seed * 2 + 1;
}

// splitmix64
uint64_t random_bits(void) {
  uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

unsigned random_below(unsigned limit) {
  return (unsigned)(random_bits() % limit);
}

// Values near the edges are where arithmetic goes wrong.
static uint64_t interesting(void) {
  static const uint64_t EDGES[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
  switch (random_below(6)) {
  case 0: return EDGES[random_below(sizeof EDGES / sizeof EDGES[0])] + random_below(3) - 1;
  case 1: return 0 - EDGES[random_below(sizeof EDGES / sizeof EDGES[0])];
  case 2: return UINT64_C(1) << random_below(64);
  case 3: return random_below(256);
  case 4: return random_bits() >> random_below(64);
  default: return random_bits();
  }
}

static uint32_t interesting_single(void) {
  static const uint32_t EDGES[] = {0x00000000, 0x3f800000, 0x7f800000, 0x7fc00000, 0x7f800001, 0x00800000,
                                   0x007fffff, 0x00000001, 0x7f7fffff, 0x4b000000, 0x4f000000, 0x5f000000,
                                   0x40490fdb, 0x3f000000, 0x3fc00000, 0x34000000};
  const uint32_t sign = (uint32_t)random_bits() & 0x80000000;
  if (random_below(3) == 0)
    return sign | EDGES[random_below(16)];
  if (random_below(3) == 0)
    return sign | (uint32_t)(120 + random_below(40)) << 23 |
           (uint32_t)(random_bits() & 0x7fffff) << random_below(23) % 23;
  return (uint32_t)random_bits();
}

static uint64_t interesting_double(void) {
  static const uint64_t EDGES[] = {0x0000000000000000, 0x3ff0000000000000, 0x7ff0000000000000, 0x7ff8000000000000,
                                   0x7ff0000000000001, 0x0010000000000000, 0x000fffffffffffff, 0x0000000000000001,
                                   0x7fefffffffffffff, 0x4330000000000000, 0x41e0000000000000, 0x43e0000000000000,
                                   0x400921fb54442d18, 0x3fe0000000000000, 0x3ff8000000000000, 0x3cb0000000000000};
  const uint64_t sign = random_bits() & UINT64_C(1) << 63;
  if (random_below(3) == 0)
    return sign | EDGES[random_below(16)];
  if (random_below(3) == 0)
    return sign | (uint64_t)(1000 + random_below(100)) << 52 | (random_bits() & ((UINT64_C(1) << 52) - 1));
  return random_bits();
}

static void random_vector(uint8_t *bytes) {
  for (unsigned i = 0; i < 16; i += 8) {
    uint64_t value;
    const unsigned kind = random_below(4);
    if (kind == 0) {
      value = interesting_double();
    } else if (kind == 1) {
      value = interesting_single() | (uint64_t)interesting_single() << 32;
    } else {
      value = kind == 2 ? interesting() : random_bits();
    }
    memcpy(bytes + i, &value, 8);
  }
}

// One operand in the middle, one across the pages, one at the end of what may be written, one at the end of all.
static const uint32_t WINDOWS[] = {64, 4096, DATA_WRITABLE, DATA_SIZE};
enum { WINDOW = 64 };

void generate_data(uint8_t *data) {
  for (unsigned i = 0; i < sizeof WINDOWS / sizeof WINDOWS[0] - 1; i++) {
    for (uint32_t at = WINDOWS[i] - WINDOW; at < WINDOWS[i] + WINDOW; at += 16) {
      if (at < DATA_WRITABLE)
        random_vector(data + at);
    }
  }
}

static uint64_t random_address(unsigned alignment) {
  const unsigned kind = random_below(16);
  const uint32_t window = kind < 10 ? WINDOWS[0] : kind < 13 ? WINDOWS[1] : WINDOWS[2 + random_below(2)];
  const uint64_t address = DATA_BASE + window - (kind < 10 ? 0 : random_below(24));
  return random_below(4) ? address & ~(uint64_t)(alignment - 1) : address + random_below(16);
}

bool row_is_testable(const struct x86_row *row) {
  static const char *const SYSTEM[] = {
      "in",      "out",     "ins",      "outs",    "int",     "int3",    "int1",     "iret",   "retf", "syscall",
      "sysret",  "rdtsc",   "rdtscp",   "cpuid",   "sgdt",    "sidt",    "sldt",     "str",    "smsw", "push fs",
      "pop fs",  "push gs", "pop gs",   "verr",    "verw",    "lar",     "lsl",      "swapgs", "ud1",  "ldmxcsr",
      "fxrstor", "fxsave",  "rcpps",    "rcpss",   "rsqrtps", "rsqrtss", "lmsw",     "lldt",   "ltr",  "invlpg",
      "lgdt",    "lidt",    "call far", "jmp far", "lss",     "lfs",     "lgs",      "les",    "lds",  "push es",
      "pop es",  "push cs", "push ss",  "pop ss",  "push ds", "pop ds",  "sysenter", "sysexit"};
  for (unsigned i = 0; i < sizeof SYSTEM / sizeof SYSTEM[0]; i++) {
    if (strcmp(row->mnemonic, SYSTEM[i]) == 0)
      return false;
  }
  return !strpbrk(row->operands, "SCD");
}

static void append(struct test_case *result, uint64_t value, unsigned size) {
  memcpy(result->bytes + result->length, &value, size);
  result->length += size;
}

// Stores that the table does not show as such are not refused in a code segment.
static bool can_be_in_code(const struct x86_row *row) {
  return row->emit != EMIT_ADDRESS && strncmp(row->mnemonic, "maskmov", 7) != 0;
}

static void append_prefixes(const struct x86_row *row, enum code code, struct test_case *result) {
  static const uint8_t SEGMENTS[] = {0x26, 0x36, 0x3e, 0x2e};
  enum { NONE, P66, F3, F2, ANY };
  const bool loop = strncmp(row->mnemonic, "loop", 4) == 0 || strcmp(row->mnemonic, "jrcxz") == 0;
  const bool string = row->emit == EMIT_STRING && !loop;
  if (random_below(8) == 0)
    append(result, 0x65, 1);
  else if (code != CODE_LONG && random_below(4) == 0)
    append(result, SEGMENTS[random_below(can_be_in_code(row) ? 4 : 3)], 1);
  if (random_below(10) == 0)
    append(result, 0x67, 1);
  if ((row->attributes & ROW_LOCK) && random_below(8) == 0)
    append(result, 0xf0, 1);
  const bool near_jump =
      code == CODE_LONG && (loop || row->emit == EMIT_JCC || row->emit == EMIT_JUMP || row->emit == EMIT_CALL);
  if (row->prefix == P66 || (row->prefix == ANY && !near_jump && random_below(4) == 0))
    append(result, 0x66, 1);
  if (row->prefix == F3 || (string && random_below(3) == 0))
    append(result, 0xf3, 1);
  else if (row->prefix == F2 || (string && random_below(3) == 0))
    append(result, 0xf2, 1);
  if (code == CODE_LONG && random_below(2))
    append(result, 0x40 | (random_bits() & 15), 1);
}

static void append_opcode(const struct x86_row *row, struct test_case *result) {
  const unsigned map = row->opcode >> 8;
  if (map > 0)
    append(result, 0x0f, 1);
  if (map > 1)
    append(result, map == 2 ? 0x38 : 0x3a, 1);
  append(result, row->opcode & 0xff, 1);
}

static void append_modrm(const struct x86_row *row, struct test_case *result) {
  uint8_t modrm = (uint8_t)random_bits();
  if (row->extension & 0x100)
    modrm = row->extension & 0xff;
  else if (!(row->extension & 0x200))
    modrm = (uint8_t)((modrm & 0xc7) | (row->extension & 7) << 3);
  if ((row->extension & 0x308) == 8 || strchr(row->operands, 'M'))
    modrm = modrm >= 0xc0 ? modrm - 0x40 : modrm;
  if ((row->extension & 0x310) == 16)
    modrm |= 0xc0;
  append(result, modrm, 1);
}

static uint64_t base_of(const struct test_case *result, int segment) {
  if (segment == SEG_GS)
    return GS_BASE;
  if (result->before.code != CODE_32_SEGMENTS)
    return 0;
  return segment == SEG_ES ? ES_BASE : segment == SEG_DS ? DS_BASE : 0;
}

static uint64_t base_of_operand(const struct test_case *result) {
  const struct x86_insn *insn = &result->insn;
  const bool stack = insn->base == RSP || insn->base == RBP;
  return base_of(result, insn->segment >= 0 ? insn->segment : stack ? SEG_SS : SEG_DS);
}

// Gives the registers of the address values whose sum is in the data.
static void aim(struct test_case *result, unsigned alignment) {
  struct x86_insn *insn = &result->insn;
  uint64_t *r = result->before.r, address = random_address(alignment);
  uint64_t rest = address - (uint64_t)insn->displacement - base_of_operand(result);
  if (insn->row->emit == EMIT_BIT && insn->operands[1].kind == OPERAND_REGISTER)
    r[insn->operands[1].number] = random_below(256) - UINT64_C(128);
  if (insn->index >= 0 && insn->index != insn->base) {
    r[insn->index] = insn->base >= 0 ? random_bits() % 64 - 32 : rest >> insn->scale;
    rest -= r[insn->index] << insn->scale;
  }
  if (insn->base >= 0)
    r[insn->base] = rest;
}

static void aim_string(struct test_case *result) {
  uint64_t *r = result->before.r;
  const uint64_t base = base_of_operand(result), extra = base_of(result, SEG_ES);
  r[RSI] = random_address(1) - base;
  r[RDI] = (random_below(3) ? random_address(1) : r[RSI] + base + random_below(16)) - extra;
  r[RCX] = random_below(8) ? random_below(20) : random_bits() & ~UINT64_C(0xffffff);
  if (strncmp(result->insn.row->mnemonic, "maskmov", 7) == 0) // which byte is looked at first?
    r[RDI] = DATA_BASE + 512 + random_below(16) - base;
  if (strcmp(result->insn.row->mnemonic, "xlat") == 0)
    r[RBX] = random_address(1) - base;
}

static void random_registers(struct state *state) {
  for (unsigned i = 0; i < 16; i++)
    state->r[i] = interesting();
  if (random_below(8))
    state->r[RSP] = random_address(8);
  if (random_below(8))
    state->r[RBP] = random_address(8);
  state->flags = (random_bits() & (FLAGS_ARITHMETIC | FLAG_DF)) | FLAG_ONE | FLAG_IF;
  if (random_below(4))
    state->flags &= ~FLAG_DF;
  for (unsigned i = 0; i < 16; i++)
    random_vector(state->fxsave + FXSAVE_XMM0 + i * 16);
  uint32_t mxcsr = 0x1f80;
  if (random_below(2))
    mxcsr = (uint32_t)random_bits() & 0xffff;
  if (random_below(4))
    mxcsr |= 0x1f80;
  memcpy(state->fxsave + FXSAVE_MXCSR, &mxcsr, 4);
  const uint32_t mask = 0xffff;
  memcpy(state->fxsave + FXSAVE_MXCSR + 4, &mask, 4);
}

static void random_extended(uint8_t *bytes) {
  static const uint64_t SIGNIFICANDS[] = {0,          UINT64_C(1) << 63,       UINT64_C(3) << 62,
                                          UINT64_MAX, (UINT64_C(1) << 63) + 1, 1};
  uint64_t significand = random_below(3) ? random_bits() : SIGNIFICANDS[random_below(6)];
  uint16_t exponent = (uint16_t)(16383 - 70 + (int)random_below(140));
  switch (random_below(12)) {
  case 0: exponent = 0; break;
  case 1: exponent = 0x7fff; break;
  case 2: exponent = (uint16_t)(random_bits() & 0x7fff); break;
  default: break;
  }
  if (exponent != 0 && random_below(16))
    significand |= UINT64_C(1) << 63;
  exponent |= (uint16_t)(random_bits() & 0x8000);
  memcpy(bytes, &significand, 8);
  memcpy(bytes + 8, &exponent, 2);
}

// Mostly what programs set: all masked, 64 or 53 bits.
static void random_x87(struct state *state) {
  uint16_t control = 0x37f, status = (uint16_t)(random_bits() & 0x7f00);
  if (random_below(3) == 0)
    control = (uint16_t)((random_bits() & 0x0f3f) | 0x40);
  if (random_below(2) == 0)
    control |= 0x3f;
  if (random_below(4) == 0)
    status |= random_bits() & control & 0x3f; // nothing pending
  if (random_below(64) == 0)
    status |= random_bits() & 0x3f;
  if (status & 0x3f & ~control)
    status |= 0x8080;
  memcpy(state->fxsave, &control, 2);
  memcpy(state->fxsave + 2, &status, 2);
  state->fxsave[4] = random_below(3) ? 0xff : (uint8_t)random_bits();
  if (random_below(3)) // room to push
    state->fxsave[4] &= (uint8_t)~(1 << (((status >> 11 & 7) + 7) & 7));
  for (unsigned i = 0; i < 8; i++)
    random_extended(state->fxsave + FXSAVE_ST0 + i * 16);
}

static void nothing_pending(struct state *state) {
  state->fxsave[2] &= (uint8_t)(state->fxsave[0] & 0x3f);
  state->fxsave[3] &= 0x7f;
}

// Functions whose result is undefined beyond some argument, or depends on how many bits of pi a processor has.
static void limit_top(const struct x86_row *row, struct state *state) {
  static const struct {
    const char *mnemonic;
    uint16_t exponent; // biased, the argument stays below
  } LIMITS[] = {{"f2xm1", 16383}, {"fyl2xp1", 16381}, {"fsin", 16385},
                {"fcos", 16385},  {"fsincos", 16385}, {"fptan", 16385}};
  uint16_t exponent;
  memcpy(&exponent, state->fxsave + FXSAVE_ST0 + 8, 2);
  for (unsigned i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++) {
    const uint16_t biased = exponent & 0x7fff;
    if (strcmp(row->mnemonic, LIMITS[i].mnemonic) == 0 && biased >= LIMITS[i].exponent && biased != 0x7fff)
      exponent = (uint16_t)((exponent & 0x8000) | (LIMITS[i].exponent - 1 - biased % 50));
  }
  memcpy(state->fxsave + FXSAVE_ST0 + 8, &exponent, 2);
  // Close to the least normal the last bits decide on exceptions.
  if (is_approximate(row)) {
    state->fxsave[0] |= 0x3f;
    nothing_pending(state);
    for (unsigned i = 0; i < 2; i++) {
      uint8_t *exponent_high = &state->fxsave[FXSAVE_ST0 + i * 16 + 9];
      if ((*exponent_high & 0x7f) == 0)
        *exponent_high |= 0x20;
    }
  }
  if (strcmp(row->mnemonic, "fscale") == 0) // an adjusted result can be out of range again
    state->fxsave[0] |= 0x18;
}

static bool has_modrm(const struct x86_row *row) {
  return row->extension != 0x200 || strpbrk(row->operands, "EGMHRSCDVWUPQBF");
}

// 32-bit code has eight registers of 32 bits; what is above them is nobody's.
static void narrow(struct test_case *result) {
  for (unsigned i = 0; i < 16; i++)
    result->before.r[i] = i < 8 ? (uint32_t)result->before.r[i] : 0;
}

bool generate(const struct x86_row *row, enum code code, struct test_case *result) {
  memset(result, 0, sizeof *result);
  result->before.code = code;
  append_prefixes(row, code, result);
  append_opcode(row, result);
  if (has_modrm(row))
    append_modrm(row, result);
  // SIB, displacement and immediates: jumps go a little forward, to another UD2.
  uint64_t rest[2] = {random_bits(), random_bits()};
  if (strchr(row->operands, 'J'))
    rest[0] = 0x40;
  if (strcmp(row->mnemonic, "enter") == 0) // few levels and little room as a rule
    rest[0] &= rest[1] & 3 ? 0x03001f : 0x1f00ff;
  memcpy(result->bytes + result->length, rest, 15 - result->length);
  if (x86_decode(result->bytes, 15, code != CODE_LONG, &result->insn) != DECODED || result->insn.row != row)
    return false;
  result->length = result->insn.length;
  random_registers(&result->before);
  random_x87(&result->before);
  if (result->insn.operands[1].kind == OPERAND_MEMORY && result->insn.operands[1].size == 4)
    nothing_pending(&result->before); // CVTTPD2PI: the emulator looks at the operand's alignment before #MF
  limit_top(row, &result->before);
  if (memchr(row->operands, 'E', strlen(row->operands)) || strpbrk(row->operands, "MHWQ")) {
    unsigned alignment = 1;
    for (unsigned i = 0; i < X86_OPERANDS; i++) {
      if (result->insn.operands[i].kind == OPERAND_MEMORY)
        alignment = 1U << result->insn.operands[i].size;
    }
    aim(result, alignment);
  }
  if (row->emit == EMIT_STRING)
    aim_string(result);
  else if (random_below(16) == 0) // a trap behind the instruction; repeated ones have it after each element
    result->before.flags |= FLAG_TF;
  if (code != CODE_LONG)
    narrow(result);
  return true;
}
