// netp over a socket pair: what the engine says, what it understands, and how it ends.
#include "host/host.h"
#include "host/net.h"

#include "check.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO, INCOMING, OPEN, OPENED, DATA, CREDIT, END, RESET, RESOLVE, ADDRESSES, EXIT, ASK, RECORDS };
static const uint8_t GREETING[24] = {0, 0, 0, 0, 16, 0, 0, 0, 'O', '2', 'W', 'N', 1, 0, 0, 0, 0, 0, 1, 0};

static int peer = -1;
static uint8_t heard[1 << 18];
static size_t heard_size;
static uint32_t credit;
static char error[512];

static void tell(uint32_t stream, uint8_t type, uint8_t code, const void *payload, uint16_t length) {
  static uint8_t message[8 + 65535];
  memcpy(message, &stream, 4);
  memcpy(message + 4, &length, 2);
  message[6] = type;
  message[7] = code;
  if (length)
    memcpy(message + 8, payload, length);
  CHECK(write(peer, message, 8U + length) == 8 + length);
}

static bool begin_with(const void *bytes, size_t length) {
  int pair[2];
  if (peer >= 0)
    close(peer);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  peer = pair[0];
  CHECK(write(peer, bytes, length) == (ssize_t)length);
  const struct net_setup setup = {.descriptor = pair[1]};
  error[0] = 0;
  return host_net_start(&setup, &credit, error, sizeof error);
}

static void begin(void) {
  CHECK(begin_with(GREETING, sizeof GREETING) && credit == 65536);
  CHECK(read(peer, heard, sizeof heard) == 24 && heard[8] == 'O' && heard[16] == 0 && heard[17] == 64);
}

static void hear(void) {
  host_net_flush();
  const ssize_t got = read(peer, heard, sizeof heard);
  heard_size = got < 0 ? 0 : (size_t)got;
}

static bool next(struct net_event *event) {
  if (host_wait(0, 1U << HOST_INPUT_NET))
    host_net_ready();
  return host_net_next(event);
}

static void says_what_it_is_told(void) {
  begin();
  const struct net_address to = {.family = NET_IPV4, .port = 443, .bytes = {1, 2, 3, 4}};
  const uint32_t stream = host_net_open(NET_TCP, &to);
  host_net_taken(stream, 70000);
  host_net_send(stream, (const uint8_t *)"hello", 5);
  host_net_end(stream);
  host_net_reset(9, NET_LIMIT);
  host_net_accept(10);
  const uint32_t question = host_net_resolve("a.b", 3, NET_IPV4);
  host_net_finish(200);
  static const uint8_t WANTED[] = {1,   0,   0,   128,    8,    0, OPEN, 0,      1,   4,   187,   1,       1,  2,   3,
                                   4,   1,   0,   0,      128,  4, 0,    CREDIT, 0,   112, 17,    1,       0,  1,   0,
                                   0,   128, 5,   0,      DATA, 0, 'h',  'e',    'l', 'l', 'o',   1,       0,  0,   128,
                                   0,   0,   END, 0,      9,    0, 0,    0,      0,   0,   RESET, 5,       10, 0,   0,
                                   0,   0,   0,   OPENED, 0,    2, 0,    0,      128, 3,   0,     RESOLVE, 4,  'a', '.',
                                   'b', 0,   0,   0,      0,    4, 0,    EXIT,   0,   200, 0,     0,       0};
  hear();
  CHECK(heard_size == sizeof WANTED && memcmp(heard, WANTED, sizeof WANTED) == 0);
  CHECK(stream == 0x80000001 && question == 0x80000002);
}

static void asks_for_records_who_has_them(void) {
  struct net_event event;
  begin();
  CHECK(host_net_ask("a.b", 3, 15) == 0);
  uint8_t greeting[sizeof GREETING];
  memcpy(greeting, GREETING, sizeof greeting);
  greeting[20] = 1;
  CHECK(begin_with(greeting, sizeof greeting) && read(peer, heard, sizeof heard) == 24);
  CHECK(host_net_ask("a.b", 3, 0x10f) == 0x80000001);
  hear();
  static const uint8_t WANTED[] = {1, 0, 0, 128, 5, 0, ASK, 0, 15, 1, 'a', '.', 'b'};
  CHECK(heard_size == sizeof WANTED && memcmp(heard, WANTED, sizeof WANTED) == 0);
  tell(0x80000001, RECORDS, 3, "\2\1abc", 5);
  CHECK(next(&event) && event.type == NET_RECORDS && event.rcode == 3 && event.count == 0x102 && event.length == 3);
  CHECK(memcmp(event.bytes, "abc", 3) == 0);
}

static void long_data_is_cut(void) {
  static uint8_t bytes[100000];
  begin();
  host_net_send(5, bytes, sizeof bytes);
  host_net_flush();
  size_t size = 0;
  while (size < 100016)
    size += (size_t)read(peer, heard + size, sizeof heard - size);
  CHECK(size == 100016 && heard[4] == 255 && heard[5] == 255 && heard[65535 + 8 + 4] == (100000 - 65535) % 256);
}

static void understands_the_peer(void) {
  struct net_event event;
  begin();
  CHECK(!next(&event));
  tell(5, INCOMING, 0, "\1\4\120\0\11\11\11\11\1\2", 10);
  tell(6, INCOMING, 0, "\2\6\65\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\1\2", 22);
  tell(0x80000001, OPENED, 0, NULL, 0);
  tell(77, 99, 0, "of a later version", 18);
  tell(5, DATA, 0, "abc", 3);
  tell(5, CREDIT, 0, "\0\1\0\0", 4);
  tell(5, END, 0, NULL, 0);
  tell(5, RESET, NET_BROKEN, NULL, 0);
  tell(0x80000002, ADDRESSES, 3, NULL, 0);
  CHECK(next(&event) && event.type == NET_INCOMING && event.stream == 5 && event.kind == NET_TCP);
  CHECK(event.guest_port == 80 && event.address.port == 513 && event.address.bytes[3] == 9 && event.credit == 65536);
  CHECK(next(&event) && event.kind == NET_UDP && event.address.family == NET_IPV6 && event.address.bytes[15] == 16);
  CHECK(next(&event) && event.type == NET_OPENED && event.stream == 0x80000001);
  CHECK(next(&event) && event.type == NET_DATA && event.length == 3 && memcmp(event.bytes, "abc", 3) == 0);
  CHECK(next(&event) && event.type == NET_MORE && event.credit == 256);
  CHECK(next(&event) && event.type == NET_END);
  CHECK(next(&event) && event.type == NET_RESET && event.reason == NET_BROKEN);
  CHECK(next(&event) && event.type == NET_ADDRESSES && event.rcode == NET_NAME_UNKNOWN && !next(&event));
  // A message that comes in pieces.
  CHECK(write(peer, "\5\0\0\0\3\0\4", 7) == 7 && !next(&event));
  CHECK(write(peer, "\0ab", 3) == 3 && !next(&event));
  CHECK(write(peer, "c", 1) == 1 && next(&event) && event.length == 3);
}

static void ends_with_the_peer(void) {
  struct net_event event;
  begin();
  tell(5, DATA, 0, "abc", 3);
  close(peer);
  peer = -1;
  CHECK(next(&event) && event.type == NET_DATA && next(&event) && event.type == NET_GONE);
  CHECK(strcmp(event.text, "the network's peer is gone") == 0 && next(&event) && event.type == NET_GONE);
}

static void ends_with_broken_rules(void) {
  static const struct {
    uint32_t stream;
    uint8_t type, code;
    const char *payload;
    uint16_t length;
  } cases[] = {
      {0, HELLO, 0, "O2WN\1\0\0\0\0\0\1\0\0\0\0\0", 16},
      {5, INCOMING, 0, "\3\4\120\0\11\11\11\11\1\2", 10},
      {5, INCOMING, 0, "\1\5\120\0\11\11\11\11\1\2", 10},
      {5, INCOMING, 0, "\1\4\120\0\11\11\11\11\1", 9},
      {4, INCOMING, 0, "\1\4\120\0\11\11\11\11\1\2", 10},
      {0x80000005, INCOMING, 0, "\1\4\120\0\11\11\11\11\1\2", 10},
      {5, OPEN, 0, "\1\4\120\0\11\11\11\11", 8},
      {5, OPENED, 0, "x", 1},
      {5, DATA, 1, "x", 1},
      {5, CREDIT, 0, "\0\0\0", 3},
      {5, CREDIT, 0, "\0\0\0\200", 4},
      {5, END, 1, NULL, 0},
      {5, RESET, 0, NULL, 0},
      {5, RESET, 7, NULL, 0},
      {5, RESOLVE, 4, "a", 1},
      {5, ASK, 0, "\1\0a", 3},
      {5, RECORDS, 0, "\1", 1},
      {0, EXIT, 0, "\0\0\0\0", 4},
      {5, 99, 1, NULL, 0},
  };
  struct net_event event;
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    begin();
    tell(cases[i].stream, cases[i].type, cases[i].code, cases[i].payload, cases[i].length);
    CHECK(next(&event) && event.type == NET_GONE && strstr(event.text, "broke the rules"));
  }
}

static void begins_with_a_greeting_only(void) {
  uint8_t greeting[sizeof GREETING];
  CHECK(!begin_with("\5\0\0\0\0\0\6\0", 8) && strstr(error, "nobody speaks netp"));
  for (unsigned at = 8; at < 14; at++) {
    memcpy(greeting, GREETING, sizeof greeting);
    greeting[at] ^= 8;
    CHECK(!begin_with(greeting, sizeof greeting));
  }
  memcpy(greeting, GREETING, sizeof greeting);
  memset(greeting + 16, 0, 4); // no credit
  CHECK(!begin_with(greeting, sizeof greeting));
}

int main(void) {
  says_what_it_is_told();
  asks_for_records_who_has_them();
  long_data_is_cut();
  understands_the_peer();
  ends_with_the_peer();
  ends_with_broken_rules();
  begins_with_a_greeting_only();
  return check_result("test_net_stream");
}
