#include "net/tcp.h"

#include "host/host.h"
#include "net/icmp.h"
#include "net/wire.h"

#include <string.h>

enum { HEADER = 20, OPTIONS = 8, FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { SCALE = 7, SEGMENT = LINK_MTU - IP_HEADER - HEADER, SEGMENT_LEAST = 536, WINDOW_MOST = 65535 };
// As many whole segments as fit in one long frame.
enum { LONG_FRAME = IP_LENGTH_MAX - IP_HEADER - HEADER };
enum { TRIES = 12, CALLS = 4, DUPLICATES = 3 };
#define SECOND UINT64_C(1000000000)
#define RETRY (SECOND / 5)
#define RETRY_MOST (5 * SECOND)
#define PROBE SECOND

struct segment {
  uint32_t sequence, acknowledgment;
  uint8_t flags;
  uint32_t window;
  const uint8_t *options, *data;
  size_t options_length, length;
  uint16_t guest_port, remote_port;
};

static uint16_t number_of(const struct tcp *tcp, const struct tcp_connection *connection) {
  return (uint16_t)(connection - tcp->connections + 1);
}

static struct tcp_connection *at(struct tcp *tcp, uint16_t number) {
  return number ? &tcp->connections[number - 1] : NULL;
}

static unsigned tuple_bucket(uint32_t remote, uint16_t remote_port, uint16_t guest_port) {
  return (unsigned)((remote ^ (uint32_t)remote_port << 7 ^ guest_port) * UINT32_C(2654435761) >> 21) % TCP_BUCKETS;
}

static struct tcp_connection *find(struct tcp *tcp, uint32_t remote, uint16_t remote_port, uint16_t guest_port) {
  struct tcp_connection *found = at(tcp, tcp->tuples[tuple_bucket(remote, remote_port, guest_port)]);
  while (found && (found->remote != remote || found->remote_port != remote_port || found->guest_port != guest_port))
    found = at(tcp, found->next_of_tuple);
  return found;
}

static struct tcp_connection *find_stream(struct tcp *tcp, uint32_t stream) {
  struct tcp_connection *found = at(tcp, tcp->streams[stream % TCP_BUCKETS]);
  while (found && found->stream != stream)
    found = at(tcp, found->next_of_stream);
  return found;
}

static void flush_later(struct tcp *tcp, struct tcp_connection *connection) {
  if (connection->to_flush)
    return;
  connection->to_flush = true;
  connection->next_to_flush = tcp->first_to_flush;
  tcp->first_to_flush = number_of(tcp, connection);
}

static void set_timer(struct tcp *tcp, struct tcp_connection *connection, uint64_t when) {
  connection->timer = when;
  if (when && when < tcp->next_timer)
    tcp->next_timer = when;
}

void tcp_init(struct tcp *tcp, struct link *link, uint8_t *rings) {
  tcp->link = link;
  tcp->next_timer = TCP_NEVER;
  for (unsigned i = TCP_CONNECTIONS; i-- > 0;) {
    struct tcp_connection *connection = &tcp->connections[i];
    const bool large = i < TCP_LARGE;
    connection->ring = rings + (large ? (size_t)i * TCP_RING_LARGE
                                      : (size_t)TCP_LARGE * TCP_RING_LARGE + (size_t)(i - TCP_LARGE) * TCP_RING_SMALL);
    connection->ring_size = large ? TCP_RING_LARGE : TCP_RING_SMALL;
    uint16_t *list = large ? &tcp->free_large : &tcp->free_small;
    connection->next_of_tuple = *list;
    *list = (uint16_t)(i + 1);
  }
}

static struct tcp_connection *take(struct tcp *tcp, uint32_t remote, uint16_t remote_port, uint16_t guest_port) {
  uint16_t *list = tcp->free_large ? &tcp->free_large : &tcp->free_small;
  struct tcp_connection *connection = at(tcp, *list);
  if (!connection) {
    tcp->full = true;
    return NULL;
  }
  *list = connection->next_of_tuple;
  uint8_t *ring = connection->ring;
  const uint32_t ring_size = connection->ring_size;
  // It may still be in the list of those to flush, from its life before.
  const bool to_flush = connection->to_flush;
  const uint16_t next_to_flush = connection->next_to_flush;
  uint16_t *bucket = &tcp->tuples[tuple_bucket(remote, remote_port, guest_port)];
  *connection = (struct tcp_connection){.remote = remote,
                                        .remote_port = remote_port,
                                        .guest_port = guest_port,
                                        .next_of_tuple = *bucket,
                                        .ring = ring,
                                        .ring_size = ring_size,
                                        .to_flush = to_flush,
                                        .next_to_flush = next_to_flush,
                                        .segment_size = SEGMENT_LEAST};
  *bucket = number_of(tcp, connection);
  uint8_t first[4];
  host_random(first, sizeof first);
  connection->acknowledged = connection->sent = connection->sent_most = wire_get32(first);
  return connection;
}

static void set_stream(struct tcp *tcp, struct tcp_connection *connection, uint32_t stream) {
  connection->stream = stream;
  connection->next_of_stream = tcp->streams[stream % TCP_BUCKETS];
  tcp->streams[stream % TCP_BUCKETS] = number_of(tcp, connection);
  if (connection->ring_size > NET_CREDIT)
    host_net_taken(stream, connection->ring_size - NET_CREDIT);
}

static void unlink_from(struct tcp *tcp, uint16_t *list, const struct tcp_connection *connection, bool tuples) {
  while (at(tcp, *list) != connection)
    list = tuples ? &at(tcp, *list)->next_of_tuple : &at(tcp, *list)->next_of_stream;
  *list = tuples ? connection->next_of_tuple : connection->next_of_stream;
}

static void release(struct tcp *tcp, struct tcp_connection *connection) {
  unlink_from(tcp, &tcp->tuples[tuple_bucket(connection->remote, connection->remote_port, connection->guest_port)],
              connection, true);
  unlink_from(tcp, &tcp->streams[connection->stream % TCP_BUCKETS], connection, false);
  uint16_t *list = connection->ring_size == TCP_RING_LARGE ? &tcp->free_large : &tcp->free_small;
  connection->state = TCP_FREE;
  connection->timer = 0;
  connection->next_of_tuple = *list;
  *list = number_of(tcp, connection);
}

// --- to the guest ---

static uint32_t window_of(const struct tcp_connection *connection, bool syn) {
  const uint32_t most = connection->scales && !syn ? (uint32_t)WINDOW_MOST << SCALE : WINDOW_MOST;
  const uint32_t window = connection->credit < most ? connection->credit : most;
  return connection->scales && !syn ? window >> SCALE << SCALE : window;
}

static size_t put_options(uint8_t *options) {
  static const uint8_t SAID[OPTIONS] = {2, 4, SEGMENT >> 8, SEGMENT & 0xff, 1, 3, 3, SCALE};
  memcpy(options, SAID, OPTIONS);
  return OPTIONS;
}

// `length` bytes of the ring, `from` bytes after its start.
static bool send(struct tcp *tcp, struct tcp_connection *connection, uint32_t sequence, uint8_t flags, uint32_t from,
                 uint32_t length) {
  uint8_t header[LINK_HEADER + IP_HEADER + HEADER + OPTIONS] = {0};
  uint8_t *segment = header + LINK_HEADER + IP_HEADER;
  const bool offloads = tcp->link->offloads(tcp->link->owner);
  size_t size = HEADER;
  // Without an answer of the guest's to go by, the option stays: a guest that does not scale ignores it.
  if (flags & SYN && (connection->scales || !(flags & ACK)))
    size += put_options(segment + HEADER);
  const uint32_t window = window_of(connection, flags & SYN);
  wire_put16(segment, connection->remote_port);
  wire_put16(segment + 2, connection->guest_port);
  wire_put32(segment + 4, sequence);
  wire_put32(segment + 8, flags & ACK ? connection->received : 0);
  segment[12] = (uint8_t)(size / 4 << 4);
  segment[13] = flags;
  wire_put16(segment + 14, (uint16_t)(connection->scales && !(flags & SYN) ? window >> SCALE : window));
  const uint32_t start = (connection->ring_start + from) & (connection->ring_size - 1);
  const uint32_t whole = connection->ring_size - start, first = length < whole ? length : whole;
  struct ethernet_frame frame = {.header = header,
                                 .header_size = LINK_HEADER + IP_HEADER + size,
                                 .payload = {connection->ring + start, connection->ring},
                                 .payload_size = {first, length - first}};
  const uint64_t sum = ip_pseudo_sum(IP_TCP, connection->remote, IP_GUEST, size + length);
  if (offloads) {
    frame.checksum_start = LINK_HEADER + IP_HEADER;
    frame.checksum_offset = 16;
    frame.segment_size = connection->segment_size;
    wire_put16(segment + 16, wire_fold(sum));
  } else {
    uint64_t all = wire_sum(sum, segment, size);
    all = wire_sum(all, frame.payload[0], first);
    wire_put16(segment + 16, (uint16_t)~wire_fold(wire_sum(all, frame.payload[1], length - first)));
  }
  ip_header(tcp->link, header, IP_TCP, connection->remote, size + length);
  if (!link_flush(tcp->link) || !tcp->link->send(tcp->link->owner, &frame))
    return false;
  if (flags & ACK) {
    connection->offered = connection->received + window;
    connection->must_acknowledge = false;
  }
  return true;
}

// Answers a segment that belongs to nothing (RFC 9293, 3.10.7.1).
static void refuse(struct tcp *tcp, const struct segment *segment, uint32_t remote) {
  uint8_t header[LINK_HEADER + IP_HEADER + HEADER] = {0};
  uint8_t *answer = header + LINK_HEADER + IP_HEADER;
  const uint32_t length = (uint32_t)segment->length + ((segment->flags & SYN) != 0) + ((segment->flags & FIN) != 0);
  if (segment->flags & RST)
    return;
  wire_put16(answer, segment->remote_port);
  wire_put16(answer + 2, segment->guest_port);
  if (segment->flags & ACK)
    wire_put32(answer + 4, segment->acknowledgment);
  else
    wire_put32(answer + 8, segment->sequence + length);
  answer[12] = HEADER / 4 << 4;
  answer[13] = segment->flags & ACK ? RST : RST | ACK;
  const uint64_t sum = wire_sum(ip_pseudo_sum(IP_TCP, remote, IP_GUEST, HEADER), answer, HEADER);
  wire_put16(answer + 16, (uint16_t)~wire_fold(sum));
  ip_send(tcp->link, IP_TCP, remote, header, HEADER, NULL, 0);
}

// Ends a connection at the guest's side.
static void reset_guest(struct tcp *tcp, struct tcp_connection *connection) {
  const struct segment last = {.flags = connection->state == TCP_OPENING ? SYN : ACK,
                               .sequence = connection->received - 1,
                               .acknowledgment = connection->sent,
                               .guest_port = connection->guest_port,
                               .remote_port = connection->remote_port};
  if (connection->state != TCP_CALLING)
    refuse(tcp, &last, connection->remote);
  release(tcp, connection);
}

static void reset_peer(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  host_net_reset(connection->stream, reason);
  release(tcp, connection);
}

void tcp_reset(struct tcp *tcp) {
  for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
    if (tcp->connections[i].state != TCP_FREE)
      reset_peer(tcp, &tcp->connections[i], NET_BROKEN);
  }
}

static void reset_both(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  host_net_reset(connection->stream, reason);
  reset_guest(tcp, connection);
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
    const uint8_t flags = (uint8_t)(ACK | (last ? PSH : 0) | (last && connection->peer_ended ? FIN : 0));
    if (!send(tcp, connection, connection->sent, flags, flying, length))
      return false;
    connection->sent += length + (flags & FIN ? 1 : 0);
  }
}

static bool send_end(struct tcp *tcp, struct tcp_connection *connection) {
  if (!connection->peer_ended || connection->end_acknowledged || connection->sent != end_sequence(connection))
    return true;
  if (!send(tcp, connection, connection->sent, FIN | ACK, 0, 0))
    return false;
  connection->sent++;
  return true;
}

static bool is_over(const struct tcp_connection *connection) {
  return connection->guest_ended && connection->end_acknowledged && !connection->must_acknowledge;
}

static void tell_taken(struct tcp_connection *connection) {
  if (connection->peer_ended || !connection->taken)
    return;
  if (connection->taken < connection->ring_size / 4 && connection->ring_length)
    return;
  host_net_taken(connection->stream, connection->taken);
  connection->taken = 0;
}

static bool open_flush(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  const bool sent = send_data(tcp, connection) && send_end(tcp, connection) &&
                    (!connection->must_acknowledge || send(tcp, connection, connection->sent, ACK, 0, 0));
  if ((int32_t)(connection->sent - connection->sent_most) > 0)
    connection->sent_most = connection->sent;
  tell_taken(connection);
  if (connection->sent != connection->acknowledged && !connection->timer)
    set_timer(tcp, connection, now + RETRY);
  else if (connection->ring_length && connection->sent == connection->acknowledged && !connection->timer)
    set_timer(tcp, connection, now + PROBE);
  return sent;
}

static bool say_hello(struct tcp *tcp, struct tcp_connection *connection) {
  const uint8_t flags = connection->state == TCP_ANSWERED ? SYN | ACK : SYN;
  return send(tcp, connection, connection->acknowledged - 1, flags, 0, 0);
}

void tcp_flush(struct tcp *tcp, uint64_t now) {
  uint16_t blocked = 0;
  for (struct tcp_connection *connection; (connection = at(tcp, tcp->first_to_flush));) {
    tcp->first_to_flush = connection->next_to_flush;
    connection->to_flush = false;
    if (connection->state != TCP_OPEN)
      continue;
    if (!open_flush(tcp, connection, now)) {
      connection->to_flush = true;
      connection->next_to_flush = blocked;
      blocked = number_of(tcp, connection);
    } else if (is_over(connection)) {
      release(tcp, connection);
    }
  }
  tcp->first_to_flush = blocked;
}

// --- from the guest ---

static void read_options(struct tcp_connection *connection, const struct segment *segment) {
  enum { OPTION_END = 0, OPTION_NOTHING = 1, OPTION_SEGMENT = 2, OPTION_SCALE = 3, SCALE_MOST = 14 };
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
      connection->segment_size = said < SEGMENT_LEAST ? SEGMENT_LEAST : said < SEGMENT ? said : SEGMENT;
    } else if (option[0] == OPTION_SCALE && option[1] == 3) {
      connection->scales = true;
      connection->guest_scale = option[2] < SCALE_MOST ? option[2] : SCALE_MOST;
    }
    option += option[1];
  }
}

static void open_for_guest(struct tcp *tcp, const struct segment *segment, const struct ip_packet *packet) {
  struct tcp_connection *connection = NULL;
  if (packet->to != IP_NAMES)
    connection = take(tcp, packet->to, segment->remote_port, segment->guest_port);
  if (!connection) {
    refuse(tcp, segment, packet->to);
    return;
  }
  connection->state = TCP_OPENING;
  connection->received = segment->sequence + 1;
  connection->window = segment->window;
  read_options(connection, segment);
  struct net_address to = {.family = NET_IPV4, .port = segment->remote_port};
  wire_put32(to.bytes, packet->to);
  set_stream(tcp, connection, host_net_open(NET_TCP, &to));
}

static void read_answer(struct tcp *tcp, struct tcp_connection *connection, const struct segment *segment) {
  if (!(segment->flags & ACK) || segment->acknowledgment != connection->acknowledged)
    return;
  if (segment->flags & RST) {
    reset_peer(tcp, connection, NET_REFUSED);
    return;
  }
  if (!(segment->flags & SYN))
    return;
  read_options(connection, segment);
  connection->state = TCP_OPEN;
  connection->received = segment->sequence + 1;
  connection->window = segment->window;
  connection->must_acknowledge = true;
  connection->timer = 0;
  connection->tries = 0;
  host_net_accept(connection->stream);
  flush_later(tcp, connection);
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
  set_timer(tcp, connection, connection->sent == acknowledgment ? 0 : now + RETRY);
}

static void go_back(struct tcp_connection *connection) {
  connection->sent = connection->acknowledged;
  connection->duplicates = 0;
}

static void read_acknowledgment(struct tcp *tcp, struct tcp_connection *connection, const struct segment *segment,
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

static void read_data(struct tcp_connection *connection, const struct segment *segment) {
  const uint32_t known = connection->received - segment->sequence; // bytes of it that came before
  const bool end = (segment->flags & FIN) != 0;
  if (segment->length == 0 && !end) {
    connection->must_acknowledge |= known != 0; // it probes
    return;
  }
  connection->must_acknowledge = true;
  if (connection->guest_ended || known > segment->length)
    return; // a hole before it, or all of it is known
  const size_t fresh = segment->length - known, part = fresh < connection->credit ? fresh : connection->credit;
  if (part) {
    host_net_send(connection->stream, segment->data + known, part);
    connection->credit -= (uint32_t)part;
    connection->received += (uint32_t)part;
  }
  if (end && part == fresh) {
    connection->received++;
    connection->guest_ended = true;
    host_net_end(connection->stream);
  }
}

static void read_open(struct tcp *tcp, struct tcp_connection *connection, const struct segment *segment, uint64_t now) {
  flush_later(tcp, connection);
  if (segment->flags & SYN) {
    if (connection->state == TCP_ANSWERED)
      say_hello(tcp, connection);
    else
      connection->must_acknowledge = true; // RFC 5961: if it means it, it resets
    return;
  }
  if (!(segment->flags & ACK))
    return;
  if (connection->state == TCP_ANSWERED) {
    if (segment->acknowledgment != connection->acknowledged)
      return;
    connection->state = TCP_OPEN;
    connection->timer = 0;
    connection->tries = 0;
  }
  read_acknowledgment(tcp, connection, segment, now);
  read_data(connection, segment);
}

static bool parse(struct segment *segment, const struct ip_packet *packet) {
  const uint8_t *bytes = packet->payload;
  if (packet->length < HEADER)
    return false;
  const size_t header = (size_t)(bytes[12] >> 4) * 4;
  if (header < HEADER || header > packet->length)
    return false;
  *segment = (struct segment){.guest_port = wire_get16(bytes),
                              .remote_port = wire_get16(bytes + 2),
                              .sequence = wire_get32(bytes + 4),
                              .acknowledgment = wire_get32(bytes + 8),
                              .flags = bytes[13],
                              .window = wire_get16(bytes + 14),
                              .options = bytes + HEADER,
                              .options_length = header - HEADER,
                              .data = bytes + header,
                              .length = packet->length - header};
  return segment->guest_port && segment->remote_port;
}

void tcp_read(struct tcp *tcp, const struct ip_packet *packet, uint64_t now) {
  struct segment segment;
  if (!parse(&segment, packet))
    return;
  struct tcp_connection *connection = find(tcp, packet->to, segment.remote_port, segment.guest_port);
  if (!connection) {
    if ((segment.flags & (SYN | ACK | RST)) == SYN)
      open_for_guest(tcp, &segment, packet);
    else
      refuse(tcp, &segment, packet->to);
  } else if (connection->state == TCP_CALLING) {
    read_answer(tcp, connection, &segment);
  } else if (segment.flags & RST) {
    if (segment.sequence - connection->received <= WINDOW_MOST)
      reset_peer(tcp, connection, NET_BROKEN);
  } else if (connection->state != TCP_OPENING) {
    read_open(tcp, connection, &segment, now);
  }
}

// --- from the peer ---

static void incoming(struct tcp *tcp, const struct net_event *event, uint64_t now) {
  const uint32_t remote = ip_of_client(event->address.family == NET_IPV4, event->address.bytes);
  uint16_t port = event->address.port;
  // Clients that look alike get ports that differ.
  for (unsigned tries = 0; port == 0 || find(tcp, remote, port, event->guest_port); tries++) {
    port = port > 1024 ? port - 1 : UINT16_MAX;
    if (tries == TCP_CONNECTIONS)
      break;
  }
  struct tcp_connection *connection = take(tcp, remote, port, event->guest_port);
  if (!connection) {
    host_net_reset(event->stream, NET_LIMIT);
    return;
  }
  connection->state = TCP_CALLING;
  connection->credit = connection->credit_most = event->credit;
  set_stream(tcp, connection, event->stream);
  say_hello(tcp, connection);
  set_timer(tcp, connection, now + SECOND);
}

static void opened(struct tcp *tcp, struct tcp_connection *connection, const struct net_event *event, uint64_t now) {
  if (connection->state != TCP_OPENING)
    return;
  connection->credit += event->credit;
  connection->credit_most = connection->credit;
  connection->state = TCP_ANSWERED;
  say_hello(tcp, connection);
  set_timer(tcp, connection, now + SECOND);
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
  flush_later(tcp, connection);
}

static void more_credit(struct tcp *tcp, struct tcp_connection *connection, uint32_t count) {
  enum { MOST = 1 << 30 };
  connection->credit = count < MOST - connection->credit ? connection->credit + count : MOST;
  if (connection->credit > connection->credit_most)
    connection->credit_most = connection->credit;
  const uint32_t told = connection->offered - connection->received;
  if (connection->state == TCP_OPEN && window_of(connection, false) - told >= connection->credit_most / 2) {
    connection->must_acknowledge = true;
    flush_later(tcp, connection);
  }
}

// The peer could not connect, or the connection broke.
static void reset(struct tcp *tcp, struct tcp_connection *connection, enum net_reason reason) {
  const bool icmp = reason == NET_UNREACHABLE || reason == NET_DENIED;
  if (connection->state != TCP_OPENING || (!icmp && reason != NET_TIMED_OUT)) {
    reset_guest(tcp, connection);
    return;
  }
  if (icmp) {
    uint8_t start[8];
    wire_put16(start, connection->guest_port);
    wire_put16(start + 2, connection->remote_port);
    wire_put32(start + 4, connection->received - 1);
    icmp_unreachable_flow(tcp->link, reason, IP_TCP, connection->remote, start);
  }
  release(tcp, connection); // what timed out times out in the guest too
}

bool tcp_event(struct tcp *tcp, const struct net_event *event, uint64_t now) {
  struct tcp_connection *connection = find_stream(tcp, event->stream);
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
    flush_later(tcp, connection);
    break;
  case NET_RESET: reset(tcp, connection, event->reason); break;
  default: break;
  }
  return true;
}

// --- time ---

static void repeat(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  const uint64_t delay = RETRY << connection->tries;
  connection->tries++;
  if (connection->tries > TRIES) {
    reset_both(tcp, connection, NET_TIMED_OUT);
    return;
  }
  if (connection->sent == connection->acknowledged && connection->ring_length) {
    // The window is closed: a byte that the guest has makes it say where it stands.
    connection->tries = 0;
    send(tcp, connection, connection->acknowledged - 1, ACK, 0, 0);
    set_timer(tcp, connection, now + PROBE);
  } else {
    go_back(connection);
    set_timer(tcp, connection, now + (delay < RETRY_MOST ? delay : RETRY_MOST));
  }
  flush_later(tcp, connection);
}

static void call_again(struct tcp *tcp, struct tcp_connection *connection, uint64_t now) {
  connection->tries++;
  if (connection->tries == CALLS) {
    reset_both(tcp, connection, NET_TIMED_OUT);
    return;
  }
  say_hello(tcp, connection);
  set_timer(tcp, connection, now + (SECOND << connection->tries));
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
      set_timer(tcp, connection, connection->timer);
    else if (connection->state == TCP_OPEN)
      repeat(tcp, connection, now);
    else
      call_again(tcp, connection, now);
  }
}
