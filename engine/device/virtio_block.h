// Read-only virtio block device over a part of the bundle.
#ifndef DEVICE_VIRTIO_BLOCK_H
#define DEVICE_VIRTIO_BLOCK_H

#include "device/virtio_mmio.h"

struct virtio_block {
  struct virtio_device device;
  uint64_t size; // bytes
  // Called at request time, straight into guest memory; false is an I/O error. The range is inside.
  bool (*read)(void *owner, uint64_t offset, uint8_t *bytes, size_t length);
  void *owner;
  uint8_t config[16];
};

void virtio_block_init(struct virtio_block *block);

#endif
