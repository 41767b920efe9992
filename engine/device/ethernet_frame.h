// A frame on its way to the guest, as its pieces lie in memory.
#ifndef DEVICE_ETHERNET_FRAME_H
#define DEVICE_ETHERNET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ethernet_frame {
  const uint8_t *header; // of Ethernet, IP and what is in it
  size_t header_size;
  const uint8_t *payload[2];
  size_t payload_size[2];
  // Only for a guest that sums itself: where the summed bytes begin (0: nothing to sum), and where the sum goes from
  // there. The field holds the pseudo header's sum.
  uint16_t checksum_start, checksum_offset;
  bool ipv6;
  uint16_t segment_size; // a frame longer than the MTU stands for TCP segments of this many bytes; 0: it is one
};

#endif
