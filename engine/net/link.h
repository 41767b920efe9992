// The guest's end of the cable: frames to it, with what is in the Ethernet header.
#ifndef NET_LINK_H
#define NET_LINK_H

#include "device/ethernet_frame.h"

#include <stdbool.h>

enum {
  LINK_HEADER = 14,
  LINK_MTU = 1500,
  LINK_ADDRESS = 6,
  LINK_TYPE_IPV4 = 0x0800,
  LINK_TYPE_ARP = 0x0806,
  LINK_TYPE_IPV6 = 0x86dd
};

struct link {
  // False while the guest has no room.
  bool (*send)(void *owner, const struct ethernet_frame *frame);
  // Does the guest take long frames and leave checksums out?
  bool (*offloads)(void *owner);
  void *owner;
  uint8_t guest[LINK_ADDRESS];
  // Whole frames that wait for room, each after its length; what does not fit is lost.
  uint8_t *waiting;
  size_t waiting_start, waiting_end;
};

enum { LINK_WAITING_SIZE = 1 << 18 };

// Writes the Ethernet header.
void link_header(const struct link *link, uint8_t header[LINK_HEADER], uint16_t type);
// Sends a frame without offloads, now or later.
void link_send(struct link *link, const struct ethernet_frame *frame);
// Sends what waits; false if some still does.
bool link_flush(struct link *link);

#endif
