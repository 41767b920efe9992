// Virtio 1.2, section 5.2.
#include "device/virtio_block.h"

#include <string.h>

enum { FEATURE_SEG_MAX = 1 << 2, FEATURE_READ_ONLY = 1 << 5, FEATURE_FLUSH = 1 << 9 };
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4, TYPE_GET_ID = 8 };
enum { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };
enum { SECTOR_SIZE = 512, ID_SIZE = 20, QUEUE_SIZE = 256 };
enum { CONFIG_CAPACITY = 0, CONFIG_SEG_MAX = 12 };

struct request_header {
  uint32_t type, reserved;
  uint64_t sector;
};

static bool is_on_disk(const struct virtio_block *block, uint64_t sector, uint64_t length) {
  return sector <= block->size / SECTOR_SIZE && length <= block->size - sector * SECTOR_SIZE &&
         length % SECTOR_SIZE == 0;
}

// All writable bytes but the last, which is the status, are the data.
static bool read_sectors(struct virtio_block *block, uint64_t sector, uint64_t length) {
  struct virtio_device *device = &block->device;
  const struct virtio_chain *chain = &device->chain;
  if (!is_on_disk(block, sector, length))
    return false;
  uint64_t offset = sector * SECTOR_SIZE, rest = length;
  for (unsigned i = chain->readable; rest && i < chain->readable + chain->writable; i++) {
    const uint64_t part = chain->segments[i].length < rest ? chain->segments[i].length : rest;
    uint8_t *target = ram_write_at(device->ram, chain->segments[i].address, part);
    if (target && !block->read(block->owner, offset, target, (size_t)part))
      return false;
    offset += part;
    rest -= part;
  }
  return true;
}

// All readable bytes behind the header are the data.
static bool write_sectors(struct virtio_block *block, uint64_t sector) {
  const struct virtio_device *device = &block->device;
  const struct virtio_chain *chain = &device->chain;
  if (!is_on_disk(block, sector, chain->readable_bytes - sizeof(struct request_header)))
    return false;
  uint64_t offset = sector * SECTOR_SIZE, skipped = 0;
  for (unsigned i = 0; i < chain->readable; i++) {
    const struct virtio_segment *segment = &chain->segments[i];
    const uint64_t left = sizeof(struct request_header) - skipped;
    const uint64_t skip = segment->length < left ? segment->length : left;
    const size_t part = segment->length - (size_t)skip;
    skipped += skip;
    const uint8_t *source = ram_read_at(device->ram, segment->address + skip, part);
    if (source && part && !block->write(block->owner, offset, source, part))
      return false;
    offset += part;
  }
  return true;
}

static uint8_t flush(const struct virtio_block *block) {
  return !block->flush || block->flush(block->owner) ? STATUS_OK : STATUS_IO_ERROR;
}

static uint8_t serve(struct virtio_block *block, uint64_t data_length, uint64_t *written) {
  static const uint8_t ID[ID_SIZE] = "oci2wasm";
  struct virtio_device *device = &block->device;
  struct request_header header;
  *written = 0;
  if (virtio_chain_read(&device->chain, device->ram, 0, (uint8_t *)&header, sizeof header) != sizeof header)
    return STATUS_IO_ERROR;
  switch (header.type) {
  case TYPE_IN:
    if (!read_sectors(block, header.sector, data_length))
      return STATUS_IO_ERROR;
    *written = data_length;
    return STATUS_OK;
  case TYPE_OUT:
    if (!block->write)
      return STATUS_UNSUPPORTED;
    return write_sectors(block, header.sector) ? STATUS_OK : STATUS_IO_ERROR;
  case TYPE_FLUSH: return flush(block);
  case TYPE_GET_ID:
    *written =
        virtio_chain_write(&device->chain, device->ram, 0, ID, data_length < ID_SIZE ? (size_t)data_length : ID_SIZE);
    return STATUS_OK;
  default: return STATUS_UNSUPPORTED;
  }
}

static void notify(struct virtio_device *device, unsigned queue) {
  while (virtio_take(device, queue)) {
    const uint64_t writable = device->chain.writable_bytes;
    if (writable == 0 || writable > UINT32_MAX) {
      virtio_break(device); // no room for the status byte
      return;
    }
    uint64_t written;
    const uint8_t status = serve(device->state, writable - 1, &written);
    virtio_chain_write(&device->chain, device->ram, writable - 1, &status, 1);
    virtio_give(device, queue, (uint32_t)written + 1);
  }
}

static const uint8_t *config(struct virtio_device *device, uint32_t *size) {
  const struct virtio_block *block = device->state;
  *size = sizeof block->config;
  return block->config;
}

#define BLOCK(more)                                                                                                    \
  {.device_id = 2,                                                                                                     \
   .features = FEATURE_SEG_MAX | (more),                                                                               \
   .queues = 1,                                                                                                        \
   .queue_size = QUEUE_SIZE,                                                                                           \
   .config = config,                                                                                                   \
   .notify = notify}
static const struct virtio_type READ_ONLY = BLOCK(FEATURE_READ_ONLY), WRITTEN = BLOCK(0),
                                FLUSHED = BLOCK(FEATURE_FLUSH);

void virtio_block_init(struct virtio_block *block) {
  const uint64_t capacity = block->size / SECTOR_SIZE;
  const uint32_t seg_max = QUEUE_SIZE - 2; // header and status take one each
  memcpy(block->config + CONFIG_CAPACITY, &capacity, sizeof capacity);
  memcpy(block->config + CONFIG_SEG_MAX, &seg_max, sizeof seg_max);
  block->device.type = !block->write ? &READ_ONLY : block->flush ? &FLUSHED : &WRITTEN;
  block->device.state = block;
}
