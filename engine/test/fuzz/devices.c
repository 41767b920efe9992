#include "devices.h"

#include "cpu.h"

#include <string.h>

enum { RING_SIZE = 16, DISK_SIZE = 1 << 16 };

static void fill_random(void *owner, uint8_t *bytes, size_t length) {
  uint8_t *random = owner;
  for (size_t i = 0; i < length; i++)
    bytes[i] = *random += 37;
}

static bool read_disk(void *owner, uint64_t offset, uint8_t *bytes, size_t length) {
  (void)owner;
  if (offset > DISK_SIZE || length > DISK_SIZE - offset)
    fuzz_finding("the disk is read behind its end");
  for (size_t i = 0; i < length; i++)
    bytes[i] = (uint8_t)((offset + i) * 29 >> 3);
  return true;
}

static bool take_output(void *owner, enum console_port port, const uint8_t *bytes, size_t length) {
  (void)owner;
  (void)port;
  (void)bytes;
  (void)length;
  return true;
}

static bool attach(struct board *board, struct virtio_device *device, unsigned number) {
  device->ram = &board->ram;
  device->line = board->line;
  device->line.source += number;
  return virtio_attach(device, &board->bus, board->virtio_base + number * VIRTIO_MMIO_SIZE);
}

bool fuzz_attach_devices(struct board *board, uint8_t *random) {
  board->console.output = take_output;
  board->block.size = DISK_SIZE;
  board->block.read = read_disk;
  board->rng.fill = fill_random;
  board->rng.owner = random;
  virtio_console_init(&board->console);
  virtio_block_init(&board->block);
  virtio_rng_init(&board->rng);
  return attach(board, &board->console.device, BOARD_DEVICE_CONSOLE) &&
         attach(board, &board->block.device, BOARD_DEVICE_BLOCK) && attach(board, &board->rng.device, BOARD_DEVICE_RNG);
}

// A driver has got as far as that, with rings anywhere: what devices write may be code.
static void start_device(struct dice *dice, struct virtio_device *device, struct virtio_device *other,
                         uint64_t ram_base, unsigned pages) {
  device->status = 0xf;
  for (unsigned i = 0; i < device->type->queues; i++) {
    const uint64_t page = ram_base + (uint64_t)roll(dice, pages) * PAGE_SIZE;
    device->queues[i] = (struct virtqueue){
        .size = RING_SIZE, .ready = true, .descriptors = page, .available = page + 0x200, .used = page + 0x400};
  }
  other->status = device->status;
  memcpy(other->queues, device->queues, sizeof other->queues);
}

void fuzz_start_devices(struct dice *dice, struct board *normal, struct board *stepped, uint64_t ram_base,
                        unsigned pages) {
  start_device(dice, &normal->block.device, &stepped->block.device, ram_base, pages);
  start_device(dice, &normal->rng.device, &stepped->rng.device, ram_base, pages);
  start_device(dice, &normal->console.device, &stepped->console.device, ram_base, pages);
}

void fuzz_same_memory(const struct board *normal, const struct board *stepped, size_t size) {
  const uint8_t *a = normal->ram.host, *b = stepped->ram.host;
  if (memcmp(a, b, size) == 0)
    return;
  unsigned at = 0;
  while (a[at] == b[at])
    at++;
  fuzz_same("memory at offset", at, a[at], b[at]);
}

bool fuzz_tables_differ(const uint8_t *before, const uint8_t *now, size_t size, uint64_t marks) {
  for (size_t at = 0; at < size; at += 8) {
    uint64_t old, new;
    memcpy(&old, before + at, sizeof old);
    memcpy(&new, now + at, sizeof new);
    if ((old ^ new) & ~marks)
      return true;
  }
  return false;
}
