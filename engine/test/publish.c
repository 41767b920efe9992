// A component's published ports where its runtime refuses them. Nothing else of the runtime is called.
#include "host/component/exposed.h"
#include "host/component/sockets.h"
#include "host/host.h"
#include "host/net.h"
#include "host/words.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

enum { SOCKET = 7, INPUT, OUTPUT, POLLABLE };

static enum refused { NOTHING, LISTEN, DATAGRAMS } refuse;
static uint8_t refusal;
static unsigned open_sockets;
static char told[256];

handle sockets_listen(enum net_kind kind, struct net_address *address, uint8_t *error) {
  (void)kind;
  *error = refusal;
  if (refuse == LISTEN)
    return NO_HANDLE;
  open_sockets++;
  address->port = 40000;
  return SOCKET;
}

bool sockets_datagrams(handle socket, const struct net_address *to, handle streams[2], uint8_t *error) {
  CHECK(socket == SOCKET && !to);
  *error = refusal;
  streams[0] = INPUT;
  streams[1] = OUTPUT;
  return refuse != DATAGRAMS;
}

void wasi_drop_udp(handle socket) {
  CHECK(socket == SOCKET);
  open_sockets--;
}

handle wasi_subscribe_tcp(handle socket) {
  CHECK(socket == SOCKET);
  return POLLABLE;
}

handle wasi_subscribe_datagrams(handle stream) {
  CHECK(stream == INPUT);
  return POLLABLE;
}

bool host_write(int stream, const uint8_t *bytes, size_t length) {
  CHECK(stream == HOST_STDERR && length < sizeof told);
  memcpy(told, bytes, length);
  told[length] = 0;
  return true;
}

void *host_allocate(uint64_t size) {
  return malloc((size_t)size);
}

static const char LAUNCH[] = "arg=nginx\0expose=80/tcp\0expose=90-91\0expose=5/sctp\0expose=1.2.3.4:5:6\0expose=53/udp";

uint64_t host_part_size(enum host_part part) {
  CHECK(part == HOST_LAUNCH);
  return sizeof LAUNCH;
}

bool host_part_read(enum host_part part, uint64_t offset, uint8_t *bytes, size_t length) {
  CHECK(part == HOST_LAUNCH && offset == 0 && length == sizeof LAUNCH);
  memcpy(bytes, LAUNCH, length);
  return true;
}

static bool start(enum refused what, uint8_t why, char *error, size_t error_size) {
  uint32_t credit;
  refuse = what;
  refusal = why;
  told[0] = 0;
  open_sockets = 0;
  return host_net_start(&(struct net_setup){0}, &credit, error, error_size);
}

static void says_that_a_port_is_dead(enum refused what, uint8_t why, const char *reason) {
  char error[256];
  CHECK(!start(what, why, error, sizeof error));
  CHECK(strstr(error, "publishing 127.0.0.1:") == error &&
        strstr(error, "->53/udp: the host's port cannot be taken: "));
  CHECK(strstr(error, reason));
  CHECK(open_sockets == 0 && told[0] == 0);
}

static void opens_ports(void) {
  char error[256];
  CHECK(!host_word(HOST_WORD_PUBLISH, "80"));
  CHECK(start(NOTHING, 0, error, sizeof error));
  CHECK(open_sockets == 2);
  CHECK(strcmp(told, "oci2wasm: published 127.0.0.1:40000->80/tcp\n") == 0);
}

static void publishes_what_is_exposed(void) {
  static struct published ports[PUBLISH_MOST];
  size_t count = 0;
  CHECK(!exposed_publish(ports, &count) && count == 4);
  CHECK(ports[0].guest_port == 80 && ports[0].kind == NET_TCP && ports[0].bind.port == 0 &&
        ports[0].bind.bytes[0] == 127);
  CHECK(ports[1].guest_port == 90 && ports[2].guest_port == 91 && ports[3].guest_port == 53 &&
        ports[3].kind == NET_UDP);
  count = PUBLISH_MOST - 3;
  CHECK(exposed_publish(ports, &count));
}

static void asks_no_name_server(void) {
  const char *expected = host_word(HOST_WORD_DNS, "10.0.0.1");
  CHECK(expected && strcmp(expected, "no such option: a component asks its runtime for names") == 0);
}

int main(void) {
  CHECK(!host_word(HOST_WORD_PUBLISH, "53/udp"));
  says_that_a_port_is_dead(LISTEN, WASI_ADDRESS_IN_USE, "it is in use");
  says_that_a_port_is_dead(DATAGRAMS, WASI_ACCESS_DENIED, "the runtime forbids it");
  says_that_a_port_is_dead(DATAGRAMS, 0, "the runtime cannot listen there");
  opens_ports();
  publishes_what_is_exposed();
  asks_no_name_server();
  return check_result("publish");
}
