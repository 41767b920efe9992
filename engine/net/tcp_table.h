// The TCP connections there are: by their tuple, by their stream, and those with something to do.
#ifndef NET_TCP_TABLE_H
#define NET_TCP_TABLE_H

#include "host/net.h"
#include "net/dns_stream.h"
#include "net/ip.h"

enum { TCP_CONNECTIONS = 1024, TCP_LARGE = 256, TCP_BUCKETS = 2048 };
// What a connection keeps for the guest until it has acknowledged it: more for the first ones.
enum { TCP_RING_LARGE = 65536, TCP_RING_SMALL = NET_CREDIT };

// What every host takes in one segment (RFC 9293, 3.7.1).
enum { TCP_SEGMENT_LEAST = 536 };

enum tcp_state {
  TCP_FREE,
  TCP_OPENING,  // the guest asked, the peer has not answered
  TCP_CALLING,  // a client has come, the guest has not answered
  TCP_ANSWERED, // the guest has our SYN and ACK
  TCP_OPEN
};

struct tcp_connection {
  enum tcp_state state;
  uint32_t stream;
  struct ip_address remote;
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
  struct dns_streams *names; // where connections to the name server lead
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
// Connections have numbers from 1; NULL for 0.
uint16_t tcp_number(const struct tcp *tcp, const struct tcp_connection *connection);
struct tcp_connection *tcp_at(struct tcp *tcp, uint16_t number);
struct tcp_connection *tcp_find(struct tcp *tcp, struct ip_address remote, uint16_t remote_port, uint16_t guest_port);
struct tcp_connection *tcp_find_stream(struct tcp *tcp, uint32_t stream);
// A new one; NULL if there is no room.
struct tcp_connection *tcp_take(struct tcp *tcp, struct ip_address remote, uint16_t remote_port, uint16_t guest_port);
// Gives it another remote address and port.
void tcp_move(struct tcp *tcp, struct tcp_connection *connection, struct ip_address remote, uint16_t remote_port);
// Its stream; tells the peer how much it may send.
void tcp_set_stream(struct tcp *tcp, struct tcp_connection *connection, uint32_t stream);
void tcp_release(struct tcp *tcp, struct tcp_connection *connection);
// Does the name server answer it? Then its stream is of dns_stream.h, and none of the host's.
bool tcp_is_inside(const struct tcp_connection *connection);
// There is room for so much more of the stream.
void tcp_tell_taken(struct tcp *tcp, const struct tcp_connection *connection, uint32_t count);
// It may have something to send.
void tcp_flush_later(struct tcp *tcp, struct tcp_connection *connection);
// When something is due; 0: nothing.
void tcp_set_timer(struct tcp *tcp, struct tcp_connection *connection, uint64_t when);

#endif
