#include "machine/board_attach.h"

#include "machine/board_io.h"

#include <stdio.h>

#define DETERMINISTIC_TIME_NS UINT64_C(1577836800000000000) // 2020-01-01

static bool read_table(uint64_t offset, uint8_t *bytes, size_t length) {
  return host_part_read(HOST_FRAME_TABLE, offset, bytes, length);
}

static bool read_stored(uint64_t offset, uint8_t *bytes, size_t length) {
  return host_part_read(HOST_FRAMES, offset, bytes, length);
}

static bool read_rootfs(void *owner, uint64_t offset, uint8_t *bytes, size_t length) {
  return frames_read(owner, offset, bytes, length);
}

static bool open_rootfs(struct board *board, const char **error) {
  board->frames.table = (struct frames_source){host_part_size(HOST_FRAME_TABLE), read_table};
  board->frames.stored = (struct frames_source){host_part_size(HOST_FRAMES), read_stored};
  if (!frames_init(&board->frames, error))
    return false;
  board->block.size = frames_size(&board->frames);
  board->block.read = read_rootfs;
  board->block.owner = &board->frames;
  return true;
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

// What tells the bundle's root filesystem from others: it is of its layers. Zeros where there is none.
static void read_identity(struct board *board, uint8_t identity[SCRATCH_IDENTITY]) {
  enum { SUPERBLOCK = 1024, UUID = 48 };
  if (frames_size(&board->frames) > 0)
    (void)frames_read(&board->frames, SUPERBLOCK + UUID, identity, SCRATCH_IDENTITY);
}

static bool attach_scratch(struct board *board, const struct options *options, const char **error) {
  static char found[256], text[384];
  if (!options->scratch)
    return true;
  struct scratch_disk *disk = &board->scratch_disk;
  disk->kept = options->scratch_kept;
  disk->size = options->scratch_size;
  read_identity(board, disk->identity);
  if (!scratch_disk_open(disk, found, sizeof found)) {
    snprintf(text, sizeof text, "--scratch %s: opening the scratch disk: %s", options->scratch, found);
    *error = text;
    return false;
  }
  board->scratch.size = disk->size;
  board->scratch.read = scratch_disk_read;
  board->scratch.write = scratch_disk_write;
  board->scratch.flush = disk->kept ? scratch_disk_flush : NULL;
  board->scratch.owner = disk;
  virtio_block_init(&board->scratch);
  return attach_virtio(board, &board->scratch.device, board_device_count(options) - 1);
}

static bool attach_network(struct board *board, const struct options *options) {
  if (!options->net)
    return true;
  board->network = network_create(options);
  return board->network && attach_virtio(board, &board->network->nic.device, BOARD_DEVICE_SHARES + shares_count());
}

unsigned board_device_count(const struct options *options) {
  return BOARD_DEVICE_SHARES + shares_count() + options->net + (options->scratch != NULL);
}

bool board_attach_devices(struct board *board, const struct options *options, const char **error) {
  const char *why;
  if (!open_rootfs(board, &why)) {
    *error = why;
    return false;
  }
  board->rng.fill = board_random;
  board->rng.owner = board;
  if (!attach_network(board, options) || !attach_scratch(board, options, error))
    return false;
  board_attach_streams(board, options);
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
  return target && host_part_read(part, 0, target, size);
}

static uint64_t memory_needed(const struct options *options) {
  enum { OTHERS = 1 << 20 };
  return options->memory + (options->memory >> PAGE_BITS) + virtio_9p_memory(shares_count()) +
         (options->net ? network_memory() : 0) + frames_memory(host_part_size(HOST_FRAME_TABLE)) +
         host_part_size(HOST_KERNEL) + 2 * host_part_size(HOST_LAUNCH) + OTHERS;
}

bool board_reserve(struct options *options, uint64_t (*processor_needs)(uint64_t ram_size)) {
  while (!host_reserve(memory_needed(options) + processor_needs(options->memory))) {
    if (!options_lower_memory(options))
      return false;
  }
  return true;
}

uint64_t board_time_at_reset_ns(const struct options *options) {
  return options->deterministic ? DETERMINISTIC_TIME_NS : host_realtime_ns();
}
