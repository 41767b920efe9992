// ARP, ICMP, UDP, DNS and the pieces of IP: what a guest sends, and what it and the host get.
#include "net_world.h"

#define SECOND UINT64_C(1000000000)
enum { UNREACHABLE = 3 };

static void ask_arp(uint32_t wanted) {
  uint8_t *arp = out + LINK_HEADER;
  memcpy(arp, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1, 2, 0x6f, 0x32, 0x77, 0, 1}, 14);
  wire_put32(arp + 14, IP_GUEST);
  memset(arp + 18, 0, 6);
  wire_put32(arp + 24, wanted);
  emit(LINK_TYPE_ARP, 28);
}

static void two_addresses_answer_arp(void) {
  begin();
  ask_arp(IP_GATEWAY);
  ask_arp(IP_NAMES);
  CHECK(frame_count == 2 && wire_get32(frames[0] + LINK_HEADER + 14) == IP_GATEWAY && frames[1][LINK_HEADER + 7] == 2);
  ask_arp(IP_NETWORK + 9);
  CHECK(frame_count == 2);
}

static void ping(uint32_t to) {
  uint8_t *icmp = out + AT_PROTOCOL;
  memset(icmp, 0, 24);
  icmp[0] = 8;
  icmp[9] = 77;
  emit_ip(IP_ICMP, to, 24, 0, 0);
}

static void pings_are_answered_or_filtered(void) {
  begin();
  ping(IP_GATEWAY);
  CHECK(frame_count == 1 && last()[AT_PROTOCOL] == 0 && last()[AT_PROTOCOL + 9] == 77);
  CHECK(wire_fold(wire_sum(0, last() + AT_PROTOCOL, 24)) == 0xffff &&
        wire_fold(wire_sum(0, last() + AT_IP, 20)) == 0xffff);
  ping(0x08080808);
  CHECK(last()[AT_PROTOCOL] == UNREACHABLE && last()[AT_PROTOCOL + 1] == 13);
  CHECK(wire_get32(last() + AT_PROTOCOL + 8 + 16) == 0x08080808);
}

static void datagrams_make_flows_that_end(void) {
  begin();
  emit_udp(0x01020304, 4000, 123, "hello", 5);
  CHECK(said_count == 2 && said[0].what == SAID_OPEN && said[0].kind == NET_UDP && said[0].to.port == 123);
  CHECK(said[1].what == SAID_SEND && sent_size == 5 && memcmp(sent_bytes, "hello", 5) == 0);
  emit_udp(0x01020304, 4000, 123, "again", 5);
  CHECK(said_count == 3 && said[2].stream == said[0].stream);
  const uint32_t stream = said[0].stream;
  happen(NET_DATA, stream, "world", 5, 0);
  CHECK(frame_count == 1 && last_size() == AT_PROTOCOL + 13 && memcmp(last() + AT_PROTOCOL + 8, "world", 5) == 0);
  const uint64_t sum = ip_pseudo_sum(IP_UDP, IP_V4(0x01020304), 13);
  CHECK(wire_fold(wire_sum(sum, last() + AT_PROTOCOL, 13)) == 0xffff);
  pass(59 * SECOND);
  CHECK(said_count == 3);
  pass(2 * SECOND);
  CHECK(said_count == 4 && said[3].what == SAID_END && said[3].stream == stream);
  happen(NET_DATA, stream, "late", 4, 0);
  CHECK(frame_count == 1);
}

static void datagrams_that_cannot_go_are_told(void) {
  begin();
  emit_udp(0x01020304, 4000, 123, "x", 1);
  happen_reset(said[0].stream, NET_REFUSED);
  CHECK(frame_count == 1 && last()[AT_PROTOCOL] == UNREACHABLE && last()[AT_PROTOCOL + 1] == 3);
  CHECK(wire_get16(last() + AT_PROTOCOL + 8 + IP_HEADER + 2) == 123);
  emit_udp(IP_NAMES, 4000, 54, "x", 1);
  CHECK(frame_count == 2 && last()[AT_PROTOCOL + 1] == 3);
  emit_udp(0xe0000001, 4000, 5353, "x", 1);
  CHECK(said_count == 2);
}

static void datagrams_from_outside_are_answered(void) {
  begin();
  happen_incoming(NET_UDP, 9, 53, 0x7f000001, 4001);
  happen(NET_DATA, 9, "ask", 3, 0);
  CHECK(frame_count == 1 && wire_get32(last() + AT_IP + 12) == IP_GATEWAY && wire_get16(last() + AT_PROTOCOL) == 4001);
  emit_udp(IP_GATEWAY, 53, 4001, "answer", 6);
  CHECK(said_count == 1 && said[0].what == SAID_SEND && said[0].stream == 9);
  // Another client that looks the same has another port.
  happen_incoming(NET_UDP, 10, 53, 0x7f000002, 4001);
  happen(NET_DATA, 10, "ask", 3, 0);
  CHECK(wire_get16(last() + AT_PROTOCOL) == 4000);
}

static void flows_have_a_limit(void) {
  begin();
  for (uint16_t port = 1; port <= 513; port++)
    emit_udp(0x01020304, port, 123, "x", 1);
  CHECK(last_stream >= 512 && net_complaint(net) && !net_complaint(net));
}

static void pieces_are_put_together(void) {
  begin();
  uint8_t *udp = out + AT_PROTOCOL;
  memset(udp, 'b', 1000);
  emit_ip(IP_UDP, 0x01020304, 1000, 7, 1480 / 8);
  CHECK(said_count == 0);
  memset(udp, 'a', 1480);
  wire_put16(udp, 4000);
  wire_put16(udp + 2, 123);
  wire_put16(udp + 4, 2480);
  emit_ip(IP_UDP, 0x01020304, 1480, 7, 0x2000);
  CHECK(said_count == 2 && sent_size == 2472 && sent_bytes[1471] == 'a' && sent_bytes[1472] == 'b');
  // Beyond the longest datagram, and a piece that never comes.
  emit_ip(IP_UDP, 0x01020304, 1000, 8, 8191);
  for (uint16_t id = 10; id < 30; id++)
    emit_ip(IP_UDP, 0x01020304, 1480, id, 0x2000);
  CHECK(said_count == 2);
}

static size_t question(uint8_t *message, const char *labels, uint16_t type) {
  static const uint8_t HEADER[12] = {0x12, 0x34, 1, 0, 0, 1};
  memcpy(message, HEADER, sizeof HEADER);
  const size_t name = strlen(labels) + 1;
  memcpy(message + 12, labels, name);
  wire_put16(message + 12 + name, type);
  wire_put16(message + 14 + name, 1);
  return 16 + name;
}

static void ask_dns(const char *labels, uint16_t type) {
  uint8_t message[300];
  emit_udp(IP_NAMES, 5000, 53, message, question(message, labels, type));
}

static unsigned rcode(void) {
  return last()[AT_PROTOCOL + 8 + 3] & 15U;
}

static void names_are_resolved(void) {
  begin();
  ask_dns("\3www\7example", 1);
  CHECK(said_count == 1 && said[0].what == SAID_RESOLVE && strcmp(said[0].name, "www.example") == 0);
  happen(NET_ADDRESSES, said[0].stream, "\1\2\3\4\5\6\7\10", 8, 0);
  const uint8_t *answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 1 && wire_get16(answer) == 0x1234 && wire_get16(answer + 2) == 0x8180);
  CHECK(wire_get16(answer + 6) == 2 && wire_get16(answer + 29) == 0xc00c && wire_get32(answer + 41) == 0x01020304);
  // The answer comes once.
  happen(NET_ADDRESSES, said[0].stream, "\1\2\3\4", 4, 0);
  CHECK(frame_count == 1);
  ask_dns("\3www\7example", 16);
  CHECK(frame_count == 2 && said_count == 1 && rcode() == 0 && wire_get16(last() + AT_PROTOCOL + 8 + 6) == 0);
  ask_dns("\3w w\7example", 1);
  CHECK(frame_count == 3 && said_count == 1 && rcode() == 3);
  emit_udp(IP_NAMES, 5000, 53, "\1\2\1\0\0\1\0\0\0\0\0\0\77abc", 16);
  CHECK(frame_count == 4 && rcode() == 1);
  const struct net_event unknown = {.type = NET_ADDRESSES, .rcode = NET_NAME_UNKNOWN};
  ask_dns("\4none\7example", 1);
  struct net_event event = unknown;
  event.stream = said[1].stream;
  net_event(net, &event, now);
  CHECK(frame_count == 5 && rcode() == 3);
}

static void names_have_addresses_of_ipv6(void) {
  begin();
  ask_dns("\3www\7example", 28);
  CHECK(said_count == 1 && said[0].what == SAID_RESOLVE && said[0].count == NET_IPV6);
  happen(NET_ADDRESSES, said[0].stream, "0123456789abcdefABCDEFGHIJKLMNOPshort", 37, 0);
  const uint8_t *answer = last() + AT_PROTOCOL + 8, *record = answer + 29;
  CHECK(wire_get16(answer + 6) == 2 && wire_get16(record + 2) == 28 && wire_get16(record + 10) == 16);
  CHECK(memcmp(record + 12, "0123456789abcdef", 16) == 0 && memcmp(record + 40, "ABCDEFGHIJKLMNOP", 16) == 0);
  CHECK(last_size() == AT_PROTOCOL + 8 + 29 + 56);
}

static void tell_records(uint32_t stream, uint8_t code, uint16_t count, const void *bytes, size_t length) {
  const struct net_event event = {
      .type = NET_RECORDS, .stream = stream, .rcode = code, .count = count, .bytes = bytes, .length = length};
  net_event(net, &event, now);
}

static void names_have_other_records(void) {
  static uint8_t large[NET_RECORDS_MAX];
  begin();
  knows_records = true;
  ask_dns("\3www\7example", 15);
  CHECK(said_count == 1 && said[0].what == SAID_ASK && said[0].count == 15 && strcmp(said[0].name, "www.example") == 0);
  tell_records(said[0].stream, 0, 2, "records", 7);
  const uint8_t *answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 1 && wire_get16(answer) == 0x1234 && wire_get16(answer + 2) == 0x8180);
  CHECK(wire_get16(answer + 4) == 1 && wire_get16(answer + 6) == 2 && memcmp(answer + 29, "records", 7) == 0);
  CHECK(last_size() == AT_PROTOCOL + 8 + 29 + 7);
  ask_dns("\3www\7example", 16);
  tell_records(said[1].stream, 3, 0, NULL, 0);
  CHECK(frame_count == 2 && rcode() == 3 && last_size() == AT_PROTOCOL + 8 + 29);
  // 512 bytes are what a datagram may have (RFC 1035, 4.2.1).
  ask_dns("\3www\7example", 16);
  tell_records(said[2].stream, 0, 1, large, 512 - 29);
  CHECK(frame_count == 3 && last_size() == AT_PROTOCOL + 8 + 512 && !(last()[AT_PROTOCOL + 8 + 2] & 2));
  ask_dns("\3www\7example", 16);
  tell_records(said[3].stream, 0, 1, large, 512 - 28);
  answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 4 && last_size() == AT_PROTOCOL + 8 + 29 && answer[2] & 2 && wire_get16(answer + 6) == 0);
  // Addresses are never told as records, nor records as addresses.
  ask_dns("\3www\7example", 1);
  tell_records(said[4].stream, 0, 1, "records", 7);
  CHECK(frame_count == 5 && rcode() == 2 && last_size() == AT_PROTOCOL + 8 + 29);
  ask_dns("\3www\7example", 16);
  happen(NET_ADDRESSES, said[5].stream, "\1\2\3\4", 4, 0);
  CHECK(frame_count == 6 && rcode() == 2 && last_size() == AT_PROTOCOL + 8 + 29);
}

static const uint8_t *icmp6(void) {
  const uint8_t *ip = last() + AT_IP;
  const size_t length = wire_get16(ip + 4);
  CHECK(ip[0] == 0x60 && ip[6] == IP_ICMP6 && last_size() == AT_IP + IP6_HEADER + length);
  const struct ip_address from = {wire_get64(ip + 8), wire_get64(ip + 16)};
  CHECK(wire_fold(wire_sum(ip_pseudo_sum(IP_ICMP6, from, length), ip + IP6_HEADER, length)) == 0xffff);
  return ip + IP6_HEADER;
}

static void solicit(struct ip_address wanted, uint8_t hops) {
  uint8_t *ip = out + AT_IP, *icmp = ip + IP6_HEADER;
  memset(icmp, 0, 32);
  icmp[0] = 135;
  wire_put64(icmp + 8, wanted.high);
  wire_put64(icmp + 16, wanted.low);
  ip_write(ip, IP_ICMP6, IP_V6(IP6_GUEST), (struct ip_address){UINT64_C(0xff02) << 48, UINT64_C(0x1ff000002)}, 32);
  ip[7] = hops;
  emit(LINK_TYPE_IPV6, IP6_HEADER + 32);
}

static void two_addresses_have_neighbours_answers(void) {
  begin();
  solicit(IP_V6(IP6_GATEWAY), 255);
  CHECK(frame_count == 1 && icmp6()[0] == 136 && icmp6()[4] == 0xe0 && last()[AT_IP + 7] == 255);
  CHECK(wire_get64(icmp6() + 16) == IP6_GATEWAY && memcmp(icmp6() + 24, "\2\1\2\x6f\x32\x77\0\2", 8) == 0);
  solicit(IP_V6(IP6_NAMES), 255);
  CHECK(frame_count == 2 && icmp6()[4] == 0x60);
  solicit(IP_V6(IP6_GUEST), 255);   // it looks whether another has its address
  solicit(IP_V6(IP6_GATEWAY), 254); // it has come over a router
  CHECK(frame_count == 2);
}

static void ping6(struct ip_address to) {
  uint8_t *icmp = out + AT_IP + IP6_HEADER;
  memset(icmp, 0, 24);
  icmp[0] = 128;
  icmp[9] = 77;
  emit_ip6(IP_ICMP6, to, 24);
}

static void pings_of_ipv6_are_answered_or_filtered(void) {
  const struct ip_address far = {UINT64_C(0x20010db8) << 32, 9};
  begin();
  ping6(IP_V6(IP6_GATEWAY));
  CHECK(frame_count == 1 && icmp6()[0] == 129 && icmp6()[9] == 77);
  ping6(far);
  CHECK(frame_count == 2 && icmp6()[0] == 1 && icmp6()[1] == 1 && wire_get64(icmp6() + 8 + 32) == 9);
  ping6((struct ip_address){UINT64_C(0xff02) << 48, 1});
  // IPv4 in IPv6 is not a way to IPv4.
  ping6(IP_V4(IP_GATEWAY));
  CHECK(frame_count == 2);
}

static void emit_udp6(struct ip_address to, uint16_t port, const void *data, size_t length) {
  uint8_t *udp = out + AT_IP + IP6_HEADER;
  wire_put16(udp, 4000);
  wire_put16(udp + 2, port);
  wire_put16(udp + 4, (uint16_t)(8 + length));
  memcpy(udp + 8, data, length);
  emit_ip6(IP_UDP, to, 8 + length);
}

static void datagrams_of_ipv6_make_flows(void) {
  const struct ip_address far = {UINT64_C(0x20010db8) << 32, 9};
  begin();
  emit_udp6(far, 123, "hello", 5);
  CHECK(said_count == 2 && said[0].to.family == NET_IPV6 && said[0].to.port == 123 && said[0].to.bytes[15] == 9);
  CHECK(sent_size == 5);
  happen(NET_DATA, said[0].stream, "world", 5, 0);
  const uint8_t *udp = last() + AT_IP + IP6_HEADER;
  CHECK(frame_count == 1 && wire_get16(last() + 12) == LINK_TYPE_IPV6 && memcmp(udp + 8, "world", 5) == 0);
  CHECK(wire_fold(wire_sum(ip_pseudo_sum(IP_UDP, far, 13), udp, 13)) == 0xffff);
  happen_reset(said[0].stream, NET_REFUSED);
  CHECK(icmp6()[0] == 1 && icmp6()[1] == 4 && wire_get16(icmp6() + 8 + IP6_HEADER + 2) == 123);
  emit_udp6(IP_V6(IP6_NAMES), 54, "x", 1);
  CHECK(frame_count == 3 && icmp6()[1] == 4);
  uint8_t message[300];
  const size_t size = question(message, "\1a\1b", 1);
  emit_udp6(IP_V6(IP6_NAMES), 53, message, size);
  CHECK(said[2].what == SAID_RESOLVE);
  happen(NET_ADDRESSES, said[2].stream, "\1\2\3\4", 4, 0);
  CHECK(frame_count == 4 && last()[AT_IP] == 0x60);
}

static void pieces_of_ipv6_are_put_together(void) {
  const struct ip_address far = {UINT64_C(0x20010db8) << 32, 9};
  uint8_t *piece = out + AT_IP + IP6_HEADER;
  begin();
  memcpy(piece, (const uint8_t[]){IP_UDP, 0, 0, 16, 0, 0, 0, 7}, 8);
  memset(piece + 8, 'b', 10);
  emit_ip6(44, far, 18);
  CHECK(said_count == 0);
  memcpy(piece, (const uint8_t[]){IP_UDP, 0, 0, 1, 0, 0, 0, 7, 0x0f, 0xa0, 0, 123, 0, 26, 0, 0}, 16);
  memset(piece + 16, 'a', 8);
  emit_ip6(44, far, 24);
  CHECK(said_count == 2 && sent_size == 18 && memcmp(sent_bytes, "aaaaaaaabbbbbbbbbb", 18) == 0);
  emit_ip6(44, far, 7);
  CHECK(said_count == 2);
}

static void ask_dhcp(uint8_t type, uint32_t wanted, uint32_t server) {
  uint8_t message[300] = {1, 1, 6};
  memcpy(message + 4, "\1\2\3\4", 4);
  memcpy(message + 28, "\2\x6f\x32\x77\0\1", 6);
  memcpy(message + 236, (const uint8_t[]){99, 130, 83, 99, 53, 1, type}, 7);
  uint8_t *at = message + 243;
  if (wanted) {
    memcpy(at, (const uint8_t[]){50, 4}, 2);
    wire_put32(at + 2, wanted);
    at += 6;
  }
  if (server) {
    memcpy(at, (const uint8_t[]){0, 54, 4}, 3);
    wire_put32(at + 3, server);
    at += 7;
  }
  *at = 255;
  emit_udp(UINT32_MAX, 68, 67, message, sizeof message);
}

static void guest_that_asks_gets_its_address(void) {
  begin();
  ask_dhcp(1, 0, 0);
  const uint8_t *answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 1 && wire_get16(last() + AT_PROTOCOL) == 67 && wire_get16(last() + AT_PROTOCOL + 2) == 68);
  CHECK(answer[0] == 2 && wire_get32(answer + 4) == 0x01020304 && wire_get32(answer + 16) == IP_GUEST &&
        answer[242] == 2);
  ask_dhcp(3, IP_GUEST, IP_GATEWAY);
  answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 2 && answer[242] == 5 && wire_get32(answer + 16) == IP_GUEST &&
        wire_get32(answer + 245) == IP_GATEWAY);
  CHECK(memcmp(answer + 249, "\1\4\xff\xff\xff\0\3\4\12\0\2\2\6\4\12\0\2\3\63\4\0\1\x51\x80\xff", 25) == 0);
  ask_dhcp(3, IP_GUEST + 1, 0);
  answer = last() + AT_PROTOCOL + 8;
  CHECK(frame_count == 3 && answer[242] == 6 && wire_get32(answer + 16) == 0);
  ask_dhcp(8, 0, 0);
  CHECK(frame_count == 4 && wire_get32(last() + AT_PROTOCOL + 8 + 16) == 0);
  ask_dhcp(3, IP_GUEST, 0x01020304); // another server's
  ask_dhcp(7, 0, 0);                 // it gives its address back
  emit_udp(UINT32_MAX, 68, 67, "short", 5);
  CHECK(frame_count == 4 && said_count == 0);
}

static void only_so_many_names_at_once(void) {
  begin();
  for (unsigned i = 0; i < 40; i++)
    ask_dns("\1a\1b", 1);
  CHECK(said_count == 32);
  pass(31 * SECOND);
  ask_dns("\1a\1b", 1);
  CHECK(said_count == 33);
}

static void frames_wait_for_room(void) {
  begin();
  link_full = true;
  for (unsigned i = 0; i < 10; i++)
    ping(IP_GATEWAY);
  CHECK(frame_count == 0);
  link_full = false;
  flush();
  CHECK(frame_count == 10 && last()[AT_PROTOCOL] == 0);
  // What waits is bounded.
  link_full = true;
  for (unsigned i = 0; i < 10000; i++)
    ping(IP_GATEWAY);
  link_full = false;
  frame_count = 0;
  flush();
  CHECK(frame_count == FRAMES);
}

int main(void) {
  two_addresses_answer_arp();
  pings_are_answered_or_filtered();
  datagrams_make_flows_that_end();
  datagrams_that_cannot_go_are_told();
  datagrams_from_outside_are_answered();
  flows_have_a_limit();
  pieces_are_put_together();
  names_are_resolved();
  names_have_other_records();
  names_have_addresses_of_ipv6();
  two_addresses_have_neighbours_answers();
  pings_of_ipv6_are_answered_or_filtered();
  datagrams_of_ipv6_make_flows();
  pieces_of_ipv6_are_put_together();
  guest_that_asks_gets_its_address();
  only_so_many_names_at_once();
  frames_wait_for_room();
  return check_result("test_net");
}
