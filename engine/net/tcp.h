// TCP (RFC 9293) over a link that loses nothing: connections end here, and go on as streams of the host.
#ifndef NET_TCP_H
#define NET_TCP_H

#include "host/net.h"
#include "net/ip.h"

enum { TCP_CONNECTIONS = 1024, TCP_LARGE = 256, TCP_BUCKETS = 2048 };
// What a connection keeps for the guest until it has acknowledged it: more for the first ones.
enum { TCP_RING_LARGE = 65536, TCP_RING_SMALL = NET_CREDIT };

enum tcp_state {
  TCP_FREE,
  TCP_OPENING,  // the guest asked, the peer has not answered
  TCP_CALLING,  // a client has come, the guest has not answered
  TCP_ANSWERED, // the guest has our SYN and ACK
  TCP_OPEN
};

struct tcp_connection {
  enum tcp_state state;
  uint32_t stream, remote;
  uint16_t remote_port, guest_port;
  uint16_t next_of_tuple, next_of_stream, next_to_flush; // numbers from 1; 0: none
  bool to_flush;
  // From the guest. `offered` is the right edge of the window that it was told.
  uint32_t received, offered, credit, credit_most;
  bool guest_ended, must_acknowledge;
  // To the guest: the ring begins with the byte at `acknowledged`; all up to `sent_most` was sent once.
  uint32_t acknowledged, sent, sent_most, window;
  uint32_t ring_start, ring_length, ring_size, taken;
  uint8_t *ring;
  uint16_t segment_size;
  uint8_t guest_scale;
  bool scales, peer_ended, end_acknowledged;
  unsigned duplicates, tries;
  uint64_t timer; // ns; 0: off
};

struct tcp {
  struct link *link;
  uint64_t next_timer;
  uint16_t free_large, free_small, first_to_flush; // lists by next_to_flush and next_of_tuple
  bool full;                                       // a connection found no place
  uint16_t tuples[TCP_BUCKETS], streams[TCP_BUCKETS];
  struct tcp_connection connections[TCP_CONNECTIONS];
};

#define TCP_RINGS_SIZE ((uint64_t)TCP_LARGE * TCP_RING_LARGE + (uint64_t)(TCP_CONNECTIONS - TCP_LARGE) * TCP_RING_SMALL)
#define TCP_NEVER UINT64_MAX

// `rings` has TCP_RINGS_SIZE bytes.
void tcp_init(struct tcp *tcp, struct link *link, uint8_t *rings);
// Resets all connections, at the peer's side only.
void tcp_reset(struct tcp *tcp);
// A segment of the guest.
void tcp_read(struct tcp *tcp, const struct ip_packet *packet, uint64_t now);
// What happened on a TCP stream; false if there is no such stream.
bool tcp_event(struct tcp *tcp, const struct net_event *event, uint64_t now);
// Sends what there is to send.
void tcp_flush(struct tcp *tcp, uint64_t now);
// Does what is due.
void tcp_timers(struct tcp *tcp, uint64_t now);

#endif
