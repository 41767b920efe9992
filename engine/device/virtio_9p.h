// Virtio 9P transport: a share of the host for the guest to mount under its tag.
#ifndef DEVICE_VIRTIO_9P_H
#define DEVICE_VIRTIO_9P_H

#include "device/virtio_9p_server.h"
#include "device/virtio_mmio.h"

enum { VIRTIO_9P_TAG_MAX = 32 };

struct virtio_9p {
  struct virtio_device device;
  struct p9_server server;
  uint8_t config[2 + VIRTIO_9P_TAG_MAX];
  uint8_t request[P9_REQUEST_MAX], reply[P9_REPLY_MAX];
};

// Memory that so many devices take, what they allocate themselves included.
uint64_t virtio_9p_memory(unsigned devices);
// The device must be all zero. False if the host has not enough memory. `share` is a number of host/files.h.
bool virtio_9p_init(struct virtio_9p *p9, unsigned share, const char *tag);

#endif
