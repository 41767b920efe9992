// Flags that the architecture leaves undefined, by mnemonic (SDM 2, each instruction's "Flags Affected").
#ifndef TEST_X86_64_UNDEFINED_H
#define TEST_X86_64_UNDEFINED_H

#include "generate.h"

uint64_t undefined_flags(const struct x86_insn *insn, const struct state *before);
// The whole result is undefined, as that of 16-bit double shifts by more than 16, or the vendors' own: with a prefix
// for 16 bits AMD's near jumps of 64-bit code have targets of 16 bits, and Intel's of 64.
bool undefined_result(const struct x86_insn *insn, const struct state *before);
// Instructions whose results differ in the last bits from processor to processor.
bool is_approximate(const struct x86_row *row);
// Those of several accesses, where the architecture does not say which fault comes first.
bool unknown_fault_address(const struct x86_insn *insn);

#endif
