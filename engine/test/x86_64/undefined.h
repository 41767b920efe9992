// Flags that the architecture leaves undefined, by mnemonic (SDM 2, each instruction's "Flags Affected").
#ifndef TEST_X86_64_UNDEFINED_H
#define TEST_X86_64_UNDEFINED_H

#include "generate.h"

uint64_t undefined_flags(const struct x86_insn *insn, const struct state *before);
// The whole result is undefined: 16-bit double shifts by more than 16.
bool undefined_result(const struct x86_insn *insn, const struct state *before);

#endif
