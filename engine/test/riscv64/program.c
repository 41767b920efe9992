#include "program.h"

#include <string.h>

const struct instruction INSTRUCTIONS[RV_CODES] = {
#define INSN(code, mask, match, format, mnemonic, extension)                                                           \
  [RV_##code] = {mask, match, RV_FMT_##format, (#extension)[0]},
#include "cpu/riscv64/insn.inc"
#undef INSN
};

static uint8_t emitted[RV_CODES];
static uint8_t emitted_compressed[1 << 16]; // by the row's match, which no two rows share

// splitmix64
uint64_t random_bits(struct program *program) {
  uint64_t z = program->random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

unsigned random_below(struct program *program, unsigned limit) {
  return (unsigned)(random_bits(program) % limit);
}

int32_t random_between(struct program *program, int32_t least, int32_t most) {
  return least + (int32_t)random_below(program, (unsigned)(most - least + 1));
}

void put(struct program *program, uint32_t at, uint32_t bits) {
  memcpy(program->image + at, &bits, riscv_length(bits));
}

uint32_t bits_at(const struct program *program, uint32_t at) {
  uint32_t bits;
  memcpy(&bits, program->image + at, sizeof bits);
  return riscv_length(bits) == 2 ? bits & 0xffff : bits;
}

void emit(struct program *program, uint32_t bits) {
  put(program, program->at, bits);
  program->at += riscv_length(bits);
  const struct riscv_compressed_row *row = riscv_length(bits) == 2 ? riscv_compressed_row_of((uint16_t)bits) : NULL;
  if (row)
    emitted_compressed[row->match] = 1;
  else
    emitted[riscv_decode(bits).code] = 1;
}

void emit_data(struct program *program, uint64_t value) {
  memcpy(program->image + program->at, &value, sizeof value);
  program->at += sizeof value;
}

int was_emitted(uint16_t code) {
  return emitted[code];
}

int was_emitted_compressed(const struct riscv_compressed_row *row) {
  return emitted_compressed[row->match];
}

// `count` bits of `value` from bit `from`, moved to bit `to`.
static uint32_t field(int32_t value, unsigned from, unsigned count, unsigned to) {
  return ((uint32_t)value >> from & ((1U << count) - 1)) << to;
}

uint32_t encode_r(uint16_t code, unsigned rd, unsigned rs1, unsigned rs2) {
  return INSTRUCTIONS[code].match | rd << 7 | rs1 << 15 | rs2 << 20;
}

uint32_t encode_i(uint16_t code, unsigned rd, unsigned rs1, int32_t immediate) {
  return INSTRUCTIONS[code].match | rd << 7 | rs1 << 15 | field(immediate, 0, 12, 20);
}

uint32_t encode_s(uint16_t code, unsigned rs1, unsigned rs2, int32_t immediate) {
  return INSTRUCTIONS[code].match | rs1 << 15 | rs2 << 20 | field(immediate, 5, 7, 25) | field(immediate, 0, 5, 7);
}

uint32_t encode_u(uint16_t code, unsigned rd, int32_t immediate) {
  return INSTRUCTIONS[code].match | rd << 7 | ((uint32_t)immediate & 0xfffff000);
}

uint32_t branch_offset(int32_t offset) {
  return field(offset, 12, 1, 31) | field(offset, 5, 6, 25) | field(offset, 1, 4, 8) | field(offset, 11, 1, 7);
}

uint32_t jump_offset(int32_t offset) {
  return field(offset, 20, 1, 31) | field(offset, 1, 10, 21) | field(offset, 11, 1, 20) | field(offset, 12, 8, 12);
}

uint32_t compressed_branch_offset(int32_t offset) {
  return field(offset, 8, 1, 12) | field(offset, 3, 2, 10) | field(offset, 6, 2, 5) | field(offset, 1, 2, 3) |
         field(offset, 5, 1, 2);
}

uint32_t compressed_jump_offset(int32_t offset) {
  return field(offset, 11, 1, 12) | field(offset, 4, 1, 11) | field(offset, 8, 2, 9) | field(offset, 10, 1, 8) |
         field(offset, 6, 1, 7) | field(offset, 7, 1, 6) | field(offset, 1, 3, 3) | field(offset, 5, 1, 2);
}
