// From nothing to the kernel's first instruction.
#ifndef MACHINE_X86_BOOT_H
#define MACHINE_X86_BOOT_H

#include "machine/x86_board.h"

// Loads everything and sets the processor to the kernel's entry. On failure `*error` says why.
bool x86_board_boot(struct x86_board *board, const struct options *options, const char **error);

#endif
