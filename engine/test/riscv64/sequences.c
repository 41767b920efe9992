// Writes a program of random sequences of RV64GC instructions. Run by the engine's CPU (run_user.c) and by QEMU it must
// write the same: after each sequence a record of memory, all registers and fcsr (program.h). The same arguments give
// the same program.
//
//   sequences FOLDER SEED BLOCK COUNT    FOLDER/image, for run_user; FOLDER/program, the same as an ELF file;
//                                        FOLDER/starts, where each sequence begins: 4 bytes each, and where the last
//                                        ends
#include "program.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The image: code that all sequences call, the memory around gp, values to start with, sequences.
enum {
  ENTER_AT = 0x100,
  LEAVE_AT = 0x800,
  GP_AT = 0x3000,
  POOL_AT = 0x4000,
  POOL_COUNT = 2048, // of each kind: integers, single, double and mixed floating point
  POOL_KINDS = 4,
  SEQUENCES_AT = POOL_AT + POOL_KINDS * POOL_COUNT * 8,
  SEQUENCE_MOST = 2048, // bytes
  COUNT_MAX = 20000,    // of sequences in a program
  COUNT_COVERING = 1000 // so many must have every instruction
};
// What a sequence starts with is a window in a pool: 32 registers, or 32 registers and memory.
enum { WINDOW_X = 32, WINDOW_F = 32 + MEMORY_SIZE / 8 };

enum pool { POOL_INTEGER, POOL_SINGLE, POOL_DOUBLE, POOL_MIXED };

static uint8_t image[IMAGE_SIZE_MAX];
static uint32_t starts[COUNT_MAX + 1];

static void fail(const char *what, const char *which) {
  fprintf(stderr, "sequences: %s%s\n", what, which);
  exit(2);
}

static uint64_t integer(struct program *program) {
  static const uint64_t EDGES[] = {0, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, INT64_MAX};
  const uint64_t edge = EDGES[random_below(program, sizeof EDGES / sizeof EDGES[0])] + random_below(program, 3) - 1;
  switch (random_below(program, 6)) {
  case 0: return edge;
  case 1: return 0 - edge;
  case 2: return UINT64_C(1) << random_below(program, 64);
  case 3: return random_below(program, 100);
  case 4: return random_bits(program) >> random_below(program, 64);
  default: return random_bits(program);
  }
}

// A value whose exponent is an edge, near 1, near where integers end, or anything; its fraction is short in half of
// all.
static uint64_t floating(struct program *program, unsigned exponent_bits, unsigned fraction_bits) {
  const uint32_t most = (1U << exponent_bits) - 1, bias = most / 2;
  const uint64_t all_fraction = (UINT64_C(1) << fraction_bits) - 1;
  uint64_t fraction = random_bits(program) & all_fraction;
  uint32_t exponent = (uint32_t)random_bits(program) & most;
  switch (random_below(program, 8)) {
  case 0: exponent = random_below(program, 3) / 2; break;
  case 1: exponent = most - random_below(program, 3) / 2; break;
  case 2: exponent = bias + 27 + random_below(program, 40); break;
  case 3:
  case 4:
  case 5: exponent = bias - 4 + random_below(program, 9); break;
  default: break;
  }
  switch (random_below(program, 8)) {
  case 0: fraction = 0; break;
  case 1: fraction = all_fraction - random_below(program, 2); break;
  case 2: fraction = 1; break;
  case 3: fraction &= all_fraction << (fraction_bits - 6); break;
  default: break;
  }
  const uint64_t sign = random_bits(program) & 1;
  return sign << (exponent_bits + fraction_bits) | (uint64_t)exponent << fraction_bits | (fraction & all_fraction);
}

static uint64_t value(struct program *program, enum pool pool) {
  const uint64_t boxed = floating(program, 8, 23) | UINT64_C(0xffffffff) << 32;
  switch (pool) {
  case POOL_INTEGER: return integer(program);
  case POOL_SINGLE: // one of 16 is not boxed
    return random_below(program, 16) ? boxed : boxed ^ UINT64_C(1) << (32 + random_below(program, 32));
  case POOL_DOUBLE: return floating(program, 11, 52);
  default: return random_below(program, 2) ? boxed : floating(program, 11, 52);
  }
}

static void fill_pools(struct program *program) {
  program->at = POOL_AT;
  for (unsigned pool = 0; pool < POOL_KINDS; pool++) {
    for (unsigned i = 0; i < POOL_COUNT; i++)
      emit_data(program, value(program, (enum pool)pool));
  }
}

// From gp to a random window in a pool.
static int32_t window(struct program *program, enum pool pool, unsigned count) {
  const unsigned first = random_below(program, POOL_COUNT - count + 1);
  return POOL_AT - GP_AT + 8 * (int32_t)((unsigned)pool * POOL_COUNT + first);
}

static void emit_constant(struct program *program, unsigned x, int32_t constant) {
  emit(program, encode_u(RV_LUI, x, constant + 0x800));
  emit(program, encode_i(RV_ADDI, x, x, constant));
}

static void emit_call(struct program *program, uint32_t target) {
  const int32_t offset = (int32_t)(target - program->at);
  emit(program, encode_u(RV_AUIPC, TP, offset + 0x800));
  emit(program, encode_i(RV_JALR, TP, TP, offset));
}

// Sets memory and all registers from the windows at gp + t5 (x) and gp + t6 (f and memory), and fcsr from t4.
static void emit_enter(struct program *program) {
  program->at = ENTER_AT;
  emit(program, encode_r(RV_ADD, T5, T5, GP));
  emit(program, encode_r(RV_ADD, T6, T6, GP));
  emit(program, encode_i(RV_CSRRW, ZERO, T4, 3));
  for (int32_t at = 0; at < MEMORY_SIZE; at += 8) {
    emit(program, encode_i(RV_LD, RA, T6, 32 * 8 + at));
    emit(program, encode_s(RV_SD, GP, RA, MEMORY_START + at));
  }
  for (unsigned f = 0; f < 32; f++)
    emit(program, encode_i(RV_FLD, f, T6, 8 * (int32_t)f));
  for (unsigned x = RA; x < 32; x++) {
    if (x != GP && x != TP && x != T5)
      emit(program, encode_i(RV_LD, x, T5, 8 * (int32_t)x));
  }
  emit(program, encode_i(RV_LD, T5, T5, 8 * T5));
  emit(program, encode_i(RV_JALR, ZERO, TP, 0));
  if (program->at > LEAVE_AT)
    abort();
}

// Completes the record and writes it to standard output.
static void emit_leave(struct program *program) {
  program->at = LEAVE_AT;
  for (unsigned i = 0; i < 32; i++) {
    emit(program, encode_s(RV_SD, GP, i, SAVED_X + 8 * (int32_t)i));
    emit(program, encode_s(RV_FSD, GP, i, SAVED_F + 8 * (int32_t)i));
  }
  emit(program, encode_i(RV_CSRRS, RA, ZERO, 3));
  emit(program, encode_s(RV_SD, GP, RA, SAVED_FCSR));
  emit(program, encode_i(RV_ADDI, A0, ZERO, 1));
  emit(program, encode_i(RV_ADDI, A1, GP, MEMORY_START));
  emit(program, encode_i(RV_ADDI, A2, ZERO, RECORD_SIZE));
  emit(program, encode_i(RV_ADDI, A7, ZERO, 64)); // write
  emit(program, INSTRUCTIONS[RV_ECALL].match);
  emit(program, encode_i(RV_JALR, ZERO, TP, 0));
}

static void emit_sequence(struct program *program) {
  static const int32_t FLAGS[] = {0, 1, 31};
  emit_constant(program, T5, window(program, POOL_INTEGER, WINDOW_X));
  emit_constant(program, T6, window(program, (enum pool)(POOL_SINGLE + random_below(program, 3)), WINDOW_F));
  emit(program, encode_i(RV_ADDI, T4, ZERO, (int32_t)random_below(program, 5) << 5 | FLAGS[random_below(program, 3)]));
  emit_call(program, ENTER_AT);
  generate_sequence(program);
  emit_call(program, LEAVE_AT);
}

static void emit_program(struct program *program, unsigned count) {
  fill_pools(program);
  emit_enter(program);
  emit_leave(program);
  program->at = 0;
  emit(program, encode_u(RV_AUIPC, GP, GP_AT));
  emit(program, encode_r(RV_JAL, ZERO, 0, 0) | jump_offset(SEQUENCES_AT - 4));
  program->at = SEQUENCES_AT;
  for (unsigned i = 0; i < count; i++) {
    starts[i] = program->at;
    emit_sequence(program);
    if (program->at > IMAGE_SIZE_MAX - 2 * SEQUENCE_MOST)
      fail("the program does not fit into its image", "");
  }
  starts[count] = program->at;
  emit(program, encode_i(RV_ADDI, A0, ZERO, 0));
  emit(program, encode_i(RV_ADDI, A7, ZERO, 93)); // exit
  emit(program, INSTRUCTIONS[RV_ECALL].match);
}

// Every row of insn.inc and compressed.inc that user mode has and that does not trap.
static void check_coverage(void) {
#define INSN(code, mask, match, format, mnemonic, extension)                                                           \
  if ((#extension)[0] != 'S' && RV_##code != RV_ECALL && RV_##code != RV_EBREAK && !was_emitted(RV_##code))            \
    fail("never generated: ", mnemonic);
#include "cpu/riscv64/insn.inc"
#undef INSN
#define RVC(code, mask, match, format, mnemonic)                                                                       \
  if (RV_##code != RV_ILLEGAL && RV_##code != RV_EBREAK && !was_emitted_compressed(riscv_compressed_row_of(match)))    \
    fail("never generated: ", mnemonic);
#include "cpu/riscv64/compressed.inc"
#undef RVC
}

static FILE *create(const char *folder, const char *name) {
  char path[4096];
  const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = length < (int)sizeof path ? fopen(path, "wb") : NULL;
  if (!file)
    fail("cannot write ", name);
  return file;
}

static void finish(FILE *file, const void *bytes, size_t size, const char *name) {
  const int written = fwrite(bytes, 1, size, file) == size;
  if (fclose(file) != 0 || !written)
    fail("cannot write ", name);
}

// One segment that may be read, written and executed, after a page with the headers.
static void write_elf(const char *folder, uint32_t size) {
  uint8_t page[4096] = {0};
  const Elf64_Ehdr header = {
      .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
      .e_type = ET_EXEC,
      .e_machine = EM_RISCV,
      .e_version = EV_CURRENT,
      .e_entry = PROGRAM_BASE,
      .e_phoff = sizeof header,
      .e_flags = 5, // RVC, double-precision floating-point ABI
      .e_ehsize = sizeof header,
      .e_phentsize = sizeof(Elf64_Phdr),
      .e_phnum = 1,
  };
  const Elf64_Phdr segment = {.p_type = PT_LOAD,
                              .p_flags = PF_R | PF_W | PF_X,
                              .p_offset = sizeof page,
                              .p_vaddr = PROGRAM_BASE,
                              .p_paddr = PROGRAM_BASE,
                              .p_filesz = size,
                              .p_memsz = size,
                              .p_align = sizeof page};
  memcpy(page, &header, sizeof header);
  memcpy(page + sizeof header, &segment, sizeof segment);
  FILE *file = create(folder, "program");
  if (fwrite(page, 1, sizeof page, file) != sizeof page)
    fail("cannot write ", "program");
  finish(file, image, size, "program");
}

static unsigned long long number(const char *text) {
  char *end;
  const unsigned long long parsed = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end)
    fail("expected a number, found ", text);
  return parsed;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 5)
    fail("usage: sequences FOLDER SEED BLOCK COUNT", "");
  const unsigned long long count = number(arguments[4]);
  if (count == 0 || count > COUNT_MAX)
    fail("COUNT is to be 1 to 20000, found ", arguments[4]);
  riscv_decode_init();
  struct program program = {.image = image, .random = number(arguments[2])};
  program.random = random_bits(&program) + number(arguments[3]); // neighbouring seeds and blocks have nothing in common
  program.random = random_bits(&program);
  emit_program(&program, (unsigned)count);
  if (count >= COUNT_COVERING)
    check_coverage();
  finish(create(arguments[1], "image"), image, program.at, "image");
  write_elf(arguments[1], program.at);
  finish(create(arguments[1], "starts"), starts, ((size_t)count + 1) * sizeof starts[0], "starts");
  return 0;
}
