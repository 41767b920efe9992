// ICMP (RFC 792).
#ifndef NET_ICMP_H
#define NET_ICMP_H

#include "host/net.h"
#include "net/ip.h"

enum { ICMP_HOST = 1, ICMP_PORT = 3, ICMP_FILTERED = 13 };

// Answers an echo request to the gateway or the name server; others are filtered.
void icmp_read(struct link *link, const struct ip_packet *packet);
// "Destination unreachable", by a router on the way, for a packet of which `quoted` are IP header and 8 bytes more.
void icmp_unreachable(struct link *link, uint8_t code, uint32_t from, const uint8_t quoted[IP_HEADER + 8]);
// The same for a packet of a flow that was: ports and what follows them.
void icmp_unreachable_flow(struct link *link, enum net_reason reason, uint8_t protocol, uint32_t to,
                           const uint8_t start[8]);

#endif
