// Translates what is hot of the guest to WebAssembly, where the host installs such code. See README.md beside this
// file.
#ifndef TRANSLATE_X86_64_TRANSLATOR_H
#define TRANSLATE_X86_64_TRANSLATOR_H

#include "cpu/x86_64/cpu.h"

// Has the processor translated from now on; false if the host has not enough memory. Once mailbox_enable was called.
bool x86_translate(struct x86_cpu *cpu);

#endif
