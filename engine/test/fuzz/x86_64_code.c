#include "x86_64_code.h"

#include "cpu/x86_64/cpu.h"
#include "generate.h"

#include <string.h>

struct program_text {
  uint8_t *bytes;
  unsigned length;
};

static void put(struct program_text *code, uint64_t value, unsigned size) {
  memcpy(code->bytes + code->length, &value, size);
  code->length += size;
}

// mov register, imm64
static void put_load(struct program_text *code, unsigned number, uint64_t value) {
  put(code, 0x48 | (number >> 3), 1);
  put(code, 0xb8 | (number & 7), 1);
  put(code, value, 8);
}

static void put_control(struct dice *dice, struct program_text *code, uint64_t cr3) {
  const uint64_t cr0 = (CR0_PE | CR0_PG | CR0_NE | CR0_ET) | (roll_bits(dice) & (CR0_WP | CR0_MP | CR0_AM)) |
                       (one_in(dice, 4) ? roll_bits(dice) & (CR0_TS | CR0_EM) : 0);
  const uint64_t cr4 =
      CR4_PAE | (one_in(dice, 4) ? 0 : CR4_OSFXSR) | (roll_bits(dice) & (CR4_PGE | CR4_TSD | CR4_DE | CR4_OSXMMEXCPT));
  static const uint8_t NUMBERS[] = {0, 2, 3, 4, 8};
  const unsigned number = NUMBERS[roll(dice, 5)];
  const uint64_t value = number == 0   ? cr0
                         : number == 3 ? cr3
                         : number == 4 ? cr4
                                       : roll_value(dice) & (number == 8 ? 0x1f : UINT64_MAX);
  put_load(code, RAX, one_in(dice, 20) ? roll_value(dice) : value);
  if (number == 8)
    put(code, 0x44, 1);
  put(code, 0x220f, 2); // mov cr, rax
  put(code, 0xc0 | (number & 7) << 3, 1);
}

static void put_msr(struct dice *dice, struct program_text *code) {
  static const uint32_t NUMBERS[] = {0x10,       0x17,       0x1b,       0x8b,       0x174,      0x175,      0x176,
                                     0x1a0,      0x277,      0x6e0,      0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083,
                                     0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103};
  const uint32_t number = NUMBERS[roll(dice, sizeof NUMBERS / sizeof NUMBERS[0])];
  put_load(code, RCX, number);
  if (one_in(dice, 3)) {
    put(code, 0x320f, 2); // rdmsr
    return;
  }
  const bool efer = number == 0xc0000080;
  put_load(code, RAX, efer ? EFER_LME | (roll_bits(dice) & (EFER_SCE | EFER_NXE)) : roll_value(dice));
  put_load(code, RDX, efer || one_in(dice, 2) ? 0 : one_in(dice, 2) ? UINT32_MAX : roll_value(dice));
  put(code, 0x300f, 2); // wrmsr
}

static void put_debug(struct dice *dice, struct program_text *code) {
  const unsigned number = roll(dice, 8);
  put_load(code, RAX,
           number >= 6 ? roll_bits(dice) & (one_in(dice, 2) ? 0 : 0xffff00ff) : 0x10000 + roll(dice, 0x10000));
  put(code, 0x230f, 2); // mov dr, rax
  put(code, 0xc0 | number << 3, 1);
}

// pushf; or, and or xor of its upper byte; popf
static void put_flags(struct dice *dice, struct program_text *code) {
  put(code, 0x9c, 1);
  put(code, 0x4c80 | roll(dice, 2) << 13, 2); // or or and byte [rsp + 1]
  put(code, 0x0124, 2);
  put(code, roll_bits(dice) & (one_in(dice, 4) ? 0x7f : 0x36), 1);
  put(code, 0x9d, 1);
}

// A branch over some instructions or back.
static void put_branch(struct dice *dice, struct program_text *code) {
  switch (roll(dice, 4)) {
  case 0: put(code, 0xeb, 1); break;
  case 1: put(code, 0xe0 + roll(dice, 4), 1); break; // loops, jrcxz
  default: put(code, 0x70 + roll(dice, 16), 1); break;
  }
  put(code, one_in(dice, 4) ? 0 - (uint64_t)roll(dice, 60) : roll(dice, 60), 1);
}

static void put_random(struct dice *dice, struct program_text *code) {
  put(code, roll_bits(dice), 8);
  put(code, roll_bits(dice), 1 + roll(dice, 6));
}

// Of the decoder's rows, with an address that the registers make good.
static void put_row(struct dice *dice, struct program_text *code) {
  size_t rows;
  const struct x86_row *row = x86_rows(&rows);
  struct test_case made;
  random_seed(roll_bits(dice));
  for (unsigned tries = 0; tries < 40; tries++) {
    if (!generate(row + random_below((unsigned)rows), CODE_LONG, &made))
      continue;
    const bool far = (made.insn.modrm >> 6) == 2 || made.insn.index >= 0 || made.insn.rip_relative;
    const bool memory = made.insn.operands[0].kind == OPERAND_MEMORY || made.insn.operands[1].kind == OPERAND_MEMORY;
    if (memory && far && random_below(8))
      continue;
    memcpy(code->bytes + code->length, made.bytes, made.length);
    code->length += made.length;
    return;
  }
}

unsigned fuzz_instruction(struct dice *dice, uint8_t *bytes, uint64_t cr3) {
  struct program_text code = {.bytes = bytes};
  switch (roll(dice, 64)) {
  case 0: put_control(dice, &code, cr3); break;
  case 1: put_msr(dice, &code); break;
  case 2: put_debug(dice, &code); break;
  case 3: put_flags(dice, &code); break;
  case 4: put_random(dice, &code); break;
  case 5:
  case 6:
  case 7:
  case 8: put_branch(dice, &code); break;
  default: put_row(dice, &code); break;
  }
  return code.length;
}
