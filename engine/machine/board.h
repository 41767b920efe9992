// What boards of every architecture have: memory, virtio devices, streams, a clock, and how a run ends.
#ifndef MACHINE_BOARD_H
#define MACHINE_BOARD_H

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

// Numbers of the virtio devices; shares follow.
enum { BOARD_DEVICE_CONSOLE, BOARD_DEVICE_BLOCK, BOARD_DEVICE_RNG, BOARD_DEVICE_SHARES };

struct board {
  // Set by the architecture's part.
  uint64_t (*instret)(const struct board *board);
  uint64_t virtio_base;       // of device 0; the others follow
  struct interrupt_line line; // of device 0; the others have the following sources

  struct ram ram;
  struct bus bus;
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
  uint64_t polled_ns; // when the inputs were last looked at, by the guest's clock
};

// The architecture's part. Makes the machine with kernel, initramfs and launch description loaded; NULL with the reason
// in *error. Lowers the default memory until the host has it.
struct board *machine_create(struct options *options, const char **error);
// Runs until the guest stops.
void machine_run(struct board *board);

// board.c. False if the bus is full or the host has not enough memory.
bool board_attach_devices(struct board *board, const struct options *options);
unsigned board_device_count(void);
// Copies a part of the bundle to guest memory; false if it does not fit.
bool board_load_part(struct board *board, enum host_part part, uint64_t address);
// Announces to the host what RAM of the options' size, the processor beside it and the devices need, and lowers the
// default size where that is too much. False if the host has not enough memory.
bool board_reserve(struct options *options, uint64_t (*processor_needs)(uint64_t ram_size));
// The wall clock at reset.
uint64_t board_time_at_reset_ns(const struct options *options);
// Between two slices: moves input to the guest now and then.
void board_poll_inputs(struct board *board);
// The guest has nothing to do until the timer or input: neither has the host.
void board_wait(struct board *board);

// board_io.c: the console's streams.
void board_attach_streams(struct board *board, const struct options *options);
// Inputs that the guest would take something from now: a bit 1 << INPUT for each, as host_wait takes them.
unsigned board_wanted(const struct board *board);
// Is there something in a wanted input's buffer?
bool board_holds_input(const struct board *board, unsigned wanted);
// Moves input to the guest: what is in the buffers, or else what can be read from those that are ready.
void board_pump(struct board *board, unsigned ready);
// Random bytes: the host's, or a fixed sequence in deterministic mode. `owner` is the board.
void board_random(void *owner, uint8_t *bytes, size_t length);

#endif
