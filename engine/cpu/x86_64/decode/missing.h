// Instruction sets that this processor has not, so that a program which needs one can be told which.
#ifndef CPU_X86_64_DECODE_MISSING_H
#define CPU_X86_64_DECODE_MISSING_H

#include <stddef.h>
#include <stdint.h>

enum x86_missing {
  MISSING_NONE, // no instruction of a set that is known here
#define MISSING(id, name, needs) MISSING_##id,
#include "missing.inc"
#undef MISSING
  MISSING_SETS
};

struct x86_missing_set {
  const char *name;
  const char *needs; // the least level of x86-64 that has it, or a flag of CPUID
};

// The set of an instruction that was refused.
enum x86_missing x86_missing_of(const uint8_t *bytes, size_t available);
const struct x86_missing_set *x86_missing_set(enum x86_missing set);

#endif
