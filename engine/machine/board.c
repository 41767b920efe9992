#include "machine/board.h"

#define STDIN_POLL_NS UINT64_C(5000000)
#define WAIT_MAX_NS UINT64_C(3600000000000)
#define DETERMINISTIC_TIME_NS UINT64_C(1577836800000000000) // 2020-01-01

static void read_rootfs(uint64_t offset, uint8_t *bytes, size_t length) {
  host_part_read(HOST_ROOTFS, offset, bytes, length);
}

static bool attach_virtio(struct board *board, struct virtio_device *device, unsigned number) {
  device->ram = &board->ram;
  device->line = board->line;
  device->line.source += number;
  return virtio_attach(device, &board->bus, board->virtio_base + (uint64_t)number * VIRTIO_MMIO_SIZE);
}

static bool attach_shares(struct board *board) {
  const unsigned count = shares_count();
  board->shares = host_allocate(count * sizeof *board->shares);
  for (unsigned share = 0; board->shares && share < count; share++) {
    char tag[SHARE_TAG_SIZE];
    shares_tag(share, tag);
    if (!virtio_9p_init(&board->shares[share], share, tag) ||
        !attach_virtio(board, &board->shares[share].device, BOARD_DEVICE_SHARES + share))
      return false;
  }
  return board->shares != NULL;
}

unsigned board_device_count(void) {
  return BOARD_DEVICE_SHARES + shares_count();
}

bool board_attach_devices(struct board *board) {
  board->block.size = host_part_size(HOST_ROOTFS);
  board->block.read = read_rootfs;
  board->rng.fill = board_random;
  board->rng.owner = board;
  board_attach_streams(board);
  virtio_console_init(&board->console);
  virtio_block_init(&board->block);
  virtio_rng_init(&board->rng);
  return attach_virtio(board, &board->console.device, BOARD_DEVICE_CONSOLE) &&
         attach_virtio(board, &board->block.device, BOARD_DEVICE_BLOCK) &&
         attach_virtio(board, &board->rng.device, BOARD_DEVICE_RNG) && attach_shares(board);
}

bool board_load_part(struct board *board, enum host_part part, uint64_t address) {
  const size_t size = (size_t)host_part_size(part);
  if (size == 0)
    return true;
  uint8_t *target = ram_write_at(&board->ram, address, size);
  if (target)
    host_part_read(part, 0, target, size);
  return target != NULL;
}

uint64_t board_memory_needed(const struct options *options) {
  enum { OTHERS = 1 << 20 };
  return (options->memory >> PAGE_BITS) + virtio_9p_memory(shares_count()) + 2 * host_part_size(HOST_LAUNCH) + OTHERS;
}

uint64_t board_time_at_reset_ns(const struct options *options) {
  return options->deterministic ? DETERMINISTIC_TIME_NS : host_realtime_ns();
}

void board_poll_stdin(struct board *board) {
  if (!board_wants_stdin(board))
    return;
  // By the guest's clock, so that deterministic mode looks at the same instructions.
  const uint64_t now = clock_sample(&board->clock, board->instret(board)) * CLOCK_TICK_NS;
  if (board->stdin_start == board->stdin_end && now - board->stdin_polled_ns < STDIN_POLL_NS)
    return;
  board->stdin_polled_ns = now;
  board_pump_stdin(board, host_wait(0, true));
}

void board_wait(struct board *board) {
  const uint64_t instret = board->instret(board), now = clock_sample(&board->clock, instret);
  const uint64_t deadline = board->clock.deadline;
  const bool wants_stdin = board_wants_stdin(board);
  if (wants_stdin && board->stdin_start != board->stdin_end) {
    board_pump_stdin(board, false);
    return;
  }
  if (board->clock.deterministic && deadline != CLOCK_NEVER) {
    board_pump_stdin(board, wants_stdin && host_wait(0, true));
    clock_skip_to(&board->clock, deadline, instret);
    return;
  }
  uint64_t timeout = WAIT_MAX_NS;
  if (deadline <= now)
    return;
  if (deadline - now < WAIT_MAX_NS / CLOCK_TICK_NS)
    timeout = (deadline - now) * CLOCK_TICK_NS;
  if (host_wait(timeout, wants_stdin))
    board_pump_stdin(board, true);
}
