// Virtio network device. Frames of 64 KiB pass in both directions, and checksums only where they mean something.
#ifndef DEVICE_VIRTIO_NET_H
#define DEVICE_VIRTIO_NET_H

#include "device/ethernet_frame.h"
#include "device/virtio_mmio.h"

enum { VIRTIO_NET_FRAME_MAX = 14 + 65535 };

struct virtio_net {
  struct virtio_device device;
  // A frame of the guest.
  void (*transmitted)(void *owner, const uint8_t *frame, size_t length);
  // The guest's driver begins anew.
  void (*reset)(void *owner);
  // The guest has sent all it had, or has given buffers.
  void (*notified)(void *owner);
  void *owner;
  uint8_t frame[VIRTIO_NET_FRAME_MAX]; // the guest's that is being looked at
};

void virtio_net_init(struct virtio_net *net);
// Gives the guest a frame, in as many of its buffers as it takes; false, and nothing done, while it has too few.
bool virtio_net_receive(struct virtio_net *net, const struct ethernet_frame *frame);
// Does the guest take frames with checksums left to it, that stand for many segments?
bool virtio_net_offloads(const struct virtio_net *net);

#endif
