#include "machine/riscv_tree.h"

#include "device/device_tree.h"
#include "machine/board_attach.h"
#include "machine/board_io.h"

#include <string.h>

enum { PHANDLE_CPU_INTERRUPTS = 1, PHANDLE_PLIC = 2, SUPERVISOR_EXTERNAL = 9, RNG_SEED_SIZE = 64 };

// A panic reboots at once, and the board takes a reboot for a failure. Messages below warnings only with --kernel-log:
// each byte of them costs the guest a call.
#define COMMAND_LINE "console=hvc0 panic=-1 "

static void chosen(struct riscv_board *board, struct device_tree *tree, bool verbose, uint64_t initramfs,
                   uint64_t initramfs_end) {
  uint8_t seed[RNG_SEED_SIZE];
  board_random(board, seed, sizeof seed);
  device_tree_begin(tree, "chosen");
  device_tree_string(tree, "bootargs", verbose ? COMMAND_LINE "loglevel=7" : COMMAND_LINE "quiet");
  device_tree_u64(tree, "linux,initrd-start", initramfs);
  device_tree_u64(tree, "linux,initrd-end", initramfs_end);
  device_tree_bytes(tree, "rng-seed", seed, sizeof seed);
  device_tree_end(tree);
}

static void memory(const struct ram *ram, struct device_tree *tree) {
  device_tree_begin_at(tree, "memory", ram->base);
  device_tree_string(tree, "device_type", "memory");
  device_tree_region(tree, ram->base, ram->size);
  device_tree_end(tree);
}

static void cpus(struct device_tree *tree) {
  device_tree_begin(tree, "cpus");
  device_tree_u32(tree, "#address-cells", 1);
  device_tree_u32(tree, "#size-cells", 0);
  device_tree_u32(tree, "timebase-frequency", CLOCK_HZ);
  device_tree_begin_at(tree, "cpu", 0);
  device_tree_string(tree, "device_type", "cpu");
  device_tree_u32(tree, "reg", 0);
  device_tree_string(tree, "status", "okay");
  device_tree_string(tree, "compatible", "riscv");
  device_tree_string(tree, "riscv,isa", "rv64imafdc");
  device_tree_string(tree, "mmu-type", "riscv,sv39");
  device_tree_begin(tree, "interrupt-controller");
  device_tree_u32(tree, "#interrupt-cells", 1);
  device_tree_bytes(tree, "interrupt-controller", "", 0);
  device_tree_string(tree, "compatible", "riscv,cpu-intc");
  device_tree_u32(tree, "phandle", PHANDLE_CPU_INTERRUPTS);
  device_tree_end(tree);
  device_tree_end(tree);
  device_tree_end(tree);
}

size_t riscv_board_device_tree(struct riscv_board *board, const struct options *options, uint64_t initramfs,
                               uint64_t initramfs_end, uint8_t *blob, size_t capacity) {
  static struct device_tree tree;
  device_tree_begin(&tree, "");
  device_tree_u32(&tree, "#address-cells", 2);
  device_tree_u32(&tree, "#size-cells", 2);
  device_tree_string(&tree, "compatible", "oci2wasm,riscv-virt");
  device_tree_string(&tree, "model", "oci2wasm");
  chosen(board, &tree, options->kernel_log, initramfs, initramfs_end);
  memory(&board->common.ram, &tree);
  cpus(&tree);
  device_tree_begin(&tree, "soc");
  device_tree_u32(&tree, "#address-cells", 2);
  device_tree_u32(&tree, "#size-cells", 2);
  device_tree_string(&tree, "compatible", "simple-bus");
  device_tree_bytes(&tree, "ranges", "", 0);
  plic_describe(&tree, RISCV_PLIC_BASE, PHANDLE_PLIC, PHANDLE_CPU_INTERRUPTS, SUPERVISOR_EXTERNAL);
  for (unsigned i = 0; i < board_device_count(options); i++)
    virtio_describe(&tree, RISCV_VIRTIO_BASE + (uint64_t)i * VIRTIO_MMIO_SIZE, PHANDLE_PLIC, i + 1);
  device_tree_end(&tree);
  device_tree_end(&tree);
  const size_t size = device_tree_size(&tree);
  if (size == 0 || size > capacity)
    return 0;
  device_tree_write(&tree, blob);
  return size;
}
