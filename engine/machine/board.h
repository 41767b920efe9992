// What boards of every architecture have: memory, virtio devices, streams, a clock, and how a run ends.
#ifndef MACHINE_BOARD_H
#define MACHINE_BOARD_H

#include "device/frames.h"
#include "device/scratch_disk.h"
#include "device/virtio_9p.h"
#include "device/virtio_block.h"
#include "device/virtio_console.h"
#include "device/virtio_rng.h"
#include "host/host.h"
#include "machine/clock.h"
#include "machine/kernel_log.h"
#include "machine/network.h"
#include "machine/options.h"
#include "machine/shares.h"

enum board_state { BOARD_RUNNING, BOARD_SHUT_DOWN, BOARD_REBOOTED, BOARD_CUT_OFF };

enum { CONTROL_LINE_MAX = 1024, INPUT_BUFFER_SIZE = 65536 };

// Bytes of a host input on their way to its console port.
struct board_input {
  bool ended;
  bool ending;       // when the buffer is empty
  size_t start, end; // what is in the buffer
  uint8_t bytes[INPUT_BUFFER_SIZE];
};

// What a host reads for a console port.
enum { BOARD_INPUTS = HOST_INPUT_CONTROL + 1 };

// Numbers of the virtio devices; shares follow, the network and the scratch disk if there are such.
enum { BOARD_DEVICE_CONSOLE, BOARD_DEVICE_BLOCK, BOARD_DEVICE_RNG, BOARD_DEVICE_SHARES };

struct board {
  // Set by the architecture's part.
  uint64_t (*instret)(const struct board *board);
  uint64_t virtio_base;       // of device 0; the others follow
  struct interrupt_line line; // of device 0; the others have the following sources

  struct ram ram;
  struct bus bus;
  struct virtio_console console;
  struct frames frames; // of the root filesystem
  struct virtio_block block;
  struct scratch_disk scratch_disk; // with options->scratch only, as the next
  struct virtio_block scratch;
  struct virtio_rng rng;
  struct virtio_9p *shares; // shares_count() of them
  struct network *network;  // or NULL
  struct clock clock;
  struct kernel_log log;
  uint64_t random_state; // deterministic mode
  enum board_state state;
  bool container_exited;
  int container_exit_code;
  uint64_t started_instret; // at the container's execve
  char control_line[CONTROL_LINE_MAX];
  size_t control_length;
  struct board_input inputs[BOARD_INPUTS];
  uint64_t polled_ns; // when the inputs were last looked at, by the guest's clock
};

#endif
