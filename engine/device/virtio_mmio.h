// The virtio-mmio transport (virtio 1.2, section 4.2, version 2 registers): common part of all virtio devices.
#ifndef DEVICE_VIRTIO_MMIO_H
#define DEVICE_VIRTIO_MMIO_H

#include "device/device_tree.h"
#include "device/interrupt_line.h"
#include "device/virtqueue.h"
#include "memory/bus.h"
#include "memory/ram.h"

enum { VIRTIO_QUEUES_MAX = 12, VIRTIO_MMIO_SIZE = 0x1000 };

struct virtio_device;

struct virtio_type {
  uint32_t device_id;
  uint64_t features; // VIRTIO_F_VERSION_1 is added
  uint32_t queues, queue_size;
  // The device configuration space; reads beyond it give 0.
  const uint8_t *(*config)(struct virtio_device *device, uint32_t *size);
  void (*notify)(struct virtio_device *device, unsigned queue);
  void (*reset)(struct virtio_device *device);
};

struct virtio_device {
  const struct virtio_type *type;
  void *state; // the device's own
  struct ram *ram;
  struct interrupt_line line;
  uint32_t status, interrupt_status;
  uint32_t feature_select, driver_feature_select, queue_select;
  uint64_t driver_features;
  struct virtqueue queues[VIRTIO_QUEUES_MAX];
  struct virtio_chain chain; // the one being worked on
};

bool virtio_attach(struct virtio_device *device, struct bus *bus, uint64_t base);
void virtio_describe(struct device_tree *tree, uint64_t base, uint32_t plic_phandle, unsigned source);
// The next chain of a queue in device->chain; false if there is none. A malformed one breaks the device.
bool virtio_take(struct virtio_device *device, unsigned queue);
// Gives device->chain back and interrupts the guest if it wants that.
void virtio_give(struct virtio_device *device, unsigned queue, uint32_t written);
// The guest broke the protocol: nothing is served until it resets the device.
void virtio_break(struct virtio_device *device);

#endif
