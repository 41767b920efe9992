// ICMP (RFC 792) and ICMPv6 (RFC 4443), with what IPv6 has in ARP's place (RFC 4861).
#ifndef NET_ICMP_H
#define NET_ICMP_H

#include "host/net.h"
#include "net/ip.h"

// What a packet of the guest's is told it has met.
enum icmp_cause { ICMP_HOST, ICMP_PORT, ICMP_FILTERED };

// Answers an echo request to the gateway or the name server; others are filtered.
void icmp_read(struct link *link, const struct ip_packet *packet);
// The same, and answers who asks for the address of the gateway's or the name server's interface.
void icmp6_read(struct link *link, const struct ip_packet *packet);
// "Destination unreachable", by a router on the way or by `from`, for a packet of which `quoted` are IP's header and 8
// bytes more.
void icmp_unreachable(struct link *link, enum icmp_cause cause, struct ip_address from, const uint8_t *quoted);
// The same for a packet of a flow that was: ports and what follows them.
void icmp_unreachable_flow(struct link *link, enum net_reason reason, uint8_t protocol, struct ip_address to,
                           const uint8_t start[8]);

#endif
