// A server of DHCP (RFC 2131) for a guest that asks, though init has set what it would learn.
#ifndef NET_DHCP_H
#define NET_DHCP_H

#include "net/udp.h"

enum { DHCP_PORT = 67 };

// A datagram of the guest for DHCP_PORT, sent to all or to the gateway.
void dhcp_read(struct link *link, const struct udp_datagram *datagram);

#endif
