// The 9P transport device of virtio (device 9; the configuration space is that of Linux's
// include/uapi/linux/virtio_9p.h). A chain holds a message in its readable part and takes the reply in its writable
// one. What is read and written goes from host to guest memory without a copy between.
#include "device/virtio_9p.h"

#include "device/virtio_9p_serve.h"
#include "device/virtio_9p_special.h"

#include <string.h>

enum { FEATURE_MOUNT_TAG = 1 << 0, QUEUE_SIZE = 256 };

// locate() of struct p9_buffers. Pieces that follow each other in guest memory become one.
static unsigned locate(void *owner, bool reply, uint64_t offset, uint64_t length, struct files_vector *vectors) {
  struct virtio_device *device = owner;
  const struct virtio_chain *chain = &device->chain;
  const unsigned first = reply ? chain->readable : 0;
  const unsigned end = first + (reply ? chain->writable : chain->readable);
  unsigned count = 0;
  for (unsigned i = first; i < end && length; i++) {
    const struct virtio_segment *segment = &chain->segments[i];
    if (offset >= segment->length) {
      offset -= segment->length;
      continue;
    }
    const uint64_t rest = segment->length - offset, part = rest < length ? rest : length;
    uint8_t *bytes = reply ? ram_write_at(device->ram, segment->address + offset, part)
                           : (uint8_t *)(uintptr_t)ram_read_at(device->ram, segment->address + offset, part);
    struct files_vector *last = count ? &vectors[count - 1] : NULL;
    if (last && last->bytes + last->length == bytes)
      last->length += (size_t)part;
    else if (count < P9_VECTORS_MAX)
      vectors[count++] = (struct files_vector){bytes, (size_t)part};
    else
      break;
    length -= part;
    offset = 0;
  }
  return count;
}

static void notify(struct virtio_device *device, unsigned queue) {
  struct virtio_9p *p9 = device->state;
  while (virtio_take(device, queue)) {
    const struct p9_buffers buffers = {.readable = device->chain.readable_bytes,
                                       .writable = device->chain.writable_bytes,
                                       .locate = locate,
                                       .owner = device};
    size_t reply_length;
    const size_t length = virtio_chain_read(&device->chain, device->ram, 0, p9->request, sizeof p9->request);
    const uint32_t written = p9_serve(&p9->server, &buffers, p9->request, length, p9->reply, &reply_length);
    if (written == 0) {
      virtio_break(device);
      return;
    }
    virtio_chain_write(&device->chain, device->ram, 0, p9->reply, reply_length);
    virtio_give(device, queue, written);
  }
}

static const uint8_t *config(struct virtio_device *device, uint32_t *size) {
  const struct virtio_9p *p9 = device->state;
  *size = sizeof p9->config;
  return p9->config;
}

static void reset(struct virtio_device *device) {
  struct virtio_9p *p9 = device->state;
  p9_server_reset(&p9->server);
}

static const struct virtio_type P9 = {.device_id = 9,
                                      .features = FEATURE_MOUNT_TAG,
                                      .queues = 1,
                                      .queue_size = QUEUE_SIZE,
                                      .config = config,
                                      .notify = notify,
                                      .reset = reset};

uint64_t virtio_9p_memory(unsigned devices) {
  const uint64_t shared = P9_LISTING_POOL_SIZE + p9_kept_memory() + p9_specials_memory();
  return devices ? devices * sizeof(struct virtio_9p) + shared : 0;
}

bool virtio_9p_init(struct virtio_9p *p9, unsigned share, const char *tag) {
  const size_t length = strlen(tag);
  if (length > VIRTIO_9P_TAG_MAX)
    return false;
  p9->config[0] = (uint8_t)length;
  memcpy(p9->config + 2, tag, length);
  p9->device.type = &P9;
  p9->device.state = p9;
  return p9_server_init(&p9->server, share);
}
