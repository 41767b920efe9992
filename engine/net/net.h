// A network of one guest: its frames end here, and go on as streams of the host (host/net.h).
#ifndef NET_NET_H
#define NET_NET_H

#include "host/net.h"
#include "net/link.h"

struct net;

// What net_create allocates.
uint64_t net_memory(void);
// NULL if the host has not enough memory. Frames to the guest go by the functions of `link`.
struct net *net_create(const struct link *link);
// The guest's driver begins anew: all connections are over.
void net_reset(struct net *net);
// A frame of the guest. Times are the host's, in ns.
void net_read(struct net *net, const uint8_t *frame, size_t length, uint64_t now);
// What happened outside, but for NET_GONE.
void net_event(struct net *net, const struct net_event *event, uint64_t now);
// Does what is due, and sends what there is to send.
void net_flush(struct net *net, uint64_t now);
// When something is due, or UINT64_MAX.
uint64_t net_deadline(const struct net *net);
// Says once of each limit that it was met; NULL: of none.
const char *net_complaint(struct net *net);

#endif
