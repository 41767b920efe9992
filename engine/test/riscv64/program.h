// A program for RV64 Linux in the making: an image of its memory, and the encoders that fill it. generate.c makes what
// is in it, sequences.c puts it together.
#ifndef TEST_RISCV64_PROGRAM_H
#define TEST_RISCV64_PROGRAM_H

#include "cpu/riscv64/decode.h"
#include "cpu/riscv64/decode_compressed.h"

#include <stdint.h>

#define PROGRAM_BASE UINT64_C(0x80100000) // as run_user.c loads it
enum { IMAGE_SIZE_MAX = 16 << 20 };       // what run_user.c takes
enum { ZERO = 0, RA = 1, SP = 2, GP = 3, TP = 4, A0 = 10, A1 = 11, A2 = 12, A7 = 17, T4 = 29, T5 = 30, T6 = 31 };
// The registers that no generated instruction writes: gp points to the memory that sequences work on, tp links calls.
#define RESERVED_REGISTERS (1U << GP | 1U << TP)

// Memory around gp. What a sequence leaves behind is one record: memory, then all registers, then fcsr.
enum {
  MEMORY_START = -256, // sequences access this and the 511 bytes after it; gp is at a page's start
  MEMORY_SIZE = 512,
  SAVED_X = MEMORY_START + MEMORY_SIZE,
  SAVED_F = SAVED_X + 32 * 8,
  SAVED_FCSR = SAVED_F + 32 * 8,
  RECORD_SIZE = SAVED_FCSR + 8 - MEMORY_START
};

struct program {
  uint8_t *image;
  uint32_t at; // offset in the image of what is emitted next
  uint64_t random;
};

// Rows of insn.inc, by code.
struct instruction {
  uint32_t mask, match;
  uint8_t format; // enum riscv_format
  char extension; // its first letter
};
extern const struct instruction INSTRUCTIONS[RV_CODES];

uint64_t random_bits(struct program *program);
unsigned random_below(struct program *program, unsigned limit);
int32_t random_between(struct program *program, int32_t least, int32_t most);

void emit(struct program *program, uint32_t bits); // 2 or 4 bytes, as its low bits say
void emit_data(struct program *program, uint64_t value);
void put(struct program *program, uint32_t at, uint32_t bits);
uint32_t bits_at(const struct program *program, uint32_t at);
// Whether emit() has seen an instruction with that code, or one of that row of compressed.inc.
int was_emitted(uint16_t code);
int was_emitted_compressed(const struct riscv_compressed_row *row);

uint32_t encode_r(uint16_t code, unsigned rd, unsigned rs1, unsigned rs2);
uint32_t encode_i(uint16_t code, unsigned rd, unsigned rs1, int32_t immediate);
uint32_t encode_s(uint16_t code, unsigned rs1, unsigned rs2, int32_t immediate);
uint32_t encode_u(uint16_t code, unsigned rd, int32_t immediate);
// The immediates of branches and jumps, to be combined with an instruction that has 0 there.
uint32_t branch_offset(int32_t offset);
uint32_t jump_offset(int32_t offset);
uint32_t compressed_branch_offset(int32_t offset);
uint32_t compressed_jump_offset(int32_t offset);

// generate.c: one random sequence of instructions, which ends by running off its end.
void generate_sequence(struct program *program);

#endif
