// Virtio 1.2, section 5.16 only reserves the number; the transport is the one Linux's net/9p/trans_virtio.c speaks: a
// request is the readable part of a chain, its reply goes to the writable part.
#include "device/virtio_9p.h"

#include <string.h>

enum { FEATURE_MOUNT_TAG = 1, QUEUE_SIZE = 128 };

static void notify(struct virtio_device *device, unsigned queue) {
  struct virtio_9p *ninep = device->state;
  while (virtio_take(device, queue)) {
    const size_t size = virtio_chain_read(&device->chain, device->ram, 0, ninep->request, sizeof ninep->request);
    const uint64_t writable = device->chain.writable_bytes;
    const size_t capacity = writable < sizeof ninep->reply ? (size_t)writable : sizeof ninep->reply;
    const size_t reply = ninep_serve(&ninep->server, ninep->request, size, ninep->reply, capacity);
    if (reply == 0) {
      virtio_break(device);
      return;
    }
    virtio_chain_write(&device->chain, device->ram, 0, ninep->reply, reply);
    virtio_give(device, queue, (uint32_t)reply);
  }
}

static void reset(struct virtio_device *device) {
  struct virtio_9p *ninep = device->state;
  ninep_reset(&ninep->server);
}

static const uint8_t *config(struct virtio_device *device, uint32_t *size) {
  const struct virtio_9p *ninep = device->state;
  *size = sizeof ninep->config;
  return ninep->config;
}

static const struct virtio_type NINEP = {.device_id = 9,
                                         .features = FEATURE_MOUNT_TAG,
                                         .queues = 1,
                                         .queue_size = QUEUE_SIZE,
                                         .config = config,
                                         .notify = notify,
                                         .reset = reset};

void virtio_9p_init(struct virtio_9p *ninep, unsigned share, const char *tag) {
  const uint16_t length = (uint16_t)(strlen(tag) < VIRTIO_9P_TAG_MAX ? strlen(tag) : VIRTIO_9P_TAG_MAX);
  memcpy(ninep->config, &length, sizeof length);
  memcpy(ninep->config + sizeof length, tag, length);
  ninep->server.share = share;
  ninep->server.message_size = NINEP_MESSAGE_MAX;
  ninep->device.type = &NINEP;
  ninep->device.state = ninep;
}
