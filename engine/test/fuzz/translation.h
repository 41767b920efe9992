// What a case executes is also recorded and translated, and the module must be valid and within its limits. Nothing of
// it is run: hosts that can are not native. That recording changes nothing shows in the comparison with the other
// machine.
#ifndef TEST_FUZZ_TRANSLATION_H
#define TEST_FUZZ_TRANSLATION_H

#include "cpu/x86_64/cpu.h"
#include "random.h"

void fuzz_translation_init(struct x86_cpu *cpu);
// Decides about the case that begins.
void fuzz_translation_case(struct dice dice);
// Around a slice of the case.
void fuzz_translation_begin(struct x86_cpu *cpu);
void fuzz_translation_end(struct x86_cpu *cpu);

#endif
