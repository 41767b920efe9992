#include "device/virtqueue.h"

#include <string.h>

// Virtio 1.2, 2.7.5 to 2.7.8.
enum {
  DESCRIPTOR_SIZE = 16,
  DESCRIPTOR_NEXT = 1,
  DESCRIPTOR_WRITE = 2,
  RING_FLAGS = 0,
  RING_INDEX = 2,
  RING_ENTRIES = 4,
  AVAILABLE_NO_INTERRUPT = 1
};

struct descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
_Static_assert(sizeof(struct descriptor) == DESCRIPTOR_SIZE, "as in guest memory");

static bool read_u16(const struct ram *ram, uint64_t address, uint16_t *value) {
  const uint8_t *bytes = ram_read_at(ram, address, sizeof *value);
  if (bytes)
    memcpy(value, bytes, sizeof *value);
  return bytes != NULL;
}

bool virtqueue_has_buffers(const struct virtqueue *queue, const struct ram *ram) {
  uint16_t index;
  return queue->ready && read_u16(ram, queue->available + RING_INDEX, &index) && index != queue->next_available;
}

static bool add_segment(struct virtio_chain *chain, const struct ram *ram, const struct descriptor *descriptor) {
  const bool writable = (descriptor->flags & DESCRIPTOR_WRITE) != 0;
  if (!ram_contains(ram, descriptor->address, descriptor->length) || (chain->writable && !writable))
    return false;
  struct virtio_segment *segment = &chain->segments[chain->readable + chain->writable];
  segment->address = descriptor->address;
  segment->length = descriptor->length;
  if (writable) {
    chain->writable++;
    chain->writable_bytes += descriptor->length;
  } else {
    chain->readable++;
    chain->readable_bytes += descriptor->length;
  }
  return true;
}

enum virtqueue_state virtqueue_take(struct virtqueue *queue, const struct ram *ram, struct virtio_chain *chain) {
  uint16_t index, head;
  if (!queue->ready)
    return VIRTQUEUE_EMPTY;
  if (!read_u16(ram, queue->available + RING_INDEX, &index))
    return VIRTQUEUE_BROKEN;
  if (index == queue->next_available)
    return VIRTQUEUE_EMPTY;
  const uint64_t slot = queue->next_available & (queue->size - 1);
  if (!read_u16(ram, queue->available + RING_ENTRIES + slot * 2, &head))
    return VIRTQUEUE_BROKEN;
  *chain = (struct virtio_chain){.head = head};
  struct descriptor descriptor = {.flags = DESCRIPTOR_NEXT, .next = head};
  // A chain longer than the queue has a loop.
  for (uint32_t count = 0; descriptor.flags & DESCRIPTOR_NEXT; count++) {
    if (count == queue->size || descriptor.next >= queue->size)
      return VIRTQUEUE_BROKEN;
    const uint8_t *bytes =
        ram_read_at(ram, queue->descriptors + descriptor.next * (uint64_t)DESCRIPTOR_SIZE, DESCRIPTOR_SIZE);
    if (!bytes)
      return VIRTQUEUE_BROKEN;
    memcpy(&descriptor, bytes, sizeof descriptor);
    if (!add_segment(chain, ram, &descriptor))
      return VIRTQUEUE_BROKEN;
  }
  queue->next_available++;
  return VIRTQUEUE_CHAIN;
}

bool virtqueue_give(const struct virtqueue *queue, struct ram *ram, uint16_t head, uint32_t written) {
  uint16_t index;
  if (!read_u16(ram, queue->used + RING_INDEX, &index))
    return false;
  const uint32_t element[2] = {head, written};
  uint8_t *entry = ram_write_at(ram, queue->used + RING_ENTRIES + (index & (queue->size - 1)) * 8ULL, sizeof element);
  uint8_t *published = ram_write_at(ram, queue->used + RING_INDEX, sizeof index);
  if (!entry || !published)
    return false;
  memcpy(entry, element, sizeof element);
  index++;
  memcpy(published, &index, sizeof index);
  return true;
}

bool virtqueue_wants_interrupt(const struct virtqueue *queue, const struct ram *ram) {
  uint16_t flags;
  return read_u16(ram, queue->available + RING_FLAGS, &flags) && !(flags & AVAILABLE_NO_INTERRUPT);
}

size_t virtio_chain_read(const struct virtio_chain *chain, const struct ram *ram, uint64_t offset, uint8_t *bytes,
                         size_t length) {
  size_t done = 0;
  for (unsigned i = 0; i < chain->readable && done < length; i++) {
    const struct virtio_segment *segment = &chain->segments[i];
    if (offset >= segment->length) {
      offset -= segment->length;
      continue;
    }
    const size_t rest = segment->length - (size_t)offset;
    const size_t part = rest < length - done ? rest : length - done;
    memcpy(bytes + done, ram_read_at(ram, segment->address + offset, part), part);
    done += part;
    offset = 0;
  }
  return done;
}

size_t virtio_chain_write(const struct virtio_chain *chain, struct ram *ram, uint64_t offset, const uint8_t *bytes,
                          size_t length) {
  size_t done = 0;
  for (unsigned i = chain->readable; i < chain->readable + chain->writable && done < length; i++) {
    const struct virtio_segment *segment = &chain->segments[i];
    if (offset >= segment->length) {
      offset -= segment->length;
      continue;
    }
    const size_t rest = segment->length - (size_t)offset;
    const size_t part = rest < length - done ? rest : length - done;
    memcpy(ram_write_at(ram, segment->address + offset, part), bytes + done, part);
    done += part;
    offset = 0;
  }
  return done;
}
