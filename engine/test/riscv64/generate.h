// What the groups of generate.c and generate_memory.c have in common.
#ifndef TEST_RISCV64_GENERATE_H
#define TEST_RISCV64_GENERATE_H

#include "program.h"

#include <stdbool.h>

enum { PENDING_MAX = 8 };

// What is to be filled in where a branch's target is known.
enum patch { PATCH_BRANCH, PATCH_JUMP, PATCH_COMPRESSED_BRANCH, PATCH_COMPRESSED_JUMP, PATCH_IMMEDIATE };

struct pending {
  enum patch patch;
  uint32_t at, from; // the instruction, and what its offset is relative to
  unsigned groups;   // until the target
};

struct sequence {
  struct program *program;
  uint32_t locked; // registers that must not be written
  char width;      // F or D, the extension that most of its floating-point instructions are of
  struct pending pending[PENDING_MAX];
  unsigned pending_count;
};

unsigned below(struct sequence *sequence, unsigned limit);
bool may_write(const struct sequence *sequence, unsigned x);
unsigned any_register(struct sequence *sequence);
unsigned target_register(struct sequence *sequence); // one that may be written
unsigned base_register(struct sequence *sequence);   // such a one that is not x0
uint16_t random_code(struct sequence *sequence, uint16_t first, uint16_t last);
// One that computes: neither memory nor control flow nor CSRs.
uint32_t plain_instruction(struct sequence *sequence);

// generate_memory.c
void memory_group(struct sequence *sequence);
void compressed_memory_group(struct sequence *sequence);
void atomic_group(struct sequence *sequence);
void reservation_group(struct sequence *sequence);
void own_code_group(struct sequence *sequence);
void written_code_group(struct sequence *sequence);

#endif
