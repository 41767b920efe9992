// Split virtqueues (virtio 1.2, section 2.7), the device's side. Everything read from guest memory is checked:
// a chain handed out names guest RAM only, is no longer than its queue, and has its readable parts first.
#ifndef DEVICE_VIRTQUEUE_H
#define DEVICE_VIRTQUEUE_H

#include "memory/ram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VIRTQUEUE_SIZE_MAX = 256 };

struct virtqueue {
  uint32_t size; // a power of two, at most VIRTQUEUE_SIZE_MAX
  bool ready;
  uint64_t descriptors, available, used; // physical addresses
  uint16_t next_available;
};

struct virtio_segment {
  uint64_t address;
  uint32_t length;
};

struct virtio_chain {
  uint16_t head;
  uint16_t readable, writable; // segments; the readable ones come first
  uint64_t readable_bytes, writable_bytes;
  struct virtio_segment segments[VIRTQUEUE_SIZE_MAX];
};

enum virtqueue_state { VIRTQUEUE_EMPTY, VIRTQUEUE_CHAIN, VIRTQUEUE_BROKEN };

bool virtqueue_has_buffers(const struct virtqueue *queue, const struct ram *ram);
enum virtqueue_state virtqueue_take(struct virtqueue *queue, const struct ram *ram, struct virtio_chain *chain);
// Gives the chain back with `written` bytes in its writable part. False if the ring is not in RAM.
bool virtqueue_give(const struct virtqueue *queue, struct ram *ram, uint16_t head, uint32_t written);
bool virtqueue_wants_interrupt(const struct virtqueue *queue, const struct ram *ram);

// Copies between host memory and the chain's readable or writable bytes, from `offset` on; returns bytes copied,
// fewer than `length` only where the chain ends.
size_t virtio_chain_read(const struct virtio_chain *chain, const struct ram *ram, uint64_t offset, uint8_t *bytes,
                         size_t length);
size_t virtio_chain_write(const struct virtio_chain *chain, struct ram *ram, uint64_t offset, const uint8_t *bytes,
                          size_t length);

#endif
