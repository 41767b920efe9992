// TCP (RFC 9293) over a link that loses nothing: connections end here, and go on as streams of the host.
#ifndef NET_TCP_H
#define NET_TCP_H

#include "net/tcp_table.h"

// Resets all connections, at the peer's side only.
void tcp_reset(struct tcp *tcp);
// A segment of the guest.
void tcp_read(struct tcp *tcp, const struct ip_packet *packet, uint64_t now);
// What happened on a TCP stream; false if there is no such stream.
bool tcp_event(struct tcp *tcp, const struct net_event *event, uint64_t now);
// Does what is due.
void tcp_timers(struct tcp *tcp, uint64_t now);

#endif
