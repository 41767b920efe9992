// The x86-64 board of docs/FORMATS.md, "The board".
#ifndef MACHINE_X86_BOARD_H
#define MACHINE_X86_BOARD_H

#include "cpu/x86_64/cpu.h"
#include "device/io_apic.h"
#include "machine/board.h"

struct x86_board {
  struct board common; // first: a pointer to it is one to the whole
  struct x86_cpu cpu;
  struct local_apic apic;
  struct io_apic io_apic;
  uint8_t pic_masks[2];
  uint64_t last_tsc; // the greatest that a program has read
};

#define X86_VIRTIO_BASE UINT64_C(0xd0000000)
// Inputs of the I/O APIC that devices have, as ISA interrupts of the same number.
enum { X86_VIRTIO_INPUT = 3, X86_INPUTS_END = 16 };

#endif
