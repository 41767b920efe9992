#include "net/udp.h"

#include "net/icmp.h"
#include "net/wire.h"

#include <string.h>

enum { DATA_MAX = IP_LENGTH_MAX - IP_HEADER - UDP_HEADER, PORT_NAMES = 53 };
#define SECOND UINT64_C(1000000000)
#define IDLE (60 * SECOND)
#define IDLE_NAMES (10 * SECOND)

bool udp_parse(const struct ip_packet *packet, struct udp_datagram *datagram) {
  const uint8_t *bytes = packet->payload;
  const size_t length = packet->length < UDP_HEADER ? 0 : wire_get16(bytes + 4);
  if (length < UDP_HEADER || length > packet->length)
    return false;
  *datagram = (struct udp_datagram){wire_get16(bytes), wire_get16(bytes + 2), bytes + UDP_HEADER, length - UDP_HEADER};
  return datagram->guest_port && datagram->remote_port;
}

void udp_answer(struct link *link, struct ip_address from, uint16_t from_port, uint16_t guest_port, const uint8_t *data,
                size_t length) {
  uint8_t header[LINK_HEADER + IP6_HEADER + UDP_HEADER] = {0};
  uint8_t *udp = header + LINK_HEADER + ip_header_size(from);
  wire_put16(udp, from_port);
  wire_put16(udp + 2, guest_port);
  wire_put16(udp + 4, (uint16_t)(UDP_HEADER + length));
  const uint64_t sum = wire_sum(ip_pseudo_sum(IP_UDP, from, UDP_HEADER + length), udp, UDP_HEADER);
  const uint16_t folded = wire_fold(wire_sum(sum, data, length));
  wire_put16(udp + 6, folded == UINT16_MAX ? UINT16_MAX : (uint16_t)~folded); // 0 would mean that there is none
  ip_send(link, IP_UDP, from, header, UDP_HEADER, data, length);
}

static struct udp_flow *find(struct udp *udp, struct ip_address remote, uint16_t remote_port, uint16_t guest_port) {
  for (unsigned i = 0; i < UDP_FLOWS; i++) {
    struct udp_flow *flow = &udp->flows[i];
    if (flow->stream && ip_equals(flow->remote, remote) && flow->remote_port == remote_port &&
        flow->guest_port == guest_port)
      return flow;
  }
  return NULL;
}

static struct udp_flow *find_stream(struct udp *udp, uint32_t stream) {
  unsigned i = 0;
  while (i < UDP_FLOWS && udp->flows[i].stream != stream)
    i++;
  return i < UDP_FLOWS ? &udp->flows[i] : NULL;
}

static uint64_t idle_limit(const struct udp_flow *flow) {
  return flow->remote_port == PORT_NAMES || flow->guest_port == PORT_NAMES ? IDLE_NAMES : IDLE;
}

static void use(struct udp *udp, struct udp_flow *flow, uint64_t now) {
  flow->used = now;
  if (now + idle_limit(flow) < udp->next_timer)
    udp->next_timer = now + idle_limit(flow);
}

void udp_send(struct udp *udp, struct ip_address to, const struct udp_datagram *datagram, uint64_t now) {
  struct udp_flow *flow = find(udp, to, datagram->remote_port, datagram->guest_port);
  if (!flow) {
    flow = find_stream(udp, 0);
    if (!flow) {
      udp->full = true;
      return;
    }
    const struct net_address address = ip_to_host(to, datagram->remote_port);
    *flow = (struct udp_flow){host_net_open(NET_UDP, &address), to, datagram->remote_port, datagram->guest_port, now};
  }
  use(udp, flow, now);
  host_net_send(flow->stream, datagram->data, datagram->length);
}

static void incoming(struct udp *udp, const struct net_event *event, uint64_t now) {
  // A server may listen with IPv4 only, and who listens with IPv6 mostly hears IPv4 too: clients come with IPv4.
  const bool v4 = event->address.family == NET_IPV4;
  const struct ip_address remote = v4 ? ip_of_client(&event->address) : IP_V4(IP_GATEWAY);
  uint16_t port = event->address.port;
  // Clients that look alike get ports that differ.
  for (unsigned tries = 0; tries < UDP_FLOWS && (port == 0 || find(udp, remote, port, event->guest_port)); tries++)
    port = port > 1024 ? port - 1 : UINT16_MAX;
  struct udp_flow *flow = find_stream(udp, 0);
  if (!flow) {
    udp->full = true;
    host_net_reset(event->stream, NET_LIMIT);
    return;
  }
  *flow = (struct udp_flow){event->stream, remote, port, event->guest_port, now};
  use(udp, flow, now);
}

static void reset(struct udp *udp, struct udp_flow *flow, enum net_reason reason) {
  uint8_t start[UDP_HEADER] = {0};
  wire_put16(start, flow->guest_port);
  wire_put16(start + 2, flow->remote_port);
  wire_put16(start + 4, UDP_HEADER);
  if (reason == NET_REFUSED || reason == NET_UNREACHABLE || reason == NET_DENIED)
    icmp_unreachable_flow(udp->link, reason, IP_UDP, flow->remote, start);
  flow->stream = 0;
}

bool udp_event(struct udp *udp, const struct net_event *event, uint64_t now) {
  if (event->type == NET_INCOMING) {
    incoming(udp, event, now);
    return true;
  }
  struct udp_flow *flow = event->stream ? find_stream(udp, event->stream) : NULL;
  if (!flow)
    return false;
  if (event->type == NET_DATA && event->length <= DATA_MAX) {
    use(udp, flow, now);
    udp_answer(udp->link, flow->remote, flow->remote_port, flow->guest_port, event->bytes, event->length);
  } else if (event->type == NET_RESET) {
    reset(udp, flow, event->reason);
  } else if (event->type == NET_END) {
    flow->stream = 0;
  }
  return true;
}

static void end(struct udp_flow *flow) {
  host_net_end(flow->stream);
  flow->stream = 0;
}

void udp_reset(struct udp *udp) {
  for (unsigned i = 0; i < UDP_FLOWS; i++) {
    if (udp->flows[i].stream)
      end(&udp->flows[i]);
  }
}

void udp_timers(struct udp *udp, uint64_t now) {
  if (now < udp->next_timer)
    return;
  udp->next_timer = UINT64_MAX;
  for (unsigned i = 0; i < UDP_FLOWS; i++) {
    struct udp_flow *flow = &udp->flows[i];
    if (!flow->stream)
      continue;
    if (now - flow->used >= idle_limit(flow))
      end(flow);
    else
      use(udp, flow, flow->used);
  }
}
