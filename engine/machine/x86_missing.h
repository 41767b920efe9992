// Why a program got SIGILL.
#ifndef MACHINE_X86_MISSING_H
#define MACHINE_X86_MISSING_H

// What the kernel says when a program ends for want of an instruction set is said to the user.
void x86_kernel_said(void *board, const char *line);

#endif
