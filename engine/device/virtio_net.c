// Virtio 1.2, section 5.1.
#include "device/virtio_net.h"

#include <string.h>

enum { QUEUE_RECEIVE, QUEUE_TRANSMIT, QUEUES, QUEUE_SIZE = 256 };

#define FEATURE(bit) (UINT64_C(1) << (bit))
#define FEATURE_CSUM FEATURE(0)
#define FEATURE_GUEST_CSUM FEATURE(1)
#define FEATURE_MAC FEATURE(5)
#define FEATURE_GUEST_TSO4 FEATURE(7)
#define FEATURE_GUEST_TSO6 FEATURE(8)
#define FEATURE_HOST_TSO4 FEATURE(11)
#define FEATURE_HOST_TSO6 FEATURE(12)
#define FEATURE_MRG_RXBUF FEATURE(15)
#define OFFLOADS (FEATURE_GUEST_CSUM | FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6 | FEATURE_MRG_RXBUF)

struct header {
  uint8_t flags, segmentation;
  uint16_t header_size, segment_size, checksum_start, checksum_offset, buffers;
};
_Static_assert(sizeof(struct header) == 12, "as in guest memory");
enum { FLAG_NEEDS_CHECKSUM = 1, SEGMENTATION_NONE = 0, SEGMENTATION_TCP4 = 1, SEGMENTATION_TCP6 = 4 };
enum { ETHERNET_HEADER = 14 };

static void transmit(struct virtio_net *net) {
  struct virtio_device *device = &net->device;
  while (virtio_take(device, QUEUE_TRANSMIT)) {
    const uint64_t size = device->chain.readable_bytes;
    const bool sound =
        size >= sizeof(struct header) + ETHERNET_HEADER && size - sizeof(struct header) <= sizeof net->frame;
    const size_t length =
        sound ? virtio_chain_read(&device->chain, device->ram, sizeof(struct header), net->frame, sizeof net->frame)
              : 0;
    virtio_give(device, QUEUE_TRANSMIT, 0); // before the frame is looked at: its answer needs a chain too
    if (sound)
      net->transmitted(net->owner, net->frame, length);
  }
}

static void notify(struct virtio_device *device, unsigned queue) {
  struct virtio_net *net = device->state;
  if (queue == QUEUE_TRANSMIT)
    transmit(net);
  net->notified(net->owner);
}

static void reset(struct virtio_device *device) {
  struct virtio_net *net = device->state;
  net->reset(net->owner);
}

static const uint8_t *config(struct virtio_device *device, uint32_t *size) {
  static const uint8_t MAC[] = {0x02, 0x6f, 0x32, 0x77, 0x00, 0x01};
  (void)device;
  *size = sizeof MAC;
  return MAC;
}

static const struct virtio_type NET = {.device_id = 1,
                                       .features = FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_MAC |
                                                   FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6 | FEATURE_HOST_TSO4 |
                                                   FEATURE_HOST_TSO6 | FEATURE_MRG_RXBUF,
                                       .queues = QUEUES,
                                       .queue_size = QUEUE_SIZE,
                                       .config = config,
                                       .notify = notify,
                                       .reset = reset};

void virtio_net_init(struct virtio_net *net) {
  net->device.type = &NET;
  net->device.state = net;
}

bool virtio_net_offloads(const struct virtio_net *net) {
  return (net->device.driver_features & OFFLOADS) == OFFLOADS;
}

// The header and the frame's pieces, one after the other, to one buffer after the other.
struct writer {
  struct virtio_device *device;
  bool may_grow; // beyond one buffer
  unsigned buffers;
  struct virtio_segment first; // where the header lies
  uint16_t heads[QUEUE_SIZE];
  uint32_t written[QUEUE_SIZE];
};

static bool take_buffer(struct writer *writer) {
  struct virtio_device *device = writer->device;
  const struct virtio_chain *chain = &device->chain;
  if (writer->buffers == QUEUE_SIZE || (writer->buffers && !writer->may_grow) || !virtio_take(device, QUEUE_RECEIVE))
    return false;
  if (writer->buffers == 0 && chain->writable)
    writer->first = chain->segments[chain->readable];
  writer->heads[writer->buffers] = chain->head;
  writer->written[writer->buffers++] = 0;
  return true;
}

static bool write(struct writer *writer, const uint8_t *bytes, size_t length) {
  struct virtio_device *device = writer->device;
  while (length) {
    const unsigned last = writer->buffers - 1;
    if (writer->buffers == 0 || writer->written[last] >= device->chain.writable_bytes) {
      if (!take_buffer(writer))
        return false;
      continue;
    }
    const size_t part = virtio_chain_write(&device->chain, device->ram, writer->written[last], bytes, length);
    writer->written[last] += (uint32_t)part;
    bytes += part;
    length -= part;
  }
  return true;
}

static bool write_all(struct writer *writer, const struct ethernet_frame *frame) {
  const bool many = frame->segment_size && frame->payload_size[0] + frame->payload_size[1] > frame->segment_size;
  const uint8_t segmentation = frame->ipv6 ? SEGMENTATION_TCP6 : SEGMENTATION_TCP4;
  const struct header header = {.flags = frame->checksum_start ? FLAG_NEEDS_CHECKSUM : 0,
                                .segmentation = many ? segmentation : SEGMENTATION_NONE,
                                .header_size = many ? (uint16_t)frame->header_size : 0,
                                .segment_size = many ? frame->segment_size : 0,
                                .checksum_start = frame->checksum_start,
                                .checksum_offset = frame->checksum_offset};
  return write(writer, (const uint8_t *)&header, sizeof header) && write(writer, frame->header, frame->header_size) &&
         write(writer, frame->payload[0], frame->payload_size[0]) &&
         write(writer, frame->payload[1], frame->payload_size[1]);
}

bool virtio_net_receive(struct virtio_net *net, const struct ethernet_frame *frame) {
  struct virtio_device *device = &net->device;
  struct virtqueue *queue = &device->queues[QUEUE_RECEIVE];
  struct writer writer = {.device = device, .may_grow = (device->driver_features & FEATURE_MRG_RXBUF) != 0};
  const uint16_t before = queue->next_available;
  if (!write_all(&writer, frame)) {
    queue->next_available = before;            // nothing of it has been given back: it has not been taken
    return writer.buffers && !writer.may_grow; // a guest with one small buffer a frame: lost
  }
  if (writer.first.length < sizeof(struct header)) {
    virtio_break(device); // 5.1.6.3: the header is in one piece here
    return true;
  }
  const uint16_t buffers = (uint16_t)writer.buffers;
  memcpy(ram_write_at(device->ram, writer.first.address + offsetof(struct header, buffers), sizeof buffers), &buffers,
         sizeof buffers);
  for (unsigned i = 0; i < writer.buffers; i++) {
    device->chain.head = writer.heads[i];
    virtio_give(device, QUEUE_RECEIVE, writer.written[i]);
  }
  return true;
}
