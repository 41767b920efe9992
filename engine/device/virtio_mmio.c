#include "device/virtio_mmio.h"

#include <string.h>

enum {
  REG_MAGIC = 0x000,
  REG_VERSION = 0x004,
  REG_DEVICE_ID = 0x008,
  REG_VENDOR_ID = 0x00c,
  REG_DEVICE_FEATURES = 0x010,
  REG_DEVICE_FEATURES_SELECT = 0x014,
  REG_DRIVER_FEATURES = 0x020,
  REG_DRIVER_FEATURES_SELECT = 0x024,
  REG_QUEUE_SELECT = 0x030,
  REG_QUEUE_SIZE_MAX = 0x034,
  REG_QUEUE_SIZE = 0x038,
  REG_QUEUE_READY = 0x044,
  REG_QUEUE_NOTIFY = 0x050,
  REG_INTERRUPT_STATUS = 0x060,
  REG_INTERRUPT_ACK = 0x064,
  REG_STATUS = 0x070,
  REG_QUEUE_DESCRIPTORS = 0x080,
  REG_QUEUE_AVAILABLE = 0x090,
  REG_QUEUE_USED = 0x0a0,
  REG_CONFIG_GENERATION = 0x0fc,
  REG_CONFIG = 0x100
};

enum { MAGIC = 0x74726976, VERSION = 2, VENDOR = 0x4f32574d /* MW2O */ };
enum { STATUS_DRIVER_OK = 4, STATUS_NEEDS_RESET = 64 };
enum { INTERRUPT_USED_BUFFER = 1, INTERRUPT_CONFIG_CHANGE = 2 };
#define FEATURE_VERSION_1 (UINT64_C(1) << 32)

static void raise(struct virtio_device *device, uint32_t why) {
  device->interrupt_status |= why;
  interrupt_line_set(&device->line, true);
}

void virtio_break(struct virtio_device *device) {
  device->status |= STATUS_NEEDS_RESET;
  raise(device, INTERRUPT_CONFIG_CHANGE);
}

bool virtio_take(struct virtio_device *device, unsigned queue) {
  if (!(device->status & STATUS_DRIVER_OK) || (device->status & STATUS_NEEDS_RESET))
    return false;
  const enum virtqueue_state state = virtqueue_take(&device->queues[queue], device->ram, &device->chain);
  if (state == VIRTQUEUE_BROKEN)
    virtio_break(device);
  return state == VIRTQUEUE_CHAIN;
}

void virtio_give(struct virtio_device *device, unsigned queue, uint32_t written) {
  const struct virtqueue *given = &device->queues[queue];
  if (!virtqueue_give(given, device->ram, device->chain.head, written))
    virtio_break(device);
  else if (virtqueue_wants_interrupt(given, device->ram))
    raise(device, INTERRUPT_USED_BUFFER);
}

static void reset(struct virtio_device *device) {
  memset(device->queues, 0, sizeof device->queues);
  device->status = device->interrupt_status = 0;
  device->driver_features = 0;
  interrupt_line_set(&device->line, false);
  if (device->type->reset)
    device->type->reset(device);
}

static struct virtqueue *selected_queue(struct virtio_device *device) {
  return device->queue_select < device->type->queues ? &device->queues[device->queue_select] : NULL;
}

static uint32_t read_features(const struct virtio_device *device) {
  const uint64_t features = device->type->features | FEATURE_VERSION_1;
  return device->feature_select > 1 ? 0 : (uint32_t)(features >> (32 * device->feature_select));
}

static uint64_t read_config(struct virtio_device *device, uint64_t offset, unsigned size) {
  uint32_t length;
  uint64_t value = 0;
  const uint8_t *config = device->type->config(device, &length);
  if (offset < length && size <= length - offset)
    memcpy(&value, config + offset, size);
  return value;
}

static uint64_t virtio_read(void *opaque, uint64_t offset, unsigned size) {
  struct virtio_device *device = opaque;
  const struct virtqueue *queue = selected_queue(device);
  if (offset >= REG_CONFIG)
    return device->type->config ? read_config(device, offset - REG_CONFIG, size) : 0;
  switch (offset) {
  case REG_MAGIC: return MAGIC;
  case REG_VERSION: return VERSION;
  case REG_DEVICE_ID: return device->type->device_id;
  case REG_VENDOR_ID: return VENDOR;
  case REG_DEVICE_FEATURES: return read_features(device);
  case REG_QUEUE_SIZE_MAX: return queue ? device->type->queue_size : 0;
  case REG_QUEUE_READY: return queue && queue->ready;
  case REG_INTERRUPT_STATUS: return device->interrupt_status;
  case REG_STATUS: return device->status;
  default: return 0; // REG_CONFIG_GENERATION too: no configuration here ever changes
  }
}

static void set_half(uint64_t *address, uint64_t offset, uint64_t value) {
  const unsigned shift = offset & 4 ? 32 : 0;
  *address = (*address & ~(UINT64_C(0xffffffff) << shift)) | (value & UINT32_MAX) << shift;
}

static void write_queue(struct virtio_device *device, uint64_t offset, uint64_t value) {
  struct virtqueue *queue = selected_queue(device);
  if (!queue)
    return;
  switch (offset) {
  case REG_QUEUE_SIZE: queue->size = (uint32_t)value; break;
  case REG_QUEUE_READY: {
    const bool usable = queue->size && queue->size <= device->type->queue_size && !(queue->size & (queue->size - 1));
    queue->ready = (value & 1) && usable;
    queue->next_available = 0;
    break;
  }
  case REG_QUEUE_DESCRIPTORS:
  case REG_QUEUE_DESCRIPTORS + 4: set_half(&queue->descriptors, offset, value); break;
  case REG_QUEUE_AVAILABLE:
  case REG_QUEUE_AVAILABLE + 4: set_half(&queue->available, offset, value); break;
  case REG_QUEUE_USED:
  case REG_QUEUE_USED + 4: set_half(&queue->used, offset, value); break;
  default: break;
  }
}

static void acknowledge(struct virtio_device *device, uint32_t bits) {
  device->interrupt_status &= ~bits;
  if (!device->interrupt_status)
    interrupt_line_set(&device->line, false);
}

static void write_status(struct virtio_device *device, uint32_t status) {
  if (status == 0)
    reset(device);
  else
    device->status = status | (device->status & STATUS_NEEDS_RESET);
}

static void virtio_write(void *opaque, uint64_t offset, uint64_t value, unsigned size) {
  struct virtio_device *device = opaque;
  (void)size;
  switch (offset) {
  case REG_DEVICE_FEATURES_SELECT: device->feature_select = (uint32_t)value; break;
  case REG_DRIVER_FEATURES_SELECT: device->driver_feature_select = (uint32_t)value; break;
  case REG_DRIVER_FEATURES:
    if (device->driver_feature_select <= 1)
      set_half(&device->driver_features, device->driver_feature_select * 4, value);
    break;
  case REG_QUEUE_SELECT: device->queue_select = (uint32_t)value; break;
  case REG_QUEUE_NOTIFY:
    if (value < device->type->queues)
      device->type->notify(device, (unsigned)value);
    break;
  case REG_INTERRUPT_ACK: acknowledge(device, (uint32_t)value); break;
  case REG_STATUS: write_status(device, (uint32_t)value); break;
  default: write_queue(device, offset, value); break;
  }
}

bool virtio_attach(struct virtio_device *device, struct bus *bus, uint64_t base) {
  const struct mmio_region region = {.base = base,
                                     .size = VIRTIO_MMIO_SIZE,
                                     .min_access = 1, // bytes of the configuration space
                                     .max_access = 8,
                                     .read = virtio_read,
                                     .write = virtio_write,
                                     .device = device};
  return bus_attach(bus, &region);
}

void virtio_describe(struct device_tree *tree, uint64_t base, uint32_t plic_phandle, unsigned source) {
  device_tree_begin_at(tree, "virtio_mmio", base);
  device_tree_string(tree, "compatible", "virtio,mmio");
  device_tree_region(tree, base, VIRTIO_MMIO_SIZE);
  device_tree_u32(tree, "interrupt-parent", plic_phandle);
  device_tree_u32(tree, "interrupts", source);
  device_tree_end(tree);
}
