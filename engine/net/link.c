#include "net/link.h"

#include <string.h>

static const uint8_t GATEWAY[LINK_ADDRESS] = {0x02, 0x6f, 0x32, 0x77, 0x00, 0x02};

void link_header(const struct link *link, uint8_t header[LINK_HEADER], uint16_t type) {
  memcpy(header, link->guest, LINK_ADDRESS);
  memcpy(header + LINK_ADDRESS, GATEWAY, LINK_ADDRESS);
  header[12] = (uint8_t)(type >> 8);
  header[13] = (uint8_t)type;
}

static void put(struct link *link, const void *bytes, size_t length) {
  if (length)
    memcpy(link->waiting + link->waiting_end, bytes, length);
  link->waiting_end += length;
}

static void keep(struct link *link, const struct ethernet_frame *frame) {
  const size_t size = frame->header_size + frame->payload_size[0] + frame->payload_size[1];
  const size_t used = link->waiting_end - link->waiting_start;
  if (used + sizeof size + size > LINK_WAITING_SIZE)
    return;
  if (link->waiting_end + sizeof size + size > LINK_WAITING_SIZE) {
    memmove(link->waiting, link->waiting + link->waiting_start, used);
    link->waiting_start = 0;
    link->waiting_end = used;
  }
  put(link, &size, sizeof size);
  put(link, frame->header, frame->header_size);
  put(link, frame->payload[0], frame->payload_size[0]);
  put(link, frame->payload[1], frame->payload_size[1]);
}

bool link_flush(struct link *link) {
  while (link->waiting_start != link->waiting_end) {
    size_t size;
    memcpy(&size, link->waiting + link->waiting_start, sizeof size);
    const struct ethernet_frame frame = {.header = link->waiting + link->waiting_start + sizeof size,
                                         .header_size = size};
    if (!link->send(link->owner, &frame))
      return false;
    link->waiting_start += sizeof size + size;
  }
  link->waiting_start = link->waiting_end = 0;
  return true;
}

void link_send(struct link *link, const struct ethernet_frame *frame) {
  if (!link_flush(link) || !link->send(link->owner, frame))
    keep(link, frame);
}
