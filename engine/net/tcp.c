#include "net/tcp.h"

#include "net/icmp.h"
#include "net/tcp_output.h"
#include "net/wire.h"

#include <string.h>

// A guest may be slow, as its host is: it has the two minutes that Linux gives a server to answer.
enum { WINDOW_MOST = 65535, TRIES = 30, CALLS = 27, DUPLICATES = 3 };
#define RETRY_MOST (5 * TCP_SECOND)

static void tell_reset(const struct tcp_connection *connection, enum net_reason reason) {
  if (!tcp_is_inside(connection))
    host_net_reset(connection->stream, reason);
}

static void reset_peer(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  tell_reset(connection, reason);
  tcp_release(tcp, connection);
}

void tcp_reset(struct tcp *tcp) {
  for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
    if (tcp->connections[i].state != TCP_FREE)
      reset_peer(tcp, &tcp->connections[i], NET_BROKEN);
  }
}

static void reset_both(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  tell_reset(connection, reason);
  tcp_reset_guest(tcp, connection);
}

// --- from the guest ---

static void read_options(struct tcp_connection *connection, const struct tcp_segment *segment) {
  enum { OPTION_END = 0, OPTION_NOTHING = 1, OPTION_SEGMENT = 2, OPTION_SCALE = 3, SCALE_MOST = 14 };
  const uint16_t most = tcp_segment_most(connection);
  const uint8_t *option = segment->options, *end = option + segment->options_length;
  while (option < end && *option != OPTION_END) {
    if (*option == OPTION_NOTHING) {
      option++;
      continue;
    }
    if (end - option < 2 || option[1] < 2 || option[1] > end - option)
      return;
    if (option[0] == OPTION_SEGMENT && option[1] == 4) {
      const uint16_t said = wire_get16(option + 2);
      connection->segment_size = said < TCP_SEGMENT_LEAST ? TCP_SEGMENT_LEAST : said < most ? said : most;
    } else if (option[0] == OPTION_SCALE && option[1] == 3) {
      connection->scales = true;
      connection->guest_scale = option[2] < SCALE_MOST ? option[2] : SCALE_MOST;
    }
    option += option[1];
  }
}

static void open_for_guest(struct tcp *tcp, const struct tcp_segment *segment, const struct ip_packet *packet) {
  const bool names = ip_is_names(packet->to);
  const uint32_t inside = names && segment->remote_port == DNS_PORT ? dns_stream_open(tcp->names, packet->to) : 0;
  struct tcp_connection *connection = NULL;
  if (!names || inside)
    connection = tcp_take(tcp, packet->to, segment->remote_port, segment->guest_port);
  if (!connection) {
    if (inside)
      dns_stream_close(tcp->names, inside);
    tcp_refuse(tcp, segment, packet->to);
    return;
  }
  connection->state = TCP_OPENING;
  connection->received = segment->sequence + 1;
  connection->window = segment->window;
  read_options(connection, segment);
  const struct net_address to = ip_to_host(packet->to, segment->remote_port);
  tcp_set_stream(tcp, connection, inside ? inside : host_net_open(NET_TCP, &to));
}

// Clients that look alike get ports that differ.
static uint16_t free_port(struct tcp *tcp, struct ip_address remote, uint16_t port, uint16_t guest_port) {
  for (unsigned tries = 0; port == 0 || tcp_find(tcp, remote, port, guest_port); tries++) {
    port = port > 1024 ? port - 1 : UINT16_MAX;
    if (tries == TCP_CONNECTIONS)
      break;
  }
  return port;
}

// Nobody listens. A client that came with IPv6 tries IPv4, as many servers listen with nothing else.
static void refused(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  const struct ip_address gateway = IP_V4(IP_GATEWAY);
  if (ip_is_v4(connection->remote)) {
    reset_peer(tcp, connection, NET_REFUSED);
    return;
  }
  tcp_move(tcp, connection, gateway, free_port(tcp, gateway, connection->remote_port, connection->guest_port));
  connection->tries = 0;
  tcp_say_hello(tcp, connection);
  tcp_set_timer(tcp, connection, now + TCP_SECOND);
}

static void read_answer(struct tcp *tcp, struct tcp_connection *connection, const struct tcp_segment *segment,
                        uint64_t now) {
  if (!(segment->flags & TCP_ACK) || segment->acknowledgment != connection->acknowledged)
    return;
  if (segment->flags & TCP_RST) {
    refused(tcp, connection, now);
    return;
  }
  if (!(segment->flags & TCP_SYN))
    return;
  read_options(connection, segment);
  connection->state = TCP_OPEN;
  connection->received = segment->sequence + 1;
  connection->window = segment->window;
  connection->must_acknowledge = true;
  connection->timer = 0;
  connection->tries = 0;
  host_net_accept(connection->stream);
  tcp_flush_later(tcp, connection);
}

// The guest has all before `acknowledgment`.
static void advance(struct tcp_connection *connection, uint32_t acknowledgment, uint64_t now, struct tcp *tcp) {
  const uint32_t count = acknowledgment - connection->acknowledged;
  const bool end = count > connection->ring_length;
  const uint32_t bytes = end ? connection->ring_length : count;
  connection->end_acknowledged = end;
  connection->ring_start = (connection->ring_start + bytes) & (connection->ring_size - 1);
  connection->ring_length -= bytes;
  connection->taken += bytes;
  connection->acknowledged = acknowledgment;
  if ((int32_t)(connection->sent - acknowledgment) < 0)
    connection->sent = acknowledgment;
  connection->duplicates = connection->tries = 0;
  tcp_set_timer(tcp, connection, connection->sent == acknowledgment ? 0 : now + TCP_RETRY);
}

static void go_back(struct tcp_connection *connection) {
  connection->sent = connection->acknowledged;
  connection->duplicates = 0;
}

static void read_acknowledgment(struct tcp *tcp, struct tcp_connection *connection, const struct tcp_segment *segment,
                                uint64_t now) {
  const uint32_t window = connection->scales ? segment->window << connection->guest_scale : segment->window;
  const int32_t ahead = (int32_t)(segment->acknowledgment - connection->acknowledged);
  if (ahead < 0 || (int32_t)(segment->acknowledgment - connection->sent_most) > 0)
    return;
  if (ahead > 0)
    advance(connection, segment->acknowledgment, now, tcp);
  else if (segment->length == 0 && window == connection->window && connection->sent != connection->acknowledged &&
           ++connection->duplicates == DUPLICATES)
    go_back(connection);
  connection->window = window;
}

static void read_data(struct tcp *tcp, struct tcp_connection *connection, const struct tcp_segment *segment,
                      uint64_t now) {
  const uint32_t known = connection->received - segment->sequence; // bytes of it that came before
  const bool end = (segment->flags & TCP_FIN) != 0;
  if (segment->length == 0 && !end) {
    connection->must_acknowledge |= known != 0; // it probes
    return;
  }
  connection->must_acknowledge = true;
  if (connection->guest_ended || known > segment->length)
    return; // a hole before it, or all of it is known
  const size_t fresh = segment->length - known, part = fresh < connection->credit ? fresh : connection->credit;
  if (part) {
    connection->credit -= (uint32_t)part;
    connection->received += (uint32_t)part;
    if (!tcp_is_inside(connection)) {
      host_net_send(connection->stream, segment->data + known, part);
    } else if (!dns_stream_take(tcp->names, connection->stream, segment->data + known, part, now)) {
      reset_both(tcp, connection, NET_BROKEN);
      return;
    }
  }
  if (end && part == fresh) {
    connection->received++;
    connection->guest_ended = true;
    if (tcp_is_inside(connection))
      dns_stream_end(tcp->names, connection->stream);
    else
      host_net_end(connection->stream);
  }
}

static void read_open(struct tcp *tcp, struct tcp_connection *connection, const struct tcp_segment *segment,
                      uint64_t now) {
  tcp_flush_later(tcp, connection);
  if (segment->flags & TCP_SYN) {
    if (connection->state == TCP_ANSWERED)
      tcp_say_hello(tcp, connection);
    else
      connection->must_acknowledge = true; // RFC 5961: if it means it, it resets
    return;
  }
  if (!(segment->flags & TCP_ACK))
    return;
  if (connection->state == TCP_ANSWERED) {
    if (segment->acknowledgment != connection->acknowledged)
      return;
    connection->state = TCP_OPEN;
    connection->timer = 0;
    connection->tries = 0;
  }
  read_acknowledgment(tcp, connection, segment, now);
  read_data(tcp, connection, segment, now);
}

static bool parse(struct tcp_segment *segment, const struct ip_packet *packet) {
  const uint8_t *bytes = packet->payload;
  if (packet->length < TCP_HEADER)
    return false;
  const size_t header = (size_t)(bytes[12] >> 4) * 4;
  if (header < TCP_HEADER || header > packet->length)
    return false;
  *segment = (struct tcp_segment){.guest_port = wire_get16(bytes),
                                  .remote_port = wire_get16(bytes + 2),
                                  .sequence = wire_get32(bytes + 4),
                                  .acknowledgment = wire_get32(bytes + 8),
                                  .flags = bytes[13],
                                  .window = wire_get16(bytes + 14),
                                  .options = bytes + TCP_HEADER,
                                  .options_length = header - TCP_HEADER,
                                  .data = bytes + header,
                                  .length = packet->length - header};
  return segment->guest_port && segment->remote_port;
}

void tcp_read(struct tcp *tcp, const struct ip_packet *packet, uint64_t now) {
  struct tcp_segment segment;
  if (!parse(&segment, packet))
    return;
  struct tcp_connection *connection = tcp_find(tcp, packet->to, segment.remote_port, segment.guest_port);
  if (!connection) {
    if ((segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
      open_for_guest(tcp, &segment, packet);
    else
      tcp_refuse(tcp, &segment, packet->to);
  } else if (connection->state == TCP_CALLING) {
    read_answer(tcp, connection, &segment, now);
  } else if (segment.flags & TCP_RST) {
    if (segment.sequence - connection->received <= WINDOW_MOST)
      reset_peer(tcp, connection, NET_BROKEN);
  } else if (connection->state != TCP_OPENING) {
    read_open(tcp, connection, &segment, now);
  }
}

// --- from the peer ---

static void incoming(struct tcp *tcp, const struct net_event *event, uint64_t now) {
  const struct ip_address remote = ip_of_client(&event->address);
  const uint16_t port = free_port(tcp, remote, event->address.port, event->guest_port);
  struct tcp_connection *connection = tcp_take(tcp, remote, port, event->guest_port);
  if (!connection) {
    host_net_reset(event->stream, NET_LIMIT);
    return;
  }
  connection->state = TCP_CALLING;
  connection->credit = connection->credit_most = event->credit;
  tcp_set_stream(tcp, connection, event->stream);
  tcp_say_hello(tcp, connection);
  tcp_set_timer(tcp, connection, now + TCP_SECOND);
}

static void opened(struct tcp *tcp, struct tcp_connection *connection, const struct net_event *event, uint64_t now) {
  if (connection->state != TCP_OPENING)
    return;
  connection->credit += event->credit;
  connection->credit_most = connection->credit;
  connection->state = TCP_ANSWERED;
  tcp_say_hello(tcp, connection);
  tcp_set_timer(tcp, connection, now + TCP_SECOND);
}

static void keep_data(struct tcp *tcp, struct tcp_connection *connection, const struct net_event *event) {
  if (connection->peer_ended || connection->state == TCP_OPENING ||
      event->length > connection->ring_size - connection->ring_length) {
    reset_both(tcp, connection, NET_BROKEN); // beyond its credit
    return;
  }
  const uint32_t end = (connection->ring_start + connection->ring_length) & (connection->ring_size - 1);
  const size_t whole = connection->ring_size - end, first = event->length < whole ? event->length : whole;
  memcpy(connection->ring + end, event->bytes, first);
  memcpy(connection->ring, event->bytes + first, event->length - first);
  connection->ring_length += (uint32_t)event->length;
  tcp_flush_later(tcp, connection);
}

static void more_credit(struct tcp *tcp, struct tcp_connection *connection, uint32_t count) {
  enum { MOST = 1 << 30 };
  connection->credit = count < MOST - connection->credit ? connection->credit + count : MOST;
  if (connection->credit > connection->credit_most)
    connection->credit_most = connection->credit;
  // Half of what it can be told at most. What it was told may be more than can be said again, for want of low bits.
  const uint32_t most =
      connection->scales || connection->credit_most < WINDOW_MOST ? connection->credit_most : WINDOW_MOST;
  const int32_t more = (int32_t)(tcp_window(connection, false) - (connection->offered - connection->received));
  if (connection->state == TCP_OPEN && more >= (int32_t)(most / 2)) {
    connection->must_acknowledge = true;
    tcp_flush_later(tcp, connection);
  }
}

// The peer could not connect, or the connection broke.
static void reset(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  const bool icmp = reason == NET_UNREACHABLE || reason == NET_DENIED;
  if (connection->state != TCP_OPENING || (!icmp && reason != NET_TIMED_OUT)) {
    tcp_reset_guest(tcp, connection);
    return;
  }
  if (icmp) {
    uint8_t start[8];
    wire_put16(start, connection->guest_port);
    wire_put16(start + 2, connection->remote_port);
    wire_put32(start + 4, connection->received - 1);
    icmp_unreachable_flow(tcp->link, reason, IP_TCP, connection->remote, start);
  }
  tcp_release(tcp, connection); // what timed out times out in the guest too
}

bool tcp_event(struct tcp *tcp, const struct net_event *event, uint64_t now) {
  struct tcp_connection *connection = tcp_find_stream(tcp, event->stream);
  if (event->type == NET_INCOMING) {
    incoming(tcp, event, now);
    return true;
  }
  if (!connection)
    return false;
  switch (event->type) {
  case NET_OPENED: opened(tcp, connection, event, now); break;
  case NET_DATA: keep_data(tcp, connection, event); break;
  case NET_MORE: more_credit(tcp, connection, event->credit); break;
  case NET_END:
    connection->peer_ended = true;
    tcp_flush_later(tcp, connection);
    break;
  case NET_RESET: reset(tcp, connection, event->reason); break;
  default: break;
  }
  return true;
}

// --- time ---

static void repeat(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  const uint64_t delay = TCP_RETRY << connection->tries;
  connection->tries++;
  if (connection->tries > TRIES) {
    reset_both(tcp, connection, NET_TIMED_OUT);
    return;
  }
  if (connection->sent == connection->acknowledged && connection->ring_length) {
    // The window is closed: a byte that the guest has makes it say where it stands.
    connection->tries = 0;
    tcp_send(tcp, connection, connection->acknowledged - 1, TCP_ACK, 0, 0);
    tcp_set_timer(tcp, connection, now + TCP_PROBE);
  } else {
    go_back(connection);
    tcp_set_timer(tcp, connection, now + (delay < RETRY_MOST ? delay : RETRY_MOST));
  }
  tcp_flush_later(tcp, connection);
}

static void call_again(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  connection->tries++;
  if (connection->tries == CALLS) {
    reset_both(tcp, connection, NET_TIMED_OUT);
    return;
  }
  tcp_say_hello(tcp, connection);
  // Often: of many clients at once a guest takes a few in each round.
  const uint64_t delay = TCP_SECOND << connection->tries;
  tcp_set_timer(tcp, connection, now + (delay < RETRY_MOST ? delay : RETRY_MOST));
}

void tcp_timers(struct tcp *tcp, uint64_t now) {
  if (now < tcp->next_timer)
    return;
  tcp->next_timer = TCP_NEVER;
  for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
    struct tcp_connection *connection = &tcp->connections[i];
    if (connection->state == TCP_FREE || !connection->timer)
      continue;
    if (connection->timer > now)
      tcp_set_timer(tcp, connection, connection->timer);
    else if (connection->state == TCP_OPEN)
      repeat(tcp, connection, now);
    else
      call_again(tcp, connection, now);
  }
}
