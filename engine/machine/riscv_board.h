// The riscv64 board of docs/FORMATS.md, "The board".
#ifndef MACHINE_RISCV_BOARD_H
#define MACHINE_RISCV_BOARD_H

#include "cpu/riscv64/cpu.h"
#include "device/plic.h"
#include "machine/board.h"

struct riscv_board {
  struct board common; // first: a pointer to it is one to the whole
  struct riscv_cpu cpu;
  struct plic plic;
};

#define RISCV_RAM_BASE UINT64_C(0x80000000)
#define RISCV_PLIC_BASE UINT64_C(0x0c000000)
#define RISCV_VIRTIO_BASE UINT64_C(0x10001000)

#endif
