// The riscv64 board of docs/FORMATS.md, "The board".
#ifndef MACHINE_RISCV_VIRT_H
#define MACHINE_RISCV_VIRT_H

#include "cpu/riscv64/cpu.h"
#include "device/plic.h"
#include "machine/board.h"

struct riscv_board {
  struct board common; // first: a pointer to it is one to the whole
  struct riscv_cpu cpu;
  struct plic plic;
};

// sbi.c: the call in the guest's registers.
void riscv_board_sbi(struct riscv_board *board);
// riscv_tree.c: returns the blob's size, 0 if it does not fit.
size_t riscv_board_device_tree(struct riscv_board *board, const struct options *options, uint64_t initramfs,
                               uint64_t initramfs_end, uint8_t *blob, size_t capacity);

#define RISCV_RAM_BASE UINT64_C(0x80000000)
#define RISCV_PLIC_BASE UINT64_C(0x0c000000)
#define RISCV_VIRTIO_BASE UINT64_C(0x10001000)

#endif
