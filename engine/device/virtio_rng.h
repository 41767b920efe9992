// Virtio entropy device.
#ifndef DEVICE_VIRTIO_RNG_H
#define DEVICE_VIRTIO_RNG_H

#include "device/virtio_mmio.h"

struct virtio_rng {
  struct virtio_device device;
  void (*fill)(void *owner, uint8_t *bytes, size_t length);
  void *owner;
};

void virtio_rng_init(struct virtio_rng *rng);

#endif
