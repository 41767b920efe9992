#include "host/component/datagrams.h"

#include "host/component/address.h"
#include "host/component/publish.h"
#include "host/component/sockets.h"

#include <string.h>

// jco's host goes on to say that there are datagrams: where it said so and there was none, it is asked again later.
#define LOOK_AGAIN_NS UINT64_C(2000000)

static struct port {
  struct inlet inlet;
  handle output;
  uint16_t guest_port;
} ports[PUBLISH_MOST];
static unsigned port_count;

// A datagram that follows its client's NET_INCOMING.
static struct {
  uint32_t stream;
  size_t length;
  uint8_t bytes[UINT16_MAX];
} held;

bool datagrams_publish(handle socket, uint16_t guest_port, uint8_t *error) {
  handle streams[2];
  if (!sockets_datagrams(socket, NULL, streams, error)) {
    wasi_drop_udp(socket);
    return false;
  }
  ports[port_count++] = (struct port){.inlet = {.input = streams[0], .waiting = wasi_subscribe_datagrams(streams[0])},
                                      .output = streams[1],
                                      .guest_port = guest_port};
  return true;
}

void datagrams_open(struct stream *stream) {
  struct net_address any = {.family = stream->address.family};
  handle streams[2];
  uint8_t error;
  stream->socket = sockets_listen(NET_UDP, &any, &error);
  if (stream->socket == NO_HANDLE || !sockets_datagrams(stream->socket, &stream->address, streams, &error)) {
    streams_fail(stream, sockets_reason(error));
    return;
  }
  stream->inlet.input = streams[0];
  stream->output = streams[1];
  stream->inlet.waiting = wasi_subscribe_datagrams(stream->inlet.input);
}

void datagrams_send(const struct stream *stream, const uint8_t *bytes, size_t length) {
  if (stream->udp_port)
    sockets_send(ports[stream->udp_port - 1].output, &stream->address, bytes, length);
  else if (stream->output != NO_HANDLE)
    sockets_send(stream->output, NULL, bytes, length);
}

static void add(struct wait_list *list, struct inlet *inlet, uint64_t now, uint64_t *most) {
  if (!inlet->ready && inlet->look_again <= now)
    wait_add(list, inlet->waiting, &inlet->ready);
  else if (!inlet->ready && inlet->look_again - now < *most)
    *most = inlet->look_again - now;
}

void datagrams_add(struct wait_list *list, uint64_t now, uint64_t *most) {
  struct stream *stream;
  for (unsigned i = 0; i < port_count; i++)
    add(list, &ports[i].inlet, now, most);
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_UDP && !stream->udp_port)
      add(list, &stream->inlet, now, most);
  }
}

bool datagrams_is_ready(void) {
  struct stream *stream;
  for (unsigned i = 0; i < port_count; i++) {
    if (ports[i].inlet.ready)
      return true;
  }
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_UDP && stream->inlet.ready)
      return true;
  }
  return false;
}

static const struct wasi_incoming *receive(struct inlet *inlet, uint64_t now, enum net_reason *reason) {
  struct wasi_incoming_result result;
  sockets_clear_lists();
  wasi_receive(inlet->input, 1, &result);
  *reason = result.failed ? sockets_reason(result.error) : 0;
  if (!result.failed && result.count) {
    inlet->found = true;
    return result.datagrams;
  }
  inlet->look_again = inlet->found ? 0 : now + LOOK_AGAIN_NS;
  inlet->ready = inlet->found = false;
  return NULL;
}

static struct stream *find_client(unsigned port, const struct net_address *from) {
  struct stream *stream;
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_UDP && stream->udp_port == port && stream->address.port == from->port &&
        address_same(&stream->address, from))
      return stream;
  }
  return NULL;
}

static bool next_of_port(unsigned index, struct net_event *event, uint64_t now) {
  struct port *port = &ports[index];
  enum net_reason reason;
  const struct wasi_incoming *datagram = receive(&port->inlet, now, &reason);
  if (!datagram)
    return false;
  const struct net_address from = sockets_address(&datagram->from);
  struct stream *stream = find_client(index + 1, &from);
  *event = (struct net_event){.type = NET_DATA, .bytes = datagram->data.bytes, .length = datagram->data.length};
  if (!stream) {
    const bool fits = datagram->data.length <= sizeof held.bytes && streams_have_room(STREAM_UDP);
    stream = fits ? streams_take(STREAM_UDP) : NULL;
    if (!stream)
      return false; // it is lost
    stream->udp_port = index + 1;
    stream->address = from;
    held.stream = stream->number;
    held.length = datagram->data.length;
    memcpy(held.bytes, datagram->data.bytes, held.length);
    *event = (struct net_event){.type = NET_INCOMING, .kind = NET_UDP, .guest_port = port->guest_port, .address = from};
  }
  event->stream = stream->number;
  return true;
}

static bool next_of_flow(struct stream *stream, struct net_event *event, uint64_t now) {
  enum net_reason reason;
  const struct wasi_incoming *datagram = receive(&stream->inlet, now, &reason);
  *event = (struct net_event){.type = NET_DATA, .stream = stream->number};
  if (datagram) {
    event->bytes = datagram->data.bytes;
    event->length = datagram->data.length;
    return true;
  }
  if (reason)
    streams_fail(stream, reason);
  return false;
}

bool datagrams_next(struct net_event *event, uint64_t now) {
  struct stream *stream;
  if (held.stream) {
    *event = (struct net_event){.type = NET_DATA, .stream = held.stream, .bytes = held.bytes, .length = held.length};
    held.stream = 0;
    return true;
  }
  for (unsigned i = 0; i < port_count; i++) {
    if (ports[i].inlet.ready && next_of_port(i, event, now))
      return true;
  }
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_UDP && stream->inlet.ready && next_of_flow(stream, event, now))
      return true;
  }
  return false;
}
