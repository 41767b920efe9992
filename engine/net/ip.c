#include "net/ip.h"

#include "net/wire.h"

#include <string.h>

enum { VERSION_4 = 4, DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, OFFSET_MASK = 0x1fff, TTL = 64 };
#define PIECES_TIMEOUT_NS UINT64_C(30000000000)

static struct ip_pieces *place_of(struct ip_pieces pieces[IP_PIECES], const struct ip_packet *packet, uint16_t id,
                                  uint64_t now) {
  struct ip_pieces *oldest = pieces;
  for (unsigned i = 0; i < IP_PIECES; i++) {
    struct ip_pieces *place = &pieces[i];
    if (place->until > now && place->from == packet->from && place->to == packet->to && place->id == id &&
        place->protocol == packet->protocol)
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
  memcpy(oldest->datagram, packet->header, IP_HEADER);
  return oldest;
}

static bool is_whole(const struct ip_pieces *place) {
  for (size_t at = 0; at < place->end; at += 8) {
    if (!(place->came[at / 64] & 1U << at / 8 % 8))
      return false;
  }
  return place->end != 0;
}

static bool join(struct ip_pieces pieces[IP_PIECES], struct ip_packet *packet, uint16_t id, uint16_t flags,
                 uint64_t now) {
  const size_t offset = (size_t)(flags & OFFSET_MASK) * 8;
  const bool last = !(flags & MORE_FRAGMENTS);
  if (packet->length == 0 || offset + packet->length > IP_LENGTH_MAX - IP_HEADER || (!last && packet->length % 8))
    return false;
  struct ip_pieces *place = place_of(pieces, packet, id, now);
  memcpy(place->datagram + IP_HEADER + offset, packet->payload, packet->length);
  for (size_t at = offset; at < offset + packet->length; at += 8)
    place->came[at / 64] |= (uint8_t)(1U << at / 8 % 8);
  if (last)
    place->end = offset + packet->length;
  if (!is_whole(place))
    return false;
  place->until = 0;
  packet->payload = place->datagram + IP_HEADER;
  packet->length = place->end;
  packet->header = place->datagram;
  return true;
}

bool ip_read(struct ip_pieces pieces[IP_PIECES], const uint8_t *bytes, size_t length, uint64_t now,
             struct ip_packet *packet) {
  if (length < IP_HEADER || bytes[0] >> 4 != VERSION_4)
    return false;
  const size_t header = (size_t)(bytes[0] & 15) * 4, total = wire_get16(bytes + 2);
  if (header < IP_HEADER || total < header || total > length)
    return false;
  *packet = (struct ip_packet){.protocol = bytes[9],
                               .from = wire_get32(bytes + 12),
                               .to = wire_get32(bytes + 16),
                               .payload = bytes + header,
                               .length = total - header,
                               .header = bytes};
  if (packet->from != IP_GUEST)
    return false; // nobody else is at this end
  const uint16_t flags = wire_get16(bytes + 6);
  return !(flags & (MORE_FRAGMENTS | OFFSET_MASK)) || join(pieces, packet, wire_get16(bytes + 4), flags, now);
}

void ip_header(const struct link *link, uint8_t header[LINK_HEADER + IP_HEADER], uint8_t protocol, uint32_t from,
               size_t payload) {
  uint8_t *ip = header + LINK_HEADER;
  link_header(link, header, LINK_TYPE_IPV4);
  memset(ip, 0, IP_HEADER);
  ip[0] = VERSION_4 << 4 | IP_HEADER / 4;
  wire_put16(ip + 2, (uint16_t)(IP_HEADER + payload));
  wire_put16(ip + 6, DONT_FRAGMENT);
  ip[8] = TTL;
  ip[9] = protocol;
  wire_put32(ip + 12, from);
  wire_put32(ip + 16, IP_GUEST);
  wire_put16(ip + 10, (uint16_t)~wire_fold(wire_sum(0, ip, IP_HEADER)));
}

void ip_send(struct link *link, uint8_t protocol, uint32_t from, uint8_t *header, size_t size, const uint8_t *payload,
             size_t length) {
  ip_header(link, header, protocol, from, size + length);
  const struct ethernet_frame frame = {
      .header = header, .header_size = LINK_HEADER + IP_HEADER + size, .payload = {payload}, .payload_size = {length}};
  link_send(link, &frame);
}

uint64_t ip_pseudo_sum(uint8_t protocol, uint32_t from, uint32_t to, size_t length) {
  return (uint64_t)(from >> 16) + (from & 0xffff) + (to >> 16) + (to & 0xffff) + protocol + length;
}

uint32_t ip_of_client(bool ipv4, const uint8_t *bytes) {
  if (!ipv4)
    return IP_GATEWAY;
  const uint32_t address = wire_get32(bytes);
  const bool loopback = address >> 24 == 127, own = (address & IP_MASK) == IP_NETWORK;
  return loopback || own || address == 0 ? IP_GATEWAY : address;
}
