// TCP as the guest and the host see it: opening, data and credit both ways, ends, resets, time, and limits.
#include "net_world.h"

#define SECOND UINT64_C(1000000000)
enum { CLIENT = 0x09090909, SERVER = 0x01020304, DATA_AT = AT_PROTOCOL + 20, GUEST_ISN = 5000 };

static uint32_t sequence_of(const uint8_t *frame) {
  return wire_get32(frame + AT_PROTOCOL + 4);
}

static uint32_t acknowledged_by(const uint8_t *frame) {
  return wire_get32(frame + AT_PROTOCOL + 8);
}

static uint32_t window_of(const uint8_t *frame) {
  return (uint32_t)wire_get16(frame + AT_PROTOCOL + 14) << 7;
}

static const struct said *find_said(enum said_what what) {
  for (unsigned i = 0; i < said_count; i++) {
    if (said[i].what == what)
      return &said[i];
  }
  return NULL;
}

static uint32_t count_said(enum said_what what) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < said_count; i++)
    sum += said[i].what == what ? said[i].count : 0;
  return sum;
}

static struct peer guest_asks(uint16_t guest_port) {
  struct peer peer = {.address = SERVER, .next = GUEST_ISN, .port = 80, .guest_port = guest_port, .window = 65535};
  emit_tcp(&peer, SYN, NULL, 0);
  peer.next++;
  return peer;
}

// An open connection that the guest asked for; forgets what was said.
static struct peer opened(uint32_t credit, uint32_t *stream) {
  begin();
  struct peer peer = guest_asks(4000);
  *stream = said[0].stream;
  happen(NET_OPENED, *stream, NULL, 0, credit);
  peer.known = sequence_of(last()) + 1;
  peer.window = 512; // 64 KiB, scaled
  emit_tcp(&peer, ACK, NULL, 0);
  forget();
  return peer;
}

static void guest_waits_for_the_peers_answer(void) {
  begin();
  const struct peer peer = guest_asks(4000);
  CHECK(frame_count == 0 && said[0].what == SAID_OPEN && said[0].kind == NET_TCP && said[0].to.port == 80);
  CHECK(wire_get32(said[0].to.bytes) == SERVER && said[1].what == SAID_TAKEN && said[1].count == 49152);
  emit_tcp(&peer, SYN, NULL, 0);
  CHECK(frame_count == 0);
  happen(NET_OPENED, said[0].stream, NULL, 0, 70000);
  CHECK(frame_count == 1 && flags_of(last()) == (SYN | ACK) && acknowledged_by(last()) == GUEST_ISN + 1);
  CHECK(last()[AT_PROTOCOL + 12] == 7 << 4 && wire_get16(last() + AT_PROTOCOL + 22) == 1460);
  pass(SECOND);
  CHECK(frame_count == 2 && flags_of(last()) == (SYN | ACK));
}

static void guest_learns_why_not(void) {
  static const struct {
    enum net_reason reason;
    unsigned type, code;
  } cases[] = {{NET_UNREACHABLE, 3, 1}, {NET_DENIED, 3, 13}};
  begin();
  guest_asks(4000);
  happen_reset(said[0].stream, NET_REFUSED);
  CHECK(frame_count == 1 && flags_of(last()) == (RST | ACK) && acknowledged_by(last()) == GUEST_ISN + 1);
  for (unsigned i = 0; i < 2; i++) {
    begin();
    guest_asks(4000);
    happen_reset(said[0].stream, cases[i].reason);
    const uint8_t *icmp = last() + AT_PROTOCOL;
    CHECK(frame_count == 1 && icmp[0] == cases[i].type && icmp[1] == cases[i].code);
    CHECK(wire_get16(icmp + 28) == 4000 && wire_get32(icmp + 32) == GUEST_ISN);
  }
  begin();
  guest_asks(4000);
  happen_reset(said[0].stream, NET_TIMED_OUT);
  CHECK(frame_count == 0);
  guest_asks(4000); // its next try is a new one
  CHECK(last_stream && said[2].what == SAID_OPEN);
}

static void name_server_has_one_port(void) {
  begin();
  const struct peer peer = {.address = IP_NAMES, .next = 1, .port = 54, .guest_port = 4000};
  emit_tcp(&peer, SYN, NULL, 0);
  CHECK(said_count == 0 && frame_count == 1 && flags_of(last()) == (RST | ACK));
}

static struct peer asks_by_tcp(uint16_t guest_port) {
  struct peer peer = {.address = IP_NAMES, .next = GUEST_ISN, .port = 53, .guest_port = guest_port, .window = 512};
  emit_tcp(&peer, SYN, NULL, 0);
  peer.next++;
  peer.known = sequence_of(last()) + 1;
  emit_tcp(&peer, ACK, NULL, 0);
  return peer;
}

static void names_are_asked_for_by_tcp(void) {
  static const uint8_t QUESTIONS[] = {0, 21, 7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 1, 'b', 0, 0, 1,  0, 1,
                                      0, 21, 8, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'c', 1, 'd', 0, 0, 15, 0, 1};
  begin();
  struct peer peer = asks_by_tcp(4000);
  CHECK(frame_count == 1 && flags_of(last()) == (SYN | ACK) && said_count == 0);
  // In pieces, the second before the first has its answer.
  emit_tcp(&peer, ACK, QUESTIONS, 10);
  CHECK(said_count == 0);
  peer.next += 10;
  emit_tcp(&peer, ACK, QUESTIONS + 10, sizeof QUESTIONS - 10);
  peer.next += sizeof QUESTIONS - 10;
  CHECK(said_count == 1 && said[0].what == SAID_RESOLVE && strcmp(said[0].name, "a.b") == 0);
  const uint8_t *data = last() + DATA_AT;
  CHECK(last_size() == DATA_AT + 23 && data[1] == 21 && data[2] == 8 && wire_get16(data + 8) == 0);
  peer.known += 23;
  emit_tcp(&peer, ACK | FIN, NULL, 0);
  peer.next++;
  CHECK(!(flags_of(last()) & FIN));
  happen(NET_ADDRESSES, said[0].stream, "\1\2\3\4", 4, 0);
  // The answer, and then the end.
  const uint8_t *first = frames[frame_count - 2] + DATA_AT;
  data = flags_of(last()) & FIN && last_size() > DATA_AT ? last() + DATA_AT : first;
  CHECK(flags_of(last()) & FIN && data[1] == 37 && data[2] == 7 && wire_get16(data + 8) == 1 && data[38] == 4);
  peer.known += 39 + 1;
  emit_tcp(&peer, ACK, NULL, 0);
  forget();
  emit_tcp(&peer, ACK, NULL, 0);
  CHECK(frame_count == 1 && flags_of(last()) == RST && said_count == 0);
  // What is no question ends it.
  peer = asks_by_tcp(4001);
  emit_tcp(&peer, ACK, "\377\377no", 4);
  CHECK(flags_of(last()) == RST && said_count == 0);
  // The answer to who has gone goes nowhere, nor do the peer's words for such a stream.
  peer = asks_by_tcp(4002);
  emit_tcp(&peer, ACK, QUESTIONS, 23);
  peer.next += 23;
  emit_tcp(&peer, RST | ACK, NULL, 0);
  const unsigned before = frame_count;
  happen(NET_ADDRESSES, said[0].stream, "\1\2\3\4", 4, 0);
  asks_by_tcp(4003);
  happen(NET_DATA, 1, "x", 1, 0);
  CHECK(said_count == 1 && frame_count == before + 1);
}

static void only_so_many_ask_by_tcp(void) {
  begin();
  for (uint16_t port = 1; port <= 4; port++) {
    asks_by_tcp(port);
    CHECK(flags_of(last()) == (SYN | ACK));
  }
  struct peer fifth = {.address = IP_NAMES, .next = 1, .port = 53, .guest_port = 5};
  emit_tcp(&fifth, SYN, NULL, 0);
  CHECK(flags_of(last()) == (RST | ACK) && said_count == 0);
  fifth.guest_port = 2;
  fifth.next = GUEST_ISN + 1;
  emit_tcp(&fifth, RST | ACK, NULL, 0);
  asks_by_tcp(5);
  CHECK(flags_of(last()) == (SYN | ACK));
}

static void data_goes_out_within_the_credit(void) {
  uint32_t stream;
  static uint8_t bytes[40000];
  struct peer peer = opened(50000, &stream);
  memset(bytes, 'x', sizeof bytes);
  emit_tcp(&peer, ACK, bytes, sizeof bytes);
  CHECK(sent_size == 40000 && frame_count == 1 && acknowledged_by(last()) == peer.next + 40000);
  CHECK(window_of(last()) == 10000 / 128 * 128);
  peer.next += 40000;
  emit_tcp(&peer, ACK, bytes, sizeof bytes); // beyond it: only what fits
  CHECK(sent_size == 50000 && window_of(last()) == 0 && acknowledged_by(last()) == peer.next + 10000);
  forget();
  happen(NET_MORE, stream, NULL, 0, 1000);
  CHECK(frame_count == 0);
  happen(NET_MORE, stream, NULL, 0, 30000);
  CHECK(frame_count == 1 && window_of(last()) == 31000 / 128 * 128);
}

static void plain_window_is_told_again(void) {
  uint32_t stream;
  static const uint8_t BYTES[32768];
  begin();
  struct peer peer = {.address = SERVER, .next = GUEST_ISN, .port = 80, .guest_port = 4000, .window = 65535};
  out_options = false; // it does not scale

  emit_tcp(&peer, SYN, NULL, 0);
  out_options = true;
  peer.next++;
  stream = said[0].stream;
  happen(NET_OPENED, stream, NULL, 0, 65535);
  CHECK(last()[AT_PROTOCOL + 12] == 5 << 4);
  peer.known = sequence_of(last()) + 1;
  for (unsigned i = 0; i < 2; i++) {
    emit_tcp(&peer, ACK, BYTES, sizeof BYTES);
    peer.next += 32768;
  }
  CHECK(sent_size == 65535 && wire_get16(last() + AT_PROTOCOL + 14) == 0);
  forget();
  happen(NET_MORE, stream, NULL, 0, 300000);
  CHECK(frame_count == 1 && wire_get16(last() + AT_PROTOCOL + 14) == 65535);
}

static void known_and_missing_data_is_acknowledged_only(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  emit_tcp(&peer, ACK, "abcdef", 6);
  emit_tcp(&peer, ACK, "abcdefgh", 8);
  CHECK(sent_size == 8 && memcmp(sent_bytes, "abcdefgh", 8) == 0);
  emit_tcp(&peer, ACK, "abcdefgh", 8);
  peer.next += 100;
  emit_tcp(&peer, ACK | FIN, "later", 5);
  CHECK(sent_size == 8 && acknowledged_by(last()) == peer.next - 92 && frame_count == 4);
}

static void data_comes_in_and_is_kept_until_acknowledged(void) {
  uint32_t stream;
  static uint8_t bytes[30000];
  struct peer peer = opened(50000, &stream);
  for (unsigned i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 7);
  happen(NET_DATA, stream, bytes, sizeof bytes, 0);
  CHECK(frame_count == 1 && last_size() == DATA_AT + 30000 && memcmp(last() + DATA_AT, bytes, 30000) == 0);
  CHECK(last_frame.segment_size == 1460 && last_frame.checksum_start == AT_PROTOCOL && said_count == 0);
  peer.known += 30000;
  emit_tcp(&peer, ACK, NULL, 0);
  CHECK(count_said(SAID_TAKEN) == 30000);
  // Around the ring's end, and within the guest's window.
  for (unsigned round = 0; round < 5; round++) {
    forget();
    happen(NET_DATA, stream, bytes, sizeof bytes, 0);
    CHECK(memcmp(last() + DATA_AT, bytes, 30000) == 0);
    peer.known += 30000;
    emit_tcp(&peer, ACK, NULL, 0);
  }
  peer.window = 16;
  emit_tcp(&peer, ACK, NULL, 0);
  forget();
  happen(NET_DATA, stream, bytes, sizeof bytes, 0);
  CHECK(frame_count == 1 && last_size() == DATA_AT + 2048);
}

static void plain_guest_gets_segments_with_checksums(void) {
  uint32_t stream;
  static const uint8_t BYTES[4001] = {1, 2, 3};
  opened(50000, &stream);
  link_plain = true;
  happen(NET_DATA, stream, BYTES, sizeof BYTES, 0);
  CHECK(frame_count == 3 && frame_sizes[0] == DATA_AT + 1460 && last_size() == DATA_AT + 1081);
  for (unsigned i = 0; i < frame_count; i++) {
    const size_t length = frame_sizes[i] - AT_PROTOCOL;
    const uint64_t sum = ip_pseudo_sum(IP_TCP, IP_V4(SERVER), length);
    CHECK(wire_fold(wire_sum(sum, frames[i] + AT_PROTOCOL, length)) == 0xffff);
  }
}

static void lost_data_is_sent_again(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  happen(NET_DATA, stream, "hello", 5, 0);
  const uint32_t first = sequence_of(last());
  pass(SECOND / 5);
  CHECK(frame_count == 2 && sequence_of(last()) == first && last_size() == DATA_AT + 5);
  for (unsigned i = 0; i < 3; i++)
    emit_tcp(&peer, ACK, NULL, 0);
  CHECK(frame_count == 3 && sequence_of(last()) == first);
  peer.known += 5;
  emit_tcp(&peer, ACK, NULL, 0);
  pass(10 * SECOND);
  CHECK(frame_count == 3);
  // A guest that says no more is given up.
  happen(NET_DATA, stream, "hello", 5, 0);
  for (unsigned i = 0; i < 140; i++) {
    CHECK(i > 120 || !find_said(SAID_RESET));
    pass(SECOND);
    frame_count = 0;
  }
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->reason == NET_TIMED_OUT);
}

static void closed_window_is_probed(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  peer.window = 0;
  emit_tcp(&peer, ACK, NULL, 0);
  happen(NET_DATA, stream, "hello", 5, 0);
  CHECK(frame_count == 0);
  pass(SECOND);
  CHECK(frame_count == 1 && last_size() == DATA_AT && sequence_of(last()) == peer.known - 1);
  peer.window = 10;
  emit_tcp(&peer, ACK, NULL, 0);
  CHECK(frame_count == 2 && last_size() == DATA_AT + 5);
}

static void either_side_ends_first(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  emit_tcp(&peer, ACK | FIN, "bye", 3);
  CHECK(sent_size == 3 && find_said(SAID_END) && acknowledged_by(last()) == peer.next + 4);
  happen(NET_DATA, stream, "more", 4, 0);
  CHECK(last_size() == DATA_AT + 4);
  happen(NET_END, stream, NULL, 0, 0);
  CHECK(flags_of(last()) & FIN && sequence_of(last()) == peer.known + 4);
  peer.next += 4;
  peer.known += 5;
  emit_tcp(&peer, ACK, NULL, 0);
  forget();
  emit_tcp(&peer, ACK, NULL, 0); // it is over: nobody knows it
  CHECK(frame_count == 1 && flags_of(last()) == RST);

  peer = opened(50000, &stream);
  happen(NET_DATA, stream, "last", 4, 0);
  happen(NET_END, stream, NULL, 0, 0);
  peer.known += 5;
  emit_tcp(&peer, ACK, "still", 5);
  CHECK(sent_size == 5 && !find_said(SAID_END));
  peer.next += 5;
  emit_tcp(&peer, ACK | FIN, NULL, 0);
  CHECK(find_said(SAID_END) && !find_said(SAID_RESET) && acknowledged_by(last()) == peer.next + 1);
}

static void resets_are_passed_on(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  emit_tcp(&peer, RST | ACK, NULL, 0);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->reason == NET_BROKEN && frame_count == 0);
  peer = opened(50000, &stream);
  happen_reset(stream, NET_BROKEN);
  CHECK(frame_count == 1 && flags_of(last()) == RST && sequence_of(last()) == peer.known);
  happen(NET_DATA, stream, "late", 4, 0);
  CHECK(frame_count == 1 && said_count == 0);
}

static void data_beyond_the_credit_ends_the_stream(void) {
  uint32_t stream;
  static const uint8_t BYTES[65535];
  opened(50000, &stream);
  happen(NET_DATA, stream, BYTES, sizeof BYTES, 0);
  happen(NET_DATA, stream, BYTES, 2, 0);
  CHECK(find_said(SAID_RESET) && flags_of(last()) == RST);
}

static struct peer client_comes(uint32_t stream, uint16_t port) {
  happen_incoming(NET_TCP, stream, 80, CLIENT, port);
  return (struct peer){.address = CLIENT,
                       .port = wire_get16(last() + AT_PROTOCOL),
                       .guest_port = 80,
                       .next = GUEST_ISN,
                       .known = sequence_of(last()) + 1,
                       .window = 512};
}

static void clients_are_announced_until_the_guest_answers(void) {
  begin();
  struct peer peer = client_comes(7, 1234);
  CHECK(frame_count == 1 && flags_of(last()) == SYN && peer.port == 1234);
  CHECK(wire_get32(last() + AT_IP + 12) == CLIENT);
  happen(NET_DATA, 7, "GET", 3, 0);
  CHECK(frame_count == 1);
  emit_tcp(&peer, SYN | ACK, NULL, 0);
  CHECK(find_said(SAID_ACCEPT) && find_said(SAID_ACCEPT)->stream == 7);
  CHECK(frame_count == 2 && flags_of(last()) == (PSH | ACK) && acknowledged_by(last()) == GUEST_ISN + 1);
  CHECK(memcmp(last() + DATA_AT, "GET", 3) == 0);
  // The same client twice: another port.
  CHECK(client_comes(8, 1234).port == 1233);
}

static void clients_are_refused_or_time_out(void) {
  begin();
  const struct peer peer = client_comes(7, 1234);
  struct peer none = peer;
  none.next = 0;
  emit_tcp(&none, RST | ACK, NULL, 0);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->reason == NET_REFUSED);
  begin();
  client_comes(7, 1234);
  for (unsigned second = 1, calls = 1; second < 127; second++) {
    pass(SECOND);
    calls += second == 1 || second == 3 || (second >= 7 && (second - 7) % 5 == 0);
    CHECK(frame_count == calls);
  }
  CHECK(!find_said(SAID_RESET));
  pass(SECOND);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->reason == NET_TIMED_OUT && frame_count == 27);
}

static void room_of_the_guest_is_waited_for(void) {
  uint32_t stream;
  struct peer peer = opened(50000, &stream);
  link_full = true;
  happen(NET_DATA, stream, "hello", 5, 0);
  emit_tcp(&peer, ACK | FIN, "x", 1);
  CHECK(frame_count == 0 && sent_size == 1);
  link_full = false;
  flush();
  CHECK(frame_count == 1 && last_size() == DATA_AT + 5 && acknowledged_by(last()) == peer.next + 2);
}

static void connections_have_a_limit(void) {
  begin();
  for (unsigned i = 0; i < 1024; i++) {
    guest_asks((uint16_t)(1000 + i));
    said_count = 0;
  }
  CHECK(frame_count == 0 && !net_complaint(net));
  guest_asks(3000);
  CHECK(frame_count == 1 && flags_of(last()) == (RST | ACK) && said_count == 0 && net_complaint(net));
  happen_incoming(NET_TCP, 7, 80, CLIENT, 1);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->reason == NET_LIMIT);
  happen_reset(last_stream | 0x80000000U, NET_REFUSED);
  forget();
  guest_asks(3000);
  CHECK(frame_count == 0 && said[0].what == SAID_OPEN);
}

static void a_reset_device_ends_everything(void) {
  uint32_t stream;
  const struct peer peer = opened(50000, &stream);
  emit_udp(SERVER, 1, 2, "x", 1);
  net_reset(net);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->stream == stream && find_said(SAID_END));
  emit_tcp(&peer, ACK, NULL, 0);
  CHECK(flags_of(last()) == RST);
  guest_asks(4000);
  CHECK(said[said_count - 2].what == SAID_OPEN);
}

static const struct ip_address FAR = {UINT64_C(0x20010db8) << 32, 9};
enum { DATA6_AT = AT_IP + IP6_HEADER + 20 };

// A segment of the guest's by IPv6; flags and numbers are those of `peer`.
static void emit_tcp6(const struct peer *peer, struct ip_address to, uint8_t flags, const void *data, size_t length) {
  uint8_t *tcp = out + AT_IP + IP6_HEADER;
  const size_t header = flags & SYN ? 28 : 20;
  memset(tcp, 0, header);
  wire_put16(tcp, peer->guest_port);
  wire_put16(tcp + 2, peer->port);
  wire_put32(tcp + 4, peer->next);
  wire_put32(tcp + 8, peer->known);
  tcp[12] = (uint8_t)(header / 4 << 4);
  tcp[13] = flags;
  wire_put16(tcp + 14, peer->window);
  if (flags & SYN)
    memcpy(tcp + 20, (const uint8_t[]){2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, 7}, 8);
  if (length)
    memcpy(tcp + header, data, length);
  emit_ip6(IP_TCP, to, header + length);
}

static const uint8_t *tcp6(void) {
  CHECK(last()[AT_IP] == 0x60 && last()[AT_IP + 6] == IP_TCP);
  return last() + AT_IP + IP6_HEADER;
}

static void guest_connects_by_ipv6(void) {
  static const uint8_t BYTES[5000] = {1, 2, 3};
  begin();
  struct peer peer = {.next = GUEST_ISN, .port = 80, .guest_port = 4000, .window = 512};
  emit_tcp6(&peer, FAR, SYN, NULL, 0);
  const uint32_t stream = said[0].stream;
  CHECK(said[0].what == SAID_OPEN && said[0].to.family == NET_IPV6 && said[0].to.bytes[15] == 9);
  happen(NET_OPENED, stream, NULL, 0, 50000);
  CHECK(frame_count == 1 && tcp6()[13] == (SYN | ACK) && wire_get16(tcp6() + 22) == 1440);
  peer.next++;
  peer.known = wire_get32(tcp6() + 4) + 1;
  emit_tcp6(&peer, FAR, ACK, "hello", 5);
  CHECK(sent_size == 5);
  peer.next += 5;
  forget();
  happen(NET_DATA, stream, BYTES, sizeof BYTES, 0);
  CHECK(frame_count == 1 && last_size() == DATA6_AT + 5000 && last_frame.ipv6 && last_frame.segment_size == 1440);
  CHECK(last_frame.checksum_start == AT_IP + IP6_HEADER && memcmp(last() + DATA6_AT, BYTES, 5000) == 0);
  peer.known += 5000;
  emit_tcp6(&peer, FAR, ACK, NULL, 0);
  link_plain = true;
  forget();
  happen(NET_DATA, stream, BYTES, 2000, 0);
  CHECK(frame_count == 2 && last_size() == DATA6_AT + 560);
  CHECK(wire_fold(wire_sum(ip_pseudo_sum(IP_TCP, FAR, 580), tcp6(), 580)) == 0xffff);
}

static void guest_learns_why_not_by_ipv6(void) {
  static const struct {
    enum net_reason reason;
    unsigned code;
  } cases[] = {{NET_UNREACHABLE, 3}, {NET_DENIED, 1}};
  const struct peer peer = {.next = GUEST_ISN, .port = 80, .guest_port = 4000};
  for (unsigned i = 0; i < 2; i++) {
    begin();
    emit_tcp6(&peer, FAR, SYN, NULL, 0);
    happen_reset(said[0].stream, cases[i].reason);
    const uint8_t *icmp = last() + AT_IP + IP6_HEADER;
    CHECK(frame_count == 1 && last()[AT_IP + 6] == IP_ICMP6 && icmp[0] == 1 && icmp[1] == cases[i].code);
    CHECK(wire_get16(icmp + 8 + IP6_HEADER) == 4000 && wire_get32(icmp + 8 + IP6_HEADER + 4) == GUEST_ISN);
  }
  begin();
  emit_tcp6(&peer, IP_V6(IP6_NAMES), SYN, NULL, 0);
  CHECK(said_count == 0 && tcp6()[13] == (RST | ACK));
}

static void clients_of_ipv6_come_by_either_family(void) {
  static const struct ip_address LOOPBACK = {0, 1};
  begin();
  happen_incoming6(NET_TCP, 7, 80, FAR, 1234);
  CHECK(tcp6()[13] == SYN && wire_get64(last() + AT_IP + 16) == 9);
  happen_incoming6(NET_TCP, 8, 80, LOOPBACK, 1234);
  CHECK(wire_get64(last() + AT_IP + 16) == IP6_GATEWAY);
  struct peer peer = {.next = GUEST_ISN, .known = wire_get32(tcp6() + 4) + 1, .port = 1234, .guest_port = 80};
  // Nobody listens there: it is tried as IPv4, once.
  happen(NET_DATA, 8, "GET", 3, 0);
  emit_tcp6(&peer, IP_V6(IP6_GATEWAY), RST | ACK, NULL, 0);
  CHECK(!find_said(SAID_RESET) && flags_of(last()) == SYN && wire_get32(last() + AT_IP + 12) == IP_GATEWAY);
  peer.address = IP_GATEWAY;
  peer.window = 512;
  emit_tcp(&peer, SYN | ACK, NULL, 0);
  CHECK(find_said(SAID_ACCEPT) && find_said(SAID_ACCEPT)->stream == 8 && memcmp(last() + DATA_AT, "GET", 3) == 0);
  // And refused there too.
  happen_incoming6(NET_TCP, 9, 81, LOOPBACK, 99);
  peer = (struct peer){.known = wire_get32(tcp6() + 4) + 1, .port = 99, .guest_port = 81};
  emit_tcp6(&peer, IP_V6(IP6_GATEWAY), RST | ACK, NULL, 0);
  peer.address = IP_GATEWAY;
  emit_tcp(&peer, RST | ACK, NULL, 0);
  CHECK(find_said(SAID_RESET) && find_said(SAID_RESET)->stream == 9 && find_said(SAID_RESET)->reason == NET_REFUSED);
}

int main(void) {
  guest_waits_for_the_peers_answer();
  guest_learns_why_not();
  name_server_has_one_port();
  names_are_asked_for_by_tcp();
  only_so_many_ask_by_tcp();
  data_goes_out_within_the_credit();
  plain_window_is_told_again();
  known_and_missing_data_is_acknowledged_only();
  data_comes_in_and_is_kept_until_acknowledged();
  plain_guest_gets_segments_with_checksums();
  lost_data_is_sent_again();
  closed_window_is_probed();
  either_side_ends_first();
  resets_are_passed_on();
  data_beyond_the_credit_ends_the_stream();
  clients_are_announced_until_the_guest_answers();
  clients_are_refused_or_time_out();
  room_of_the_guest_is_waited_for();
  connections_have_a_limit();
  a_reset_device_ends_everything();
  guest_connects_by_ipv6();
  guest_learns_why_not_by_ipv6();
  clients_of_ipv6_come_by_either_family();
  return check_result("test_net_tcp");
}
