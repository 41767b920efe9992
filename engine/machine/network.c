#include "machine/network.h"

#include "host/host.h"
#include "machine/report.h"

#include <string.h>

#define BUSY_NS UINT64_C(50000000)
#define ROOM_WAIT_NS UINT64_C(1000000000)
enum { STREAM_BUFFERS = 1 << 20 };

static void transmitted(void *owner, const uint8_t *frame, size_t length) {
  struct network *network = owner;
  net_read(network->net, frame, length, host_monotonic_ns());
}

static void flush(struct network *network, uint64_t now) {
  net_flush(network->net, now);
  host_net_flush();
}

static void notified(void *owner) {
  struct network *network = owner;
  const uint64_t now = host_monotonic_ns();
  network->busy_until = now + BUSY_NS;
  flush(network, now);
}

static void reset(void *owner) {
  struct network *network = owner;
  net_reset(network->net);
}

static bool send(void *owner, const struct ethernet_frame *frame) {
  struct network *network = owner;
  return virtio_net_receive(&network->nic, frame);
}

static bool offloads(void *owner) {
  const struct network *network = owner;
  return virtio_net_offloads(&network->nic);
}

uint64_t network_memory(void) {
  return sizeof(struct network) + net_memory() + STREAM_BUFFERS;
}

struct network *network_create(const struct options *options) {
  struct network *network = host_allocate(sizeof *network);
  if (!network)
    return NULL;
  const struct link link = {.send = send, .offloads = offloads, .owner = network};
  network->carries_consoles = options->net_descriptor == NET_STANDARD;
  network->nic.transmitted = transmitted;
  network->nic.notified = notified;
  network->nic.reset = reset;
  network->nic.owner = network;
  virtio_net_init(&network->nic);
  network->net = net_create(&link);
  return network->net ? network : NULL;
}

bool network_start(struct network *network, const struct options *options, char *error, size_t error_size) {
  const struct net_setup setup = {.descriptor = options->net_descriptor};
  uint32_t credit;
  if (!host_net_start(&setup, &credit, error, error_size))
    return false;
  for (unsigned console = 0; console < NET_CONSOLES; console++)
    network->console_credit[console] = credit;
  return true;
}

// What happened on one of the container's own streams.
static void console_event(struct network *network, const struct net_event *event) {
  const bool input = event->stream == NET_STDIN || event->stream == NET_CONTROL;
  switch (event->type) {
  case NET_DATA:
    if (input && event->length)
      network->input.take(network->input.owner, event->stream == NET_CONTROL, event->bytes, event->length);
    break;
  case NET_END:
    if (input)
      network->input.take(network->input.owner, event->stream == NET_CONTROL, NULL, 0);
    break;
  case NET_MORE: network->console_credit[event->stream] += event->credit; break;
  case NET_RESET: network->console_unread[event->stream] = true; break;
  default: break;
  }
}

static void take_events(struct network *network, uint64_t now) {
  struct net_event event;
  while (!network->ended && host_net_next(&event)) {
    network->busy_until = now + BUSY_NS;
    if (event.type == NET_GONE)
      network->ended = event.text;
    else if (event.stream && event.stream < NET_CONSOLES && network->carries_consoles)
      console_event(network, &event);
    else
      net_event(network->net, &event, now);
  }
}

void network_pump(struct network *network, bool ready) {
  const uint64_t now = host_monotonic_ns();
  if (ready)
    host_net_ready();
  take_events(network, now);
  flush(network, now);
  const char *complaint = net_complaint(network->net);
  if (complaint)
    report("%s", complaint);
}

bool network_is_busy(const struct network *network) {
  return host_monotonic_ns() < network->busy_until;
}

uint64_t network_timeout(const struct network *network) {
  const uint64_t deadline = net_deadline(network->net), now = host_monotonic_ns();
  return deadline > now ? deadline - now : 0;
}

bool network_write(struct network *network, unsigned console, const uint8_t *bytes, size_t length) {
  network->busy_until = host_monotonic_ns() + BUSY_NS; // so that it goes out soon
  while (length && !network->ended && !network->console_unread[console]) {
    uint32_t *credit = &network->console_credit[console];
    const size_t part = length < *credit ? length : *credit;
    if (part) {
      host_net_send(console, bytes, part);
      *credit -= (uint32_t)part;
      bytes += part;
      length -= part;
      continue;
    }
    host_net_flush();
    network_pump(network, host_wait(ROOM_WAIT_NS, 1U << HOST_INPUT_NET) != 0);
  }
  return length == 0;
}

void network_finish(struct network *network, int exit_code) {
  if (!network->ended)
    host_net_finish(exit_code);
}
