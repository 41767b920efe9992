// A guest's side of a virtio device, for tests: guest memory, the transport's registers and one ring at a time.
#ifndef TEST_VIRTIO_DRIVER_H
#define TEST_VIRTIO_DRIVER_H

#include "device/plic.h"
#include "device/virtio_mmio.h"

#include <string.h>

#define TEST_RAM_BASE UINT64_C(0x80000000)
#define TEST_DEVICE_BASE UINT64_C(0x10001000)
enum { TEST_RAM_SIZE = 1 << 20, TEST_QUEUE_SIZE = 8, TEST_SOURCE = 1 };
enum { TEST_DATA = 0x40000 }; // where tests put buffers; rings are below, 0x1000 a queue
enum { TEST_NEXT = 1, TEST_WRITE = 2 };
enum { TEST_NEEDS_RESET = 64 };

struct test_guest {
  struct ram ram;
  struct bus bus;
  struct plic plic;
  struct virtio_device *device;
  bool interrupted;
};

struct test_descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};

static void test_interrupt(void *owner, bool pending) {
  ((struct test_guest *)owner)->interrupted = pending;
}

static inline void test_write(struct test_guest *guest, uint64_t offset, uint64_t value) {
  bus_write(&guest->bus, TEST_DEVICE_BASE + offset, 4, value);
}

static inline uint64_t test_read(struct test_guest *guest, uint64_t offset) {
  uint64_t value = UINT64_MAX;
  bus_read(&guest->bus, TEST_DEVICE_BASE + offset, 4, &value);
  return value;
}

static inline uint8_t *test_memory(struct test_guest *guest, uint64_t offset) {
  return guest->ram.host + offset;
}

static inline uint64_t test_ring(unsigned queue) {
  return (queue + 1) * UINT64_C(0x1000);
}

static inline void test_place_queue(struct test_guest *guest, unsigned queue, uint64_t descriptors, uint64_t available,
                                    uint64_t used) {
  test_write(guest, 0x030, queue);
  test_write(guest, 0x038, TEST_QUEUE_SIZE);
  const uint64_t addresses[] = {descriptors, available, used};
  for (unsigned i = 0; i < 3; i++) {
    test_write(guest, 0x080 + 0x10 * i, addresses[i] & UINT32_MAX);
    test_write(guest, 0x084 + 0x10 * i, addresses[i] >> 32);
  }
  test_write(guest, 0x044, 1);
}

static inline void test_start_queue(struct test_guest *guest, unsigned queue) {
  const uint64_t ring = TEST_RAM_BASE + test_ring(queue);
  memset(test_memory(guest, test_ring(queue)), 0, 0x1000);
  test_place_queue(guest, queue, ring, ring + 0x400, ring + 0x800);
}

// Resets the device and starts its first `queues` queues.
static inline void test_start(struct test_guest *guest, unsigned queues) {
  test_write(guest, 0x070, 0);
  for (unsigned queue = 0; queue < queues; queue++)
    test_start_queue(guest, queue);
  test_write(guest, 0x070, 15);
}

static inline bool test_attach(struct test_guest *guest, struct virtio_device *device) {
  *guest = (struct test_guest){.device = device};
  guest->plic.output = test_interrupt;
  guest->plic.owner = guest;
  guest->plic.priority[TEST_SOURCE] = 1;
  guest->plic.enabled = 1U << TEST_SOURCE;
  device->ram = &guest->ram;
  device->line = (struct interrupt_line){plic_set_line, &guest->plic, TEST_SOURCE};
  return ram_init(&guest->ram, TEST_RAM_BASE, TEST_RAM_SIZE) && virtio_attach(device, &guest->bus, TEST_DEVICE_BASE);
}

static inline void test_describe(struct test_guest *guest, unsigned queue, unsigned index, uint64_t address,
                                 uint32_t length, uint16_t flags, uint16_t next) {
  const struct test_descriptor descriptor = {address, length, flags, next};
  memcpy(test_memory(guest, test_ring(queue) + index * sizeof descriptor), &descriptor, sizeof descriptor);
}

static inline uint16_t test_u16(struct test_guest *guest, uint64_t offset) {
  uint16_t value;
  memcpy(&value, test_memory(guest, offset), sizeof value);
  return value;
}

static inline void test_offer(struct test_guest *guest, unsigned queue, uint16_t head) {
  const uint64_t available = test_ring(queue) + 0x400;
  uint16_t index = test_u16(guest, available + 2);
  memcpy(test_memory(guest, available + 4 + (index % TEST_QUEUE_SIZE) * 2U), &head, sizeof head);
  index++;
  memcpy(test_memory(guest, available + 2), &index, sizeof index);
}

static inline void test_notify(struct test_guest *guest, unsigned queue) {
  test_write(guest, 0x050, queue);
}

static inline uint16_t test_used_count(struct test_guest *guest, unsigned queue) {
  return test_u16(guest, test_ring(queue) + 0x802);
}

// Bytes written by the device into the chain given back last.
static inline uint32_t test_used_length(struct test_guest *guest, unsigned queue) {
  const unsigned last = (test_used_count(guest, queue) - 1U) % TEST_QUEUE_SIZE;
  uint32_t length;
  memcpy(&length, test_memory(guest, test_ring(queue) + 0x804 + last * 8U + 4), sizeof length);
  return length;
}

static inline bool test_broken(struct test_guest *guest) {
  return (test_read(guest, 0x070) & TEST_NEEDS_RESET) != 0;
}

#endif
