// What the part of each architecture (riscv_virt.c, x86_microvm.c) is to the rest.
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "machine/board.h"

// The architecture's part. Makes the machine with kernel, initramfs and launch description loaded; NULL with the reason
// in *error. Lowers the default memory until the host has it.
struct board *machine_create(struct options *options, const char **error);
// Has what is hot translated; false if the host has not enough memory.
bool machine_translate(void);
// Runs until the guest stops.
void machine_run(struct board *board);

#endif
