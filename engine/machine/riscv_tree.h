// What the kernel is told about the riscv64 board.
#ifndef MACHINE_RISCV_TREE_H
#define MACHINE_RISCV_TREE_H

#include "machine/riscv_board.h"

// Returns the blob's size, 0 if it does not fit.
size_t riscv_board_device_tree(struct riscv_board *board, const struct options *options, uint64_t initramfs,
                               uint64_t initramfs_end, uint8_t *blob, size_t capacity);

#endif
