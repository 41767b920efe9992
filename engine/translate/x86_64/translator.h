// Translates x86-64 (translate/translator.h). See README.md beside this file.
#ifndef TRANSLATE_X86_64_TRANSLATOR_H
#define TRANSLATE_X86_64_TRANSLATOR_H

#include "cpu/x86_64/cpu.h"

// Has the processor translated from now on; false if the host has not enough memory. Once mailbox_enable was called.
bool x86_translate(struct x86_cpu *cpu);

#endif
