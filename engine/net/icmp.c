#include "net/icmp.h"

#include "net/wire.h"

#include <string.h>

enum { ECHO_REPLY = 0, UNREACHABLE = 3, ECHO_REQUEST = 8, HEADER = 8, QUOTED = 8, QUOTED_MAX = IP6_HEADER + QUOTED };
enum { UNREACHABLE_6 = 1, ECHO_REQUEST_6 = 128, ECHO_REPLY_6 = 129, SOLICITATION = 135, ADVERTISEMENT = 136 };
enum { NEIGHBOUR = 24, TARGET = 8, OPTION = 8, OPTION_LINK_ADDRESS = 2, HOP_LIMIT = 7, HOP_LIMIT_NEIGHBOUR = 255 };
enum { FLAG_ROUTER = 0x80, FLAG_SOLICITED = 0x40, FLAG_OVERRIDE = 0x20 };

// Sums a message of ICMP and sends it: `size` bytes are in `header`, after the place of IP's.
static void send(struct link *link, struct ip_address from, uint8_t *header, size_t size, const uint8_t *payload,
                 size_t length) {
  const bool v4 = ip_is_v4(from);
  uint8_t *icmp = header + LINK_HEADER + ip_header_size(from);
  const uint64_t sum = v4 ? 0 : ip_pseudo_sum(IP_ICMP6, from, size + length);
  icmp[2] = icmp[3] = 0;
  wire_put16(icmp + 2, (uint16_t)~wire_fold(wire_sum(wire_sum(sum, icmp, size), payload, length)));
  ip_send(link, v4 ? IP_ICMP : IP_ICMP6, from, header, size, payload, length);
}

void icmp_unreachable(struct link *link, enum icmp_cause cause, struct ip_address from, const uint8_t *quoted) {
  static const uint8_t CODES[] = {[ICMP_HOST] = 1, [ICMP_PORT] = 3, [ICMP_FILTERED] = 13};
  static const uint8_t CODES_6[] = {[ICMP_HOST] = 3, [ICMP_PORT] = 4, [ICMP_FILTERED] = 1};
  uint8_t header[LINK_HEADER + IP6_HEADER + HEADER + QUOTED_MAX] = {0};
  uint8_t *icmp = header + LINK_HEADER + ip_header_size(from);
  const size_t length = ip_header_size(from) + QUOTED;
  icmp[0] = ip_is_v4(from) ? UNREACHABLE : UNREACHABLE_6;
  icmp[1] = ip_is_v4(from) ? CODES[cause] : CODES_6[cause];
  memcpy(icmp + HEADER, quoted, length);
  send(link, from, header, HEADER + length, NULL, 0);
}

void icmp_unreachable_flow(struct link *link, enum net_reason reason, uint8_t protocol, struct ip_address to,
                           const uint8_t start[8]) {
  uint8_t quoted[QUOTED_MAX];
  memcpy(quoted + ip_write(quoted, protocol, ip_guest(to), to, QUOTED), start, QUOTED);
  const enum icmp_cause cause = reason == NET_REFUSED ? ICMP_PORT : reason == NET_DENIED ? ICMP_FILTERED : ICMP_HOST;
  icmp_unreachable(link, cause, reason == NET_REFUSED ? to : ip_gateway(to), quoted);
}

static void read_echo(struct link *link, const struct ip_packet *packet, uint8_t reply) {
  if (!ip_is_gateway(packet->to) && !ip_is_names(packet->to)) {
    icmp_unreachable(link, ICMP_FILTERED, ip_gateway(packet->to), packet->header);
    return;
  }
  uint8_t header[LINK_HEADER + IP6_HEADER + HEADER];
  uint8_t *icmp = header + LINK_HEADER + ip_header_size(packet->to);
  memcpy(icmp, packet->payload, HEADER);
  icmp[0] = reply;
  send(link, packet->to, header, HEADER, packet->payload + HEADER, packet->length - HEADER);
}

void icmp_read(struct link *link, const struct ip_packet *packet) {
  if (packet->length >= HEADER && packet->payload[0] == ECHO_REQUEST)
    read_echo(link, packet, ECHO_REPLY);
}

// A solicitation goes to many, or to whom it asks for.
static void read_solicitation(struct link *link, const struct ip_packet *packet) {
  const struct ip_address target = {wire_get64(packet->payload + TARGET), wire_get64(packet->payload + TARGET + 8)};
  if (packet->header[HOP_LIMIT] != HOP_LIMIT_NEIGHBOUR || (!ip_is_gateway(target) && !ip_is_names(target)))
    return;
  uint8_t header[LINK_HEADER + IP6_HEADER + NEIGHBOUR + OPTION] = {0};
  uint8_t *ip = header + LINK_HEADER, *icmp = ip + IP6_HEADER;
  const size_t size = NEIGHBOUR + OPTION;
  ip_header(link, header, IP_ICMP6, target, size);
  ip[HOP_LIMIT] = HOP_LIMIT_NEIGHBOUR;
  icmp[0] = ADVERTISEMENT;
  icmp[4] = (uint8_t)(FLAG_SOLICITED | FLAG_OVERRIDE | (ip_is_gateway(target) ? FLAG_ROUTER : 0));
  memcpy(icmp + TARGET, packet->payload + TARGET, 16);
  icmp[NEIGHBOUR] = OPTION_LINK_ADDRESS;
  icmp[NEIGHBOUR + 1] = 1; // unit of 8 bytes
  memcpy(icmp + NEIGHBOUR + 2, header + LINK_ADDRESS, LINK_ADDRESS);
  wire_put16(icmp + 2, (uint16_t)~wire_fold(wire_sum(ip_pseudo_sum(IP_ICMP6, target, size), icmp, size)));
  link_send(link, &(struct ethernet_frame){.header = header, .header_size = sizeof header});
}

void icmp6_read(struct link *link, const struct ip_packet *packet) {
  if (packet->length >= NEIGHBOUR && packet->payload[0] == SOLICITATION)
    read_solicitation(link, packet);
  else if (packet->length >= HEADER && packet->payload[0] == ECHO_REQUEST_6 && !ip_is_for_many(packet->to) &&
           ip_equals(packet->from, ip_guest(packet->to)))
    read_echo(link, packet, ECHO_REPLY_6);
}
