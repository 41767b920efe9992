// Virtio transport of a 9P server: one directory of the host.
#ifndef DEVICE_VIRTIO_9P_H
#define DEVICE_VIRTIO_9P_H

#include "device/ninep.h"
#include "device/virtio_mmio.h"

enum { VIRTIO_9P_TAG_MAX = 32 };

struct virtio_9p {
  struct virtio_device device;
  struct ninep_server server;
  uint8_t config[2 + VIRTIO_9P_TAG_MAX];
  uint8_t request[NINEP_MESSAGE_MAX], reply[NINEP_MESSAGE_MAX];
};

// `tag` is what the guest mounts the share by.
void virtio_9p_init(struct virtio_9p *ninep, unsigned share, const char *tag);

#endif
