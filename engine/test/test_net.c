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
  const uint64_t sum = ip_pseudo_sum(IP_UDP, 0x01020304, IP_GUEST, 13);
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
  ask_dns("\3www\7example", 28);
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
  only_so_many_names_at_once();
  frames_wait_for_room();
  return check_result("test_net");
}
