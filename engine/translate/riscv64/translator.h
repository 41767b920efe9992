// Translates riscv64 (translate/translator.h). See README.md beside this file.
#ifndef TRANSLATE_RISCV64_TRANSLATOR_H
#define TRANSLATE_RISCV64_TRANSLATOR_H

#include "cpu/riscv64/cpu.h"

// Has the hart translated from now on; false if the host has not enough memory. Once mailbox_enable was called.
bool riscv_translate(struct riscv_cpu *cpu);

#endif
