// The world of a net under test: the guest's end of the cable, and the host's end of the streams.
#ifndef TEST_NET_WORLD_H
#define TEST_NET_WORLD_H

#include "net/ip.h"
#include "net/net.h"
#include "net/wire.h"

#include "check.h"

#include <string.h>

enum { FRAMES = 64, FRAME_MAX = 70000, SAID = 64 };
enum said_what { SAID_OPEN = 1, SAID_ACCEPT, SAID_SEND, SAID_TAKEN, SAID_END, SAID_RESET, SAID_RESOLVE, SAID_ASK };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { AT_IP = LINK_HEADER, AT_PROTOCOL = LINK_HEADER + IP_HEADER };

// What the net told the host.
struct said {
  enum said_what what;
  uint32_t stream, count;
  enum net_kind kind;
  enum net_reason reason;
  struct net_address to;
  char name[256];
};

static struct net *net;
static uint8_t frames[FRAMES][FRAME_MAX];
static size_t frame_sizes[FRAMES];
static unsigned frame_count;
static struct ethernet_frame last_frame; // its sizes and offloads
static bool link_full, link_plain;
static struct said said[SAID];
static unsigned said_count;
static uint32_t last_stream;
static bool knows_records;
static uint8_t sent_bytes[1 << 20];
static size_t sent_size;
static uint64_t now;
static uint8_t out[FRAME_MAX];  // the guest's frame
static bool out_options = true; // of its SYN

static struct said *say(enum said_what what, uint32_t stream) {
  struct said *one = &said[said_count < SAID - 1 ? said_count++ : said_count];
  *one = (struct said){.what = what, .stream = stream};
  return one;
}

uint32_t host_net_open(enum net_kind kind, const struct net_address *to) {
  struct said *one = say(SAID_OPEN, ++last_stream | 0x80000000U);
  one->kind = kind;
  one->to = *to;
  return one->stream;
}

void host_net_accept(uint32_t stream) {
  say(SAID_ACCEPT, stream);
}

void host_net_send(uint32_t stream, const uint8_t *bytes, size_t length) {
  say(SAID_SEND, stream)->count = (uint32_t)length;
  memcpy(sent_bytes + sent_size, bytes, length);
  sent_size += length;
}

void host_net_taken(uint32_t stream, uint32_t count) {
  say(SAID_TAKEN, stream)->count = count;
}

void host_net_end(uint32_t stream) {
  say(SAID_END, stream);
}

void host_net_reset(uint32_t stream, enum net_reason reason) {
  say(SAID_RESET, stream)->reason = reason;
}

uint32_t host_net_resolve(const char *name, size_t length, enum net_family family) {
  struct said *one = say(SAID_RESOLVE, ++last_stream | 0x80000000U);
  one->count = (uint32_t)family;
  memcpy(one->name, name, length);
  return one->stream;
}

uint32_t host_net_ask(const char *name, size_t length, uint16_t type) {
  if (!knows_records)
    return 0;
  struct said *one = say(SAID_ASK, ++last_stream | 0x80000000U);
  one->count = type;
  memcpy(one->name, name, length);
  return one->stream;
}

static bool take_frame(void *owner, const struct ethernet_frame *frame) {
  (void)owner;
  if (link_full || frame_count == FRAMES)
    return false;
  uint8_t *bytes = frames[frame_count];
  memcpy(bytes, frame->header, frame->header_size);
  size_t size = frame->header_size;
  for (unsigned i = 0; i < 2; i++) {
    if (frame->payload_size[i])
      memcpy(bytes + size, frame->payload[i], frame->payload_size[i]);
    size += frame->payload_size[i];
  }
  frame_sizes[frame_count++] = size;
  last_frame = *frame;
  return true;
}

static bool can_offload(void *owner) {
  (void)owner;
  return !link_plain;
}

static void forget(void) {
  frame_count = said_count = 0;
  sent_size = 0;
}

static void begin(void) {
  const struct link link = {.send = take_frame, .offloads = can_offload};
  net = net_create(&link);
  link_full = link_plain = knows_records = false;
  now = 1000000000;
  forget();
}

static void flush(void) {
  net_flush(net, now);
}

static uint8_t *last(void) {
  return frames[frame_count - 1];
}

static size_t last_size(void) {
  return frame_sizes[frame_count - 1];
}

// Gives the net a frame of the guest.
static void emit(uint16_t type, size_t length) {
  static const uint8_t ADDRESSES[] = {2, 0x6f, 0x32, 0x77, 0, 2, 2, 0x6f, 0x32, 0x77, 0, 1};
  memcpy(out, ADDRESSES, sizeof ADDRESSES);
  wire_put16(out + 12, type);
  net_read(net, out, LINK_HEADER + length, now);
  flush();
}

// The payload is at out + AT_PROTOCOL already.
static void emit_ip(uint8_t protocol, uint32_t to, size_t length, uint16_t id, uint16_t flags) {
  uint8_t *ip = out + AT_IP;
  memset(ip, 0, IP_HEADER);
  ip[0] = 0x45;
  wire_put16(ip + 2, (uint16_t)(IP_HEADER + length));
  wire_put16(ip + 4, id);
  wire_put16(ip + 6, flags);
  ip[9] = protocol;
  wire_put32(ip + 12, IP_GUEST);
  wire_put32(ip + 16, to);
  emit(LINK_TYPE_IPV4, IP_HEADER + length);
}

// The same for IPv6; the payload is at out + AT_IP + IP6_HEADER.
static void emit_ip6(uint8_t protocol, struct ip_address to, size_t length) {
  ip_write(out + AT_IP, protocol, IP_V6(IP6_GUEST), to, length);
  emit(LINK_TYPE_IPV6, IP6_HEADER + length);
}

// A TCP connection as the guest sees it.
struct peer {
  uint32_t address, next, known; // what it sends next, and knows of the other side
  uint16_t port, guest_port, window;
};

static void emit_tcp(const struct peer *peer, uint8_t flags, const void *data, size_t length) {
  uint8_t *tcp = out + AT_PROTOCOL;
  const size_t header = flags & SYN && out_options ? 28 : 20;
  memset(tcp, 0, header);
  wire_put16(tcp, peer->guest_port);
  wire_put16(tcp + 2, peer->port);
  wire_put32(tcp + 4, peer->next);
  wire_put32(tcp + 8, peer->known);
  tcp[12] = (uint8_t)(header / 4 << 4);
  tcp[13] = flags;
  wire_put16(tcp + 14, peer->window);
  if (header > 20)
    memcpy(tcp + 20, (const uint8_t[]){2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, 7}, 8);
  if (length)
    memcpy(tcp + header, data, length);
  emit_ip(IP_TCP, peer->address, header + length, 0, 0);
}

static void emit_udp(uint32_t to, uint16_t guest_port, uint16_t port, const void *data, size_t length) {
  uint8_t *udp = out + AT_PROTOCOL;
  wire_put16(udp, guest_port);
  wire_put16(udp + 2, port);
  wire_put16(udp + 4, (uint16_t)(8 + length));
  wire_put16(udp + 6, 0);
  memcpy(udp + 8, data, length);
  emit_ip(IP_UDP, to, 8 + length, 0, 0);
}

static void happen(enum net_event_type type, uint32_t stream, const void *bytes, size_t length, uint32_t credit) {
  const struct net_event event = {
      .type = type, .stream = stream, .bytes = bytes, .length = length, .credit = credit, .reason = NET_REFUSED};
  net_event(net, &event, now);
  flush();
}

static void happen_reset(uint32_t stream, enum net_reason reason) {
  const struct net_event event = {.type = NET_RESET, .stream = stream, .reason = reason};
  net_event(net, &event, now);
  flush();
}

static void happen_incoming6(enum net_kind kind, uint32_t stream, uint16_t guest_port, struct ip_address client,
                             uint16_t port) {
  const struct net_event event = {.type = NET_INCOMING,
                                  .stream = stream,
                                  .kind = kind,
                                  .guest_port = guest_port,
                                  .address = ip_to_host(client, port),
                                  .credit = 100000};
  net_event(net, &event, now);
  flush();
}

static void happen_incoming(enum net_kind kind, uint32_t stream, uint16_t guest_port, uint32_t client, uint16_t port) {
  struct net_event event = {.type = NET_INCOMING,
                            .stream = stream,
                            .kind = kind,
                            .guest_port = guest_port,
                            .address = {.family = NET_IPV4, .port = port},
                            .credit = 100000};
  wire_put32(event.address.bytes, client);
  net_event(net, &event, now);
  flush();
}

static void pass(uint64_t nanoseconds) {
  now += nanoseconds;
  flush();
}

static uint8_t flags_of(const uint8_t *frame) {
  return frame[AT_PROTOCOL + 13];
}

#endif
