// UDP (RFC 768): a flow is a port of the guest's and a remote one.
#ifndef NET_UDP_H
#define NET_UDP_H

#include "host/net.h"
#include "net/ip.h"

enum { UDP_FLOWS = 512, UDP_HEADER = 8 };

struct udp_flow {
  uint32_t stream; // 0: free
  struct ip_address remote;
  uint16_t remote_port, guest_port;
  uint64_t used; // ns
};

struct udp {
  struct link *link;
  uint64_t next_timer;
  bool full; // a flow found no place
  struct udp_flow flows[UDP_FLOWS];
};

// A datagram of the guest, in parts.
struct udp_datagram {
  uint16_t guest_port, remote_port;
  const uint8_t *data;
  size_t length;
};

// False if the packet holds none.
bool udp_parse(const struct ip_packet *packet, struct udp_datagram *datagram);
// Sends one to the guest.
void udp_answer(struct link *link, struct ip_address from, uint16_t from_port, uint16_t guest_port, const uint8_t *data,
                size_t length);
// A datagram of the guest that goes out.
void udp_send(struct udp *udp, struct ip_address to, const struct udp_datagram *datagram, uint64_t now);
// What happened on a UDP stream; false if there is no such stream.
bool udp_event(struct udp *udp, const struct net_event *event, uint64_t now);
// Ends all flows.
void udp_reset(struct udp *udp);
// Ends flows that are idle.
void udp_timers(struct udp *udp, uint64_t now);

#endif
