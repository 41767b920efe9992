#include "net/ip.h"

#include "net/wire.h"

#include <string.h>

enum { VERSION_4 = 4, VERSION_6 = 6, DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, OFFSET_MASK = 0x1fff, TTL = 64 };
// RFC 8200, 4.5: the header of a piece.
enum { IP6_FRAGMENT = 44, FRAGMENT_HEADER = 8, FRAGMENT_MORE = 1, FRAGMENT_OFFSET = 0xfff8 };
#define PIECES_TIMEOUT_NS UINT64_C(30000000000)

bool ip_is_v4(struct ip_address address) {
  return address.high == 0 && address.low >> 32 == 0xffff;
}

bool ip_equals(struct ip_address one, struct ip_address other) {
  return one.high == other.high && one.low == other.low;
}

struct ip_address ip_guest(struct ip_address other) {
  return ip_is_v4(other) ? IP_V4(IP_GUEST) : IP_V6(IP6_GUEST);
}

struct ip_address ip_gateway(struct ip_address other) {
  return ip_is_v4(other) ? IP_V4(IP_GATEWAY) : IP_V6(IP6_GATEWAY);
}

bool ip_is_gateway(struct ip_address address) {
  return ip_equals(address, ip_gateway(address));
}

bool ip_is_names(struct ip_address address) {
  return ip_equals(address, ip_is_v4(address) ? IP_V4(IP_NAMES) : IP_V6(IP6_NAMES));
}

bool ip_is_for_many(struct ip_address address) {
  const uint32_t v4 = (uint32_t)address.low;
  return ip_is_v4(address) ? v4 >> 28 >= 14 || v4 == (IP_NETWORK | ~IP_MASK) : address.high >> 56 == 0xff;
}

size_t ip_header_size(struct ip_address address) {
  return ip_is_v4(address) ? IP_HEADER : IP6_HEADER;
}

static struct ip_address read_v6(const uint8_t *bytes) {
  return (struct ip_address){wire_get64(bytes), wire_get64(bytes + 8)};
}

static void write_v6(uint8_t *bytes, struct ip_address address) {
  wire_put64(bytes, address.high);
  wire_put64(bytes + 8, address.low);
}

struct net_address ip_to_host(struct ip_address address, uint16_t port) {
  struct net_address made = {.family = ip_is_v4(address) ? NET_IPV4 : NET_IPV6, .port = port};
  if (made.family == NET_IPV4)
    wire_put32(made.bytes, (uint32_t)address.low);
  else
    write_v6(made.bytes, address);
  return made;
}

static struct ip_pieces *place_of(struct ip_pieces pieces[IP_PIECES], const struct ip_packet *packet, uint32_t id,
                                  uint64_t now) {
  struct ip_pieces *oldest = pieces;
  for (unsigned i = 0; i < IP_PIECES; i++) {
    struct ip_pieces *place = &pieces[i];
    if (place->until > now && ip_equals(place->from, packet->from) && ip_equals(place->to, packet->to) &&
        place->id == id && place->protocol == packet->protocol)
      return place;
    if (place->until < oldest->until)
      oldest = place;
  }
  memset(oldest, 0, offsetof(struct ip_pieces, datagram));
  oldest->until = now + PIECES_TIMEOUT_NS;
  oldest->from = packet->from;
  oldest->to = packet->to;
  oldest->id = id;
  oldest->protocol = packet->protocol;
  memcpy(oldest->datagram, packet->header, ip_header_size(packet->to));
  return oldest;
}

static bool is_whole(const struct ip_pieces *place) {
  for (size_t at = 0; at < place->end; at += 8) {
    if (!(place->came[at / 64] & 1U << at / 8 % 8))
      return false;
  }
  return place->end != 0;
}

static bool join(struct ip_pieces pieces[IP_PIECES], struct ip_packet *packet, uint32_t id, size_t offset, bool last,
                 uint64_t now) {
  const size_t header = ip_header_size(packet->to);
  if (packet->length == 0 || offset + packet->length > IP_LENGTH_MAX - IP_HEADER || (!last && packet->length % 8))
    return false;
  struct ip_pieces *place = place_of(pieces, packet, id, now);
  memcpy(place->datagram + header + offset, packet->payload, packet->length);
  for (size_t at = offset; at < offset + packet->length; at += 8)
    place->came[at / 64] |= (uint8_t)(1U << at / 8 % 8);
  if (last)
    place->end = offset + packet->length;
  if (!is_whole(place))
    return false;
  place->until = 0;
  packet->payload = place->datagram + header;
  packet->length = place->end;
  packet->header = place->datagram;
  return true;
}

static bool read_4(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
                   struct ip_packet *packet) {
  if (length < IP_HEADER)
    return false;
  const size_t header = (size_t)(bytes[0] & 15) * 4, total = wire_get16(bytes + 2);
  if (header < IP_HEADER || total < header || total > length)
    return false;
  *packet = (struct ip_packet){.protocol = bytes[9],
                               .from = IP_V4(wire_get32(bytes + 12)),
                               .to = IP_V4(wire_get32(bytes + 16)),
                               .payload = bytes + header,
                               .length = total - header,
                               .header = bytes};
  const uint16_t flags = wire_get16(bytes + 6);
  return !(flags & (MORE_FRAGMENTS | OFFSET_MASK)) ||
         join(pieces, packet, wire_get16(bytes + 4), (size_t)(flags & OFFSET_MASK) * 8, !(flags & MORE_FRAGMENTS), now);
}

// Of the headers that may follow only that of a piece is known: whoever sends another is not answered.
static bool read_6(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
                   struct ip_packet *packet) {
  if (length < IP6_HEADER || wire_get16(bytes + 4) > length - IP6_HEADER)
    return false;
  *packet = (struct ip_packet){.protocol = bytes[6],
                               .from = read_v6(bytes + 8),
                               .to = read_v6(bytes + 24),
                               .payload = bytes + IP6_HEADER,
                               .length = wire_get16(bytes + 4),
                               .header = bytes};
  // IPv4 inside is no family of its own: it would pass for what it hides.
  if (ip_is_v4(packet->from) || ip_is_v4(packet->to))
    return false;
  if (packet->protocol != IP6_FRAGMENT)
    return true;
  if (packet->length < FRAGMENT_HEADER)
    return false;
  const uint8_t *piece = packet->payload;
  const uint16_t flags = wire_get16(piece + 2);
  packet->protocol = piece[0];
  packet->payload += FRAGMENT_HEADER;
  packet->length -= FRAGMENT_HEADER;
  return join(pieces, packet, wire_get32(piece + 4), flags & FRAGMENT_OFFSET, !(flags & FRAGMENT_MORE), now);
}

bool ip_read(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
             struct ip_packet *packet) {
  const unsigned version = length ? bytes[0] >> 4 : 0;
  if (version == VERSION_4)
    return read_4(pieces, bytes, length, now, packet);
  return version == VERSION_6 && read_6(pieces, bytes, length, now, packet);
}

size_t ip_write(uint8_t *ip, uint8_t protocol, struct ip_address from, struct ip_address to, size_t payload) {
  const size_t size = ip_header_size(from);
  memset(ip, 0, size);
  if (!ip_is_v4(from)) {
    ip[0] = VERSION_6 << 4;
    wire_put16(ip + 4, (uint16_t)payload);
    ip[6] = protocol;
    ip[7] = TTL;
    write_v6(ip + 8, from);
    write_v6(ip + 24, to);
    return size;
  }
  ip[0] = VERSION_4 << 4 | IP_HEADER / 4;
  wire_put16(ip + 2, (uint16_t)(IP_HEADER + payload));
  wire_put16(ip + 6, DONT_FRAGMENT);
  ip[8] = TTL;
  ip[9] = protocol;
  wire_put32(ip + 12, (uint32_t)from.low);
  wire_put32(ip + 16, (uint32_t)to.low);
  wire_put16(ip + 10, (uint16_t)~wire_fold(wire_sum(0, ip, IP_HEADER)));
  return size;
}

size_t ip_header(const struct link *link, uint8_t *header, uint8_t protocol, struct ip_address from, size_t payload) {
  link_header(link, header, ip_is_v4(from) ? LINK_TYPE_IPV4 : LINK_TYPE_IPV6);
  return LINK_HEADER + ip_write(header + LINK_HEADER, protocol, from, ip_guest(from), payload);
}

void ip_send(struct link *link, uint8_t protocol, struct ip_address from, uint8_t *header, size_t size,
             const uint8_t *payload, size_t length) {
  const size_t before = ip_header(link, header, protocol, from, size + length);
  const struct ethernet_frame frame = {
      .header = header, .header_size = before + size, .payload = {payload}, .payload_size = {length}};
  link_send(link, &frame);
}

static uint64_t sum_of(struct ip_address address) {
  const uint64_t high = ip_is_v4(address) ? 0 : address.high,
                 low = ip_is_v4(address) ? (uint32_t)address.low : address.low;
  return (high >> 32) + (uint32_t)high + (low >> 32) + (uint32_t)low;
}

uint64_t ip_pseudo_sum(uint8_t protocol, struct ip_address remote, size_t length) {
  // Words of 32 bits sum up to the same as their halves.
  return sum_of(remote) + sum_of(ip_guest(remote)) + protocol + length;
}

struct ip_address ip_of_client(const struct net_address *client) {
  if (client->family == NET_IPV4) {
    const uint32_t address = wire_get32(client->bytes);
    const bool loopback = address >> 24 == 127, own = (address & IP_MASK) == IP_NETWORK;
    return IP_V4(loopback || own || address == 0 ? IP_GATEWAY : address);
  }
  const struct ip_address address = read_v6(client->bytes);
  // Only what a router would pass on: no loopback, nothing of the link's, no IPv4 inside.
  const bool routed = address.high >> 61 == 1 || (address.high >> 57 == 0xfd >> 1 && address.high != IP6_NETWORK);
  return routed ? address : IP_V6(IP6_GATEWAY);
}
