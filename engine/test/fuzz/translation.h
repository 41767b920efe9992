// What a case executes is also recorded and translated, and the module must be valid and within its limits. Nothing of
// it is run: hosts that can are not native. That recording changes nothing shows in the comparison with the other
// machine.
#ifndef TEST_FUZZ_TRANSLATION_H
#define TEST_FUZZ_TRANSLATION_H

#include "random.h"

// Decides about the case that begins.
void fuzz_translation_case(struct dice dice);
// Around a slice of the case.
void fuzz_translation_begin(void);
void fuzz_translation_end(void);

#endif
