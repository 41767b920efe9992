#include "net/tcp_table.h"

#include "host/host.h"
#include "net/wire.h"

uint16_t tcp_number(const struct tcp *tcp, const struct tcp_connection *connection) {
  return (uint16_t)(connection - tcp->connections + 1);
}

struct tcp_connection *tcp_at(struct tcp *tcp, uint16_t number) {
  return number ? &tcp->connections[number - 1] : NULL;
}

static unsigned tuple_bucket(struct ip_address remote, uint16_t remote_port, uint16_t guest_port) {
  const uint64_t both = remote.high ^ remote.low;
  return (unsigned)(((uint32_t)(both >> 32) ^ (uint32_t)both ^ (uint32_t)remote_port << 7 ^ guest_port) *
                        UINT32_C(2654435761) >>
                    21) %
         TCP_BUCKETS;
}

struct tcp_connection *tcp_find(struct tcp *tcp, struct ip_address remote, uint16_t remote_port, uint16_t guest_port) {
  struct tcp_connection *found = tcp_at(tcp, tcp->tuples[tuple_bucket(remote, remote_port, guest_port)]);
  while (found &&
         (!ip_equals(found->remote, remote) || found->remote_port != remote_port || found->guest_port != guest_port))
    found = tcp_at(tcp, found->next_of_tuple);
  return found;
}

struct tcp_connection *tcp_find_stream(struct tcp *tcp, uint32_t stream) {
  struct tcp_connection *found = tcp_at(tcp, tcp->streams[stream % TCP_BUCKETS]);
  while (found && found->stream != stream)
    found = tcp_at(tcp, found->next_of_stream);
  return found;
}

void tcp_flush_later(struct tcp *tcp, struct tcp_connection *connection) {
  if (connection->to_flush)
    return;
  connection->to_flush = true;
  connection->next_to_flush = tcp->first_to_flush;
  tcp->first_to_flush = tcp_number(tcp, connection);
}

void tcp_set_timer(struct tcp *tcp, struct tcp_connection *connection, uint64_t when) {
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

struct tcp_connection *tcp_take(struct tcp *tcp, struct ip_address remote, uint16_t remote_port, uint16_t guest_port) {
  uint16_t *list = tcp->free_large ? &tcp->free_large : &tcp->free_small;
  struct tcp_connection *connection = tcp_at(tcp, *list);
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
                                        .segment_size = TCP_SEGMENT_LEAST};
  *bucket = tcp_number(tcp, connection);
  uint8_t first[4];
  host_random(first, sizeof first);
  connection->acknowledged = connection->sent = connection->sent_most = wire_get32(first);
  return connection;
}

void tcp_set_stream(struct tcp *tcp, struct tcp_connection *connection, uint32_t stream) {
  connection->stream = stream;
  connection->next_of_stream = tcp->streams[stream % TCP_BUCKETS];
  tcp->streams[stream % TCP_BUCKETS] = tcp_number(tcp, connection);
  if (connection->ring_size > NET_CREDIT)
    tcp_tell_taken(tcp, connection, connection->ring_size - NET_CREDIT);
}

bool tcp_is_inside(const struct tcp_connection *connection) {
  return connection->stream < NET_CONSOLES;
}

void tcp_tell_taken(struct tcp *tcp, const struct tcp_connection *connection, uint32_t count) {
  if (tcp_is_inside(connection))
    dns_stream_taken(tcp->names, connection->stream, count);
  else
    host_net_taken(connection->stream, count);
}

static void unlink_from(struct tcp *tcp, uint16_t *list, const struct tcp_connection *connection, bool tuples) {
  while (tcp_at(tcp, *list) != connection)
    list = tuples ? &tcp_at(tcp, *list)->next_of_tuple : &tcp_at(tcp, *list)->next_of_stream;
  *list = tuples ? connection->next_of_tuple : connection->next_of_stream;
}

static void unlink_tuple(struct tcp *tcp, const struct tcp_connection *connection) {
  unlink_from(tcp, &tcp->tuples[tuple_bucket(connection->remote, connection->remote_port, connection->guest_port)],
              connection, true);
}

void tcp_move(struct tcp *tcp, struct tcp_connection *connection, struct ip_address remote, uint16_t remote_port) {
  uint16_t *bucket = &tcp->tuples[tuple_bucket(remote, remote_port, connection->guest_port)];
  unlink_tuple(tcp, connection);
  connection->remote = remote;
  connection->remote_port = remote_port;
  connection->next_of_tuple = *bucket;
  *bucket = tcp_number(tcp, connection);
}

void tcp_release(struct tcp *tcp, struct tcp_connection *connection) {
  if (tcp_is_inside(connection))
    dns_stream_close(tcp->names, connection->stream);
  unlink_tuple(tcp, connection);
  unlink_from(tcp, &tcp->streams[connection->stream % TCP_BUCKETS], connection, false);
  uint16_t *list = connection->ring_size == TCP_RING_LARGE ? &tcp->free_large : &tcp->free_small;
  connection->state = TCP_FREE;
  connection->timer = 0;
  connection->next_of_tuple = *list;
  *list = tcp_number(tcp, connection);
}
