// The riscv64 board of docs/FORMATS.md, "The board".
#ifndef MACHINE_RISCV_VIRT_H
#define MACHINE_RISCV_VIRT_H

#include "cpu/riscv64/cpu.h"
#include "device/plic.h"
#include "device/virtio_9p.h"
#include "device/virtio_block.h"
#include "device/virtio_console.h"
#include "device/virtio_rng.h"
#include "host/host.h"
#include "machine/clock.h"
#include "machine/kernel_log.h"
#include "machine/options.h"
#include "machine/shares.h"

enum board_state { BOARD_RUNNING, BOARD_SHUT_DOWN, BOARD_REBOOTED };

enum { CONTROL_LINE_MAX = 1024, INPUT_BUFFER_SIZE = 65536 };

// Bytes of a host input on their way to its console port.
struct board_input {
  bool ended;
  size_t start, end; // what is in the buffer
  uint8_t bytes[INPUT_BUFFER_SIZE];
};

struct riscv_board {
  struct riscv_cpu cpu;
  struct ram ram;
  struct bus bus;
  struct plic plic;
  struct virtio_console console;
  struct virtio_block block;
  struct virtio_rng rng;
  struct virtio_9p *shares; // shares_count() of them
  struct clock clock;
  struct kernel_log log;
  uint64_t random_state; // deterministic mode
  enum board_state state;
  bool container_exited;
  int container_exit_code;
  uint64_t started_instret; // at the container's execve
  char control_line[CONTROL_LINE_MAX];
  size_t control_length;
  struct board_input inputs[HOST_INPUTS];
  uint64_t polled_ns; // when the inputs were last looked at
};

// Loads kernel, initramfs and launch description. On failure `*error` says why.
bool riscv_board_init(struct riscv_board *board, const struct options *options, const char **error);
// Runs until the guest stops.
void riscv_board_run(struct riscv_board *board);

// sbi.c: the call in the guest's registers.
void riscv_board_sbi(struct riscv_board *board);
// board_io.c: the console's streams.
void riscv_board_attach_streams(struct riscv_board *board, const struct options *options);
// Inputs that the guest would take something from now: a bit 1 << INPUT for each, as host_wait takes them.
unsigned riscv_board_wanted(const struct riscv_board *board);
// Is there something in a wanted input's buffer?
bool riscv_board_holds_input(const struct riscv_board *board, unsigned wanted);
// Moves input to the guest: what is in the buffers, or else what can be read from those that are ready.
void riscv_board_pump(struct riscv_board *board, unsigned ready);
// Random bytes: the host's, or a fixed sequence in deterministic mode. `owner` is the board.
void riscv_board_random(void *owner, uint8_t *bytes, size_t length);
// board_tree.c: returns the blob's size, 0 if it does not fit.
size_t riscv_board_device_tree(struct riscv_board *board, const struct options *options, uint64_t initramfs,
                               uint64_t initramfs_end, uint8_t *blob, size_t capacity);

#define RISCV_RAM_BASE UINT64_C(0x80000000)
#define RISCV_PLIC_BASE UINT64_C(0x0c000000)
#define RISCV_VIRTIO_BASE UINT64_C(0x10001000)

// Numbers of the virtio devices; shares follow.
enum { RISCV_DEVICE_CONSOLE, RISCV_DEVICE_BLOCK, RISCV_DEVICE_RNG, RISCV_DEVICE_SHARES };

#endif
