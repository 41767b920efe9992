// Virtio block device: the bundle's root filesystem, which is read-only, or a disk that is written too.
#ifndef DEVICE_VIRTIO_BLOCK_H
#define DEVICE_VIRTIO_BLOCK_H

#include "device/virtio_mmio.h"

struct virtio_block {
  struct virtio_device device;
  uint64_t size; // bytes
  // Called at request time, straight into guest memory; false is an I/O error. The range is inside.
  bool (*read)(void *owner, uint64_t offset, uint8_t *bytes, size_t length);
  // The same the other way; NULL makes the device read-only.
  bool (*write)(void *owner, uint64_t offset, const uint8_t *bytes, size_t length);
  // What was written is to survive the host; NULL where nobody cares: the guest is then not offered to ask for it.
  bool (*flush)(void *owner);
  void *owner;
  uint8_t config[16];
};

void virtio_block_init(struct virtio_block *block);

#endif
