// TCP towards the guest: segments with data, ends, acknowledgments, and resets.
#ifndef NET_TCP_OUTPUT_H
#define NET_TCP_OUTPUT_H

#include "net/tcp_table.h"

enum { TCP_HEADER = 20, TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };
#define TCP_SECOND UINT64_C(1000000000)
#define TCP_RETRY (TCP_SECOND / 5)
#define TCP_PROBE TCP_SECOND

// What the guest sent.
struct tcp_segment {
  uint32_t sequence, acknowledgment;
  uint8_t flags;
  uint32_t window;
  const uint8_t *options, *data;
  size_t options_length, length;
  uint16_t guest_port, remote_port;
};

// The longest segment that goes without offloads.
uint16_t tcp_segment_most(const struct tcp_connection *connection);
// The window that the guest is told.
uint32_t tcp_window(const struct tcp_connection *connection, bool syn);
// Sends `length` bytes of the ring, `from` bytes after its start; false while the guest has no room.
bool tcp_send(struct tcp *tcp, struct tcp_connection *connection, uint32_t sequence, uint8_t flags, uint32_t from,
              uint32_t length);
// SYN, or SYN and ACK.
bool tcp_say_hello(struct tcp *tcp, struct tcp_connection *connection);
// Answers a segment that belongs to nothing (RFC 9293, 3.10.7.1).
void tcp_refuse(struct tcp *tcp, const struct tcp_segment *segment, struct ip_address remote);
// Ends a connection at the guest's side.
void tcp_reset_guest(struct tcp *tcp, struct tcp_connection *connection);
// Sends what there is to send.
void tcp_flush(struct tcp *tcp, uint64_t now);

#endif
