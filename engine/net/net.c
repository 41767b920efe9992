#include "net/net.h"

#include "host/host.h"
#include "net/dhcp.h"
#include "net/dns_stream.h"
#include "net/icmp.h"
#include "net/tcp.h"
#include "net/tcp_output.h"
#include "net/udp.h"
#include "net/wire.h"

#include <string.h>

enum { ARP_LENGTH = 28, ARP_REQUEST = 1, ARP_REPLY = 2, ARP_FROM = 8, ARP_FROM_IP = 14, ARP_TO = 18, ARP_TO_IP = 24 };

struct net {
  struct link link;
  struct tcp tcp;
  struct udp udp;
  struct dns dns;
  struct dns_streams names;
  struct ip_pieces pieces[IP_PIECES];
  bool said_tcp, said_udp;
};

uint64_t net_memory(void) {
  enum { ROUNDING = 64 };
  return sizeof(struct net) + TCP_RINGS_SIZE + LINK_WAITING_SIZE + ROUNDING;
}

static void tell_tcp(void *owner, const struct net_event *event, uint64_t now) {
  struct net *net = owner;
  (void)tcp_event(&net->tcp, event, now);
}

static void answer_by_tcp(void *owner, uint32_t stream, const uint8_t *message, size_t length, uint64_t now) {
  struct net *net = owner;
  dns_stream_answer(&net->names, stream, message, length, now);
}

struct net *net_create(const struct link *link) {
  static const uint8_t GUEST[LINK_ADDRESS] = {0x02, 0x6f, 0x32, 0x77, 0x00, 0x01};
  struct net *net = host_allocate(sizeof *net);
  uint8_t *rings = host_allocate(TCP_RINGS_SIZE);
  if (!net || !rings)
    return NULL;
  net->link = *link;
  memcpy(net->link.guest, GUEST, sizeof GUEST);
  net->link.waiting = host_allocate(LINK_WAITING_SIZE);
  tcp_init(&net->tcp, &net->link, rings);
  net->udp.link = net->dns.link = &net->link;
  net->udp.next_timer = UINT64_MAX;
  net->dns.answer = answer_by_tcp;
  net->names.dns = &net->dns;
  net->names.tell = tell_tcp;
  net->dns.owner = net->names.owner = net;
  net->tcp.names = &net->names;
  return net->link.waiting ? net : NULL;
}

void net_reset(struct net *net) {
  tcp_reset(&net->tcp);
  udp_reset(&net->udp);
  memset(net->dns.questions, 0, sizeof net->dns.questions);
  memset(net->pieces, 0, sizeof net->pieces);
  net->link.waiting_start = net->link.waiting_end = 0;
}

// RFC 826, for the two that are there.
static void read_arp(struct net *net, const uint8_t *arp, size_t length) {
  static const uint8_t START[] = {0, 1, LINK_TYPE_IPV4 >> 8, LINK_TYPE_IPV4 & 0xff, LINK_ADDRESS, 4, 0, ARP_REQUEST};
  if (length < ARP_LENGTH || memcmp(arp, START, sizeof START) != 0)
    return;
  const uint32_t wanted = wire_get32(arp + ARP_TO_IP);
  if (wanted != IP_GATEWAY && wanted != IP_NAMES)
    return;
  uint8_t header[LINK_HEADER + ARP_LENGTH];
  uint8_t *reply = header + LINK_HEADER;
  link_header(&net->link, header, LINK_TYPE_ARP);
  memcpy(reply, START, sizeof START);
  reply[7] = ARP_REPLY;
  memcpy(reply + ARP_FROM, header + LINK_ADDRESS, LINK_ADDRESS);
  wire_put32(reply + ARP_FROM_IP, wanted);
  memcpy(reply + ARP_TO, arp + ARP_FROM, LINK_ADDRESS + 4);
  link_send(&net->link, &(struct ethernet_frame){.header = header, .header_size = sizeof header});
}

static void read_udp(struct net *net, const struct ip_packet *packet, uint64_t now) {
  struct udp_datagram datagram;
  if (!udp_parse(packet, &datagram))
    return;
  if (!ip_is_names(packet->to))
    udp_send(&net->udp, packet->to, &datagram, now);
  else if (datagram.remote_port == DNS_PORT)
    (void)dns_read(&net->dns, &(struct dns_asker){.server = packet->to, .guest_port = datagram.guest_port},
                   datagram.data, datagram.length, now);
  else
    icmp_unreachable_flow(&net->link, NET_REFUSED, IP_UDP, packet->to, packet->payload);
}

// From an address that is not set yet, to all; or when it is asked for again, as it is.
static bool is_of_dhcp(const struct ip_packet *packet) {
  return packet->protocol == IP_UDP && packet->length >= UDP_HEADER && wire_get16(packet->payload + 2) == DHCP_PORT &&
         (ip_equals(packet->to, IP_V4(UINT32_MAX)) || ip_equals(packet->to, IP_V4(IP_GATEWAY)));
}

static void read_dhcp(struct net *net, const struct ip_packet *packet) {
  struct udp_datagram datagram;
  if (udp_parse(packet, &datagram))
    dhcp_read(&net->link, &datagram);
}

static void read_ip(struct net *net, const uint8_t *bytes, size_t length, uint64_t now) {
  struct ip_packet packet;
  if (!ip_read(net->pieces, bytes, length, now, &packet))
    return;
  if (packet.protocol == IP_ICMP6 && !ip_is_v4(packet.to)) {
    icmp6_read(&net->link, &packet);
    return;
  }
  if (is_of_dhcp(&packet)) {
    read_dhcp(net, &packet);
    return;
  }
  // Nobody else is at this end.
  if (!ip_equals(packet.from, ip_guest(packet.to)) || ip_is_for_many(packet.to))
    return;
  switch (packet.protocol) {
  case IP_ICMP:
    if (ip_is_v4(packet.to))
      icmp_read(&net->link, &packet);
    break;
  case IP_TCP: tcp_read(&net->tcp, &packet, now); break;
  case IP_UDP: read_udp(net, &packet, now); break;
  default: break;
  }
}

void net_read(struct net *net, const uint8_t *frame, size_t length, uint64_t now) {
  if (length < LINK_HEADER)
    return;
  memcpy(net->link.guest, frame + LINK_ADDRESS, LINK_ADDRESS);
  switch (wire_get16(frame + 12)) {
  case LINK_TYPE_ARP: read_arp(net, frame + LINK_HEADER, length - LINK_HEADER); break;
  case LINK_TYPE_IPV4:
  case LINK_TYPE_IPV6: read_ip(net, frame + LINK_HEADER, length - LINK_HEADER, now); break;
  default: break;
  }
}

void net_event(struct net *net, const struct net_event *event, uint64_t now) {
  if (event->stream < NET_CONSOLES)
    return; // numbers that are the name server's here
  if (event->type == NET_INCOMING)
    (void)(event->kind == NET_TCP ? tcp_event(&net->tcp, event, now) : udp_event(&net->udp, event, now));
  else if (event->type == NET_ADDRESSES || event->type == NET_RECORDS)
    (void)dns_event(&net->dns, event, now);
  else if (!tcp_event(&net->tcp, event, now))
    (void)udp_event(&net->udp, event, now); // or of a stream that is over
}

void net_flush(struct net *net, uint64_t now) {
  tcp_timers(&net->tcp, now);
  udp_timers(&net->udp, now);
  dns_stream_flush(&net->names, now);
  (void)link_flush(&net->link);
  tcp_flush(&net->tcp, now);
}

uint64_t net_deadline(const struct net *net) {
  return net->tcp.next_timer < net->udp.next_timer ? net->tcp.next_timer : net->udp.next_timer;
}

const char *net_complaint(struct net *net) {
  if (net->tcp.full && !net->said_tcp) {
    net->said_tcp = true;
    return "the network has no room for more than 1024 connections: further ones are refused";
  }
  if (net->udp.full && !net->said_udp) {
    net->said_udp = true;
    return "the network has no room for more than 512 flows of UDP: datagrams of further ones are lost";
  }
  return NULL;
}
