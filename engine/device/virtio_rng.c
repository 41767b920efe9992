// Virtio 1.2, section 5.4.
#include "device/virtio_rng.h"

enum { QUEUE_SIZE = 8, REQUEST_MAX = 4096 };

static void notify(struct virtio_device *device, unsigned queue) {
  const struct virtio_rng *rng = device->state;
  while (virtio_take(device, queue)) {
    uint8_t bytes[256];
    uint64_t done = 0;
    const uint64_t wanted = device->chain.writable_bytes < REQUEST_MAX ? device->chain.writable_bytes : REQUEST_MAX;
    while (done < wanted) {
      const uint64_t rest = wanted - done;
      const size_t part = rest < sizeof bytes ? (size_t)rest : sizeof bytes;
      rng->fill(rng->owner, bytes, part);
      done += virtio_chain_write(&device->chain, device->ram, done, bytes, part);
    }
    virtio_give(device, queue, (uint32_t)done);
  }
}

static const struct virtio_type RNG = {.device_id = 4, .queues = 1, .queue_size = QUEUE_SIZE, .notify = notify};

void virtio_rng_init(struct virtio_rng *rng) {
  rng->device.type = &RNG;
  rng->device.state = rng;
}
