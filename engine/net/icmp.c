#include "net/icmp.h"

#include "net/wire.h"

#include <string.h>

enum { ECHO_REPLY = 0, UNREACHABLE = 3, ECHO_REQUEST = 8, HEADER = 8, QUOTED = IP_HEADER + 8 };

void icmp_unreachable(struct link *link, uint8_t code, uint32_t from, const uint8_t quoted[QUOTED]) {
  uint8_t header[LINK_HEADER + IP_HEADER + HEADER + QUOTED] = {0};
  uint8_t *icmp = header + LINK_HEADER + IP_HEADER;
  icmp[0] = UNREACHABLE;
  icmp[1] = code;
  memcpy(icmp + HEADER, quoted, QUOTED);
  wire_put16(icmp + 2, (uint16_t)~wire_fold(wire_sum(0, icmp, HEADER + QUOTED)));
  ip_send(link, IP_ICMP, from, header, HEADER + QUOTED, NULL, 0);
}

void icmp_unreachable_flow(struct link *link, enum net_reason reason, uint8_t protocol, uint32_t to,
                           const uint8_t start[8]) {
  uint8_t quoted[LINK_HEADER + QUOTED];
  ip_header(link, quoted, protocol, IP_GUEST, 8);
  uint8_t *ip = quoted + LINK_HEADER;
  wire_put32(ip + 16, to);
  memcpy(ip + IP_HEADER, start, 8);
  const uint8_t code = reason == NET_REFUSED ? ICMP_PORT : reason == NET_DENIED ? ICMP_FILTERED : ICMP_HOST;
  icmp_unreachable(link, code, reason == NET_REFUSED ? to : IP_GATEWAY, ip);
}

void icmp_read(struct link *link, const struct ip_packet *packet) {
  if (packet->length < HEADER || packet->payload[0] != ECHO_REQUEST)
    return;
  if (packet->to != IP_GATEWAY && packet->to != IP_NAMES) {
    icmp_unreachable(link, ICMP_FILTERED, IP_GATEWAY, packet->header);
    return;
  }
  uint8_t header[LINK_HEADER + IP_HEADER + HEADER];
  uint8_t *icmp = header + LINK_HEADER + IP_HEADER;
  memcpy(icmp, packet->payload, HEADER);
  icmp[0] = ECHO_REPLY;
  icmp[2] = icmp[3] = 0;
  const uint64_t sum = wire_sum(wire_sum(0, icmp, HEADER), packet->payload + HEADER, packet->length - HEADER);
  wire_put16(icmp + 2, (uint16_t)~wire_fold(sum));
  ip_send(link, IP_ICMP, packet->to, header, HEADER, packet->payload + HEADER, packet->length - HEADER);
}
