#include "net/tcp_output.h"

#include "net/wire.h"

#include <string.h>

enum { OPTIONS = 8, SCALE = 7, WINDOW_MOST = 65535 };
// As many whole segments as fit in one long frame.
enum { LONG_FRAME = IP_LENGTH_MAX - IP_HEADER - TCP_HEADER };

uint32_t tcp_window(const struct tcp_connection *connection, bool syn) {
  const uint32_t most = connection->scales && !syn ? (uint32_t)WINDOW_MOST << SCALE : WINDOW_MOST;
  const uint32_t window = connection->credit < most ? connection->credit : most;
  return connection->scales && !syn ? window >> SCALE << SCALE : window;
}

uint16_t tcp_segment_most(const struct tcp_connection *connection) {
  return (uint16_t)(LINK_MTU - ip_header_size(connection->remote) - TCP_HEADER);
}

static size_t put_options(uint8_t *options, const struct tcp_connection *connection) {
  static const uint8_t SAID[OPTIONS] = {2, 4, 0, 0, 1, 3, 3, SCALE};
  memcpy(options, SAID, OPTIONS);
  wire_put16(options + 2, tcp_segment_most(connection));
  return OPTIONS;
}

bool tcp_send(struct tcp *tcp, struct tcp_connection *connection, uint32_t sequence, uint8_t flags, uint32_t from,
              uint32_t length) {
  uint8_t header[LINK_HEADER + IP6_HEADER + TCP_HEADER + OPTIONS] = {0};
  const size_t before = LINK_HEADER + ip_header_size(connection->remote);
  uint8_t *segment = header + before;
  const bool offloads = tcp->link->offloads(tcp->link->owner);
  size_t size = TCP_HEADER;
  // Without an answer of the guest's to go by, the option stays: a guest that does not scale ignores it.
  if (flags & TCP_SYN && (connection->scales || !(flags & TCP_ACK)))
    size += put_options(segment + TCP_HEADER, connection);
  const uint32_t window = tcp_window(connection, flags & TCP_SYN);
  wire_put16(segment, connection->remote_port);
  wire_put16(segment + 2, connection->guest_port);
  wire_put32(segment + 4, sequence);
  wire_put32(segment + 8, flags & TCP_ACK ? connection->received : 0);
  segment[12] = (uint8_t)(size / 4 << 4);
  segment[13] = flags;
  wire_put16(segment + 14, (uint16_t)(connection->scales && !(flags & TCP_SYN) ? window >> SCALE : window));
  const uint32_t start = (connection->ring_start + from) & (connection->ring_size - 1);
  const uint32_t whole = connection->ring_size - start, first = length < whole ? length : whole;
  struct ethernet_frame frame = {.header = header,
                                 .header_size = before + size,
                                 .payload = {connection->ring + start, connection->ring},
                                 .payload_size = {first, length - first}};
  const uint64_t sum = ip_pseudo_sum(IP_TCP, connection->remote, size + length);
  if (offloads) {
    frame.checksum_start = (uint16_t)before;
    frame.checksum_offset = 16;
    frame.segment_size = connection->segment_size;
    frame.ipv6 = !ip_is_v4(connection->remote);
    wire_put16(segment + 16, wire_fold(sum));
  } else {
    uint64_t all = wire_sum(sum, segment, size);
    all = wire_sum(all, frame.payload[0], first);
    wire_put16(segment + 16, (uint16_t)~wire_fold(wire_sum(all, frame.payload[1], length - first)));
  }
  ip_header(tcp->link, header, IP_TCP, connection->remote, size + length);
  if (!link_flush(tcp->link) || !tcp->link->send(tcp->link->owner, &frame))
    return false;
  if (flags & TCP_ACK) {
    connection->offered = connection->received + window;
    connection->must_acknowledge = false;
  }
  return true;
}

void tcp_refuse(struct tcp *tcp, const struct tcp_segment *segment, struct ip_address remote) {
  uint8_t header[LINK_HEADER + IP6_HEADER + TCP_HEADER] = {0};
  uint8_t *answer = header + LINK_HEADER + ip_header_size(remote);
  const uint32_t length =
      (uint32_t)segment->length + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);
  if (segment->flags & TCP_RST)
    return;
  wire_put16(answer, segment->remote_port);
  wire_put16(answer + 2, segment->guest_port);
  if (segment->flags & TCP_ACK)
    wire_put32(answer + 4, segment->acknowledgment);
  else
    wire_put32(answer + 8, segment->sequence + length);
  answer[12] = TCP_HEADER / 4 << 4;
  answer[13] = segment->flags & TCP_ACK ? TCP_RST : TCP_RST | TCP_ACK;
  const uint64_t sum = wire_sum(ip_pseudo_sum(IP_TCP, remote, TCP_HEADER), answer, TCP_HEADER);
  wire_put16(answer + 16, (uint16_t)~wire_fold(sum));
  ip_send(tcp->link, IP_TCP, remote, header, TCP_HEADER, NULL, 0);
}

void tcp_reset_guest(struct tcp *tcp, struct tcp_connection *connection) {
  const struct tcp_segment last = {.flags = connection->state == TCP_OPENING ? TCP_SYN : TCP_ACK,
                                   .sequence = connection->received - 1,
                                   .acknowledgment = connection->sent,
                                   .guest_port = connection->guest_port,
                                   .remote_port = connection->remote_port};
  if (connection->state != TCP_CALLING)
    tcp_refuse(tcp, &last, connection->remote);
  tcp_release(tcp, connection);
}

static uint32_t end_sequence(const struct tcp_connection *connection) {
  return connection->acknowledged + connection->ring_length;
}

static uint32_t max_segment(const struct tcp *tcp, const struct tcp_connection *connection) {
  if (tcp->link->offloads(tcp->link->owner))
    return LONG_FRAME / connection->segment_size * connection->segment_size;
  return connection->segment_size;
}

// False if the guest has no room for frames.
static bool send_data(struct tcp *tcp, struct tcp_connection *connection) {
  for (;;) {
    const uint32_t flying = connection->sent - connection->acknowledged;
    if (flying >= connection->ring_length || flying >= connection->window)
      return true;
    const uint32_t ready = connection->ring_length - flying, room = connection->window - flying;
    uint32_t length = ready < room ? ready : room;
    // A short segment only as the last one, or when nothing else will bring the guest on.
    if (length < ready && length < connection->segment_size && flying)
      return true;
    const uint32_t most = max_segment(tcp, connection);
    length = length < most ? length : most;
    const uint32_t start = (connection->ring_start + flying) & (connection->ring_size - 1);
    const uint32_t whole = connection->ring_size - start;
    if (length > whole && whole & 1)
      length = whole; // a sum over two pieces needs an even first one
    const bool last = length == ready;
    const uint8_t flags = (uint8_t)(TCP_ACK | (last ? TCP_PSH : 0) | (last && connection->peer_ended ? TCP_FIN : 0));
    if (!tcp_send(tcp, connection, connection->sent, flags, flying, length))
      return false;
    connection->sent += length + (flags & TCP_FIN ? 1 : 0);
  }
}

static bool send_end(struct tcp *tcp, struct tcp_connection *connection) {
  if (!connection->peer_ended || connection->end_acknowledged || connection->sent != end_sequence(connection))
    return true;
  if (!tcp_send(tcp, connection, connection->sent, TCP_FIN | TCP_ACK, 0, 0))
    return false;
  connection->sent++;
  return true;
}

static bool is_over(const struct tcp_connection *connection) {
  return connection->guest_ended && connection->end_acknowledged && !connection->must_acknowledge;
}

static void tell_taken(struct tcp *tcp, struct tcp_connection *connection) {
  if (connection->peer_ended || !connection->taken)
    return;
  if (connection->taken < connection->ring_size / 4 && connection->ring_length)
    return;
  tcp_tell_taken(tcp, connection, connection->taken);
  connection->taken = 0;
}

static bool open_flush(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  const bool sent = send_data(tcp, connection) && send_end(tcp, connection) &&
                    (!connection->must_acknowledge || tcp_send(tcp, connection, connection->sent, TCP_ACK, 0, 0));
  if ((int32_t)(connection->sent - connection->sent_most) > 0)
    connection->sent_most = connection->sent;
  tell_taken(tcp, connection);
  if (connection->sent != connection->acknowledged && !connection->timer)
    tcp_set_timer(tcp, connection, now + TCP_RETRY);
  else if (connection->ring_length && connection->sent == connection->acknowledged && !connection->timer)
    tcp_set_timer(tcp, connection, now + TCP_PROBE);
  return sent;
}

bool tcp_say_hello(struct tcp *tcp, struct tcp_connection *connection) {
  const uint8_t flags = connection->state == TCP_ANSWERED ? TCP_SYN | TCP_ACK : TCP_SYN;
  return tcp_send(tcp, connection, connection->acknowledged - 1, flags, 0, 0);
}

void tcp_flush(struct tcp *tcp, uint64_t now) {
  uint16_t blocked = 0;
  for (struct tcp_connection *connection; (connection = tcp_at(tcp, tcp->first_to_flush));) {
    tcp->first_to_flush = connection->next_to_flush;
    connection->to_flush = false;
    if (connection->state != TCP_OPEN)
      continue;
    if (!open_flush(tcp, connection, now)) {
      connection->to_flush = true;
      connection->next_to_flush = blocked;
      blocked = tcp_number(tcp, connection);
    } else if (is_over(connection)) {
      tcp_release(tcp, connection);
    }
  }
  tcp->first_to_flush = blocked;
}
