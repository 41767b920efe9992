// The container's network: loopback, and eth0 where the run has a network.
#ifndef INIT_NETWORK_H
#define INIT_NETWORK_H

#include <stdint.h>

struct network {
  const char *address;     // as text
  const char *name_server; // likewise
  uint8_t bytes[4], mask[4], gateway[4];
  uint8_t bytes6[16], gateway6[16];
  uint32_t prefix6; // 0: no IPv6
};

// Turns `lo` on; the kernel then gives it 127.0.0.1 and ::1 by itself.
void network_loopback_up(void);

// Reads the launch description's `ADDRESS/PREFIX GATEWAY DNS`; anything else ends the run.
void network_read(char *record, struct network *network);

// Reads `ADDRESS/PREFIX GATEWAY` of IPv6, in eight groups each; anything else ends the run.
void network_read6(char *record, struct network *network);

// Gives eth0 its addresses and turns it on, with the gateway as the way to all else. Needs /proc.
void network_up(const struct network *network);

#endif
