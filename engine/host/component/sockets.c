#include "host/component/sockets.h"

#include "host/component/address.h"
#include "host/host.h"

#include <string.h>

enum { LISTS_SIZE = 1 << 17, SHUTDOWN_SEND = 1, FLAT = 12 };

static uint8_t lists[LISTS_SIZE];
static size_t lists_used;
static bool lists_open;

void sockets_clear_lists(void) {
  lists_used = 0;
  lists_open = true;
}

void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size);

// Where the host puts lists. The adapter of preview 1 asks here too, for what it keeps: before the first call of ours.
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t alignment,
                                                                size_t size) {
  (void)old_size;
  const size_t mask = alignment - 1;
  if (!lists_open && !old) {
    const uint8_t *kept = host_allocate(size + mask);
    return kept ? (void *)(((uintptr_t)kept + mask) & ~mask) : NULL;
  }
  const size_t start = (lists_used + mask) & ~mask;
  if (old || start > LISTS_SIZE || size > LISTS_SIZE - start)
    __builtin_trap();
  lists_used = start + size;
  return lists + start;
}

enum net_reason sockets_reason(uint8_t error) {
  switch (error) {
  case WASI_CONNECTION_REFUSED: return NET_REFUSED;
  case WASI_TIMEOUT: return NET_TIMED_OUT;
  case WASI_ACCESS_DENIED: return NET_DENIED;
  case WASI_REMOTE_UNREACHABLE:
  case WASI_ADDRESS_NOT_BINDABLE: return NET_UNREACHABLE;
  default: return NET_BROKEN;
  }
}

struct net_address sockets_address(const struct wasi_address *address) {
  struct net_address made = {.family = address->is_ipv6 ? NET_IPV6 : NET_IPV4};
  if (!address->is_ipv6) {
    made.port = address->v4.port;
    memcpy(made.bytes, address->v4.bytes, sizeof address->v4.bytes);
    return made;
  }
  made.port = address->v6.port;
  address_from_groups(address->v6.groups, made.bytes);
  return made;
}

static uint16_t group(const struct net_address *address, unsigned index) {
  return (uint16_t)(address->bytes[2 * index] << 8 | address->bytes[2 * index + 1]);
}

static struct wasi_address in_memory(const struct net_address *address) {
  struct wasi_address made = {.is_ipv6 = address->family == NET_IPV6};
  if (!made.is_ipv6) {
    made.v4.port = address->port;
    memcpy(made.v4.bytes, address->bytes, sizeof made.v4.bytes);
    return made;
  }
  made.v6.port = address->port;
  made.v6.flow = made.v6.scope = 0;
  for (unsigned i = 0; i < 8; i++)
    made.v6.groups[i] = group(address, i);
  return made;
}

// An address as arguments: which case, and the joined fields of both.
struct flat {
  int32_t word[FLAT];
};
#define WORDS(flat)                                                                                                    \
  (flat).word[0], (flat).word[1], (flat).word[2], (flat).word[3], (flat).word[4], (flat).word[5], (flat).word[6],      \
      (flat).word[7], (flat).word[8], (flat).word[9], (flat).word[10], (flat).word[11]

static struct flat as_arguments(const struct net_address *address) {
  struct flat made = {.word = {address->family == NET_IPV6, address->port}};
  for (unsigned i = 0; i < 4 && address->family == NET_IPV4; i++)
    made.word[2 + i] = address->bytes[i];
  for (unsigned i = 0; i < 8 && address->family == NET_IPV6; i++)
    made.word[3 + i] = group(address, i);
  return made;
}

static handle network(void) {
  static handle all = NO_HANDLE;
  if (all == NO_HANDLE)
    all = wasi_network();
  return all;
}

static handle create(enum net_kind kind, const struct net_address *address, uint8_t *error) {
  struct wasi_handles made;
  (kind == NET_TCP ? wasi_create_tcp : wasi_create_udp)(address->family == NET_IPV6, &made);
  *error = made.error;
  return made.failed ? NO_HANDLE : made.handles[0];
}

static void drop(enum net_kind kind, handle socket) {
  (kind == NET_TCP ? wasi_drop_tcp : wasi_drop_udp)(socket);
}

// Ends what was begun. Nothing but this host is asked, so it is waited for.
static bool finish(void (*ask)(handle, struct wasi_done *), handle socket, handle ready, struct wasi_done *done) {
  for (;;) {
    ask(socket, done);
    if (!done->failed || done->error != WASI_WOULD_BLOCK)
      return !done->failed;
    wasi_block(ready);
  }
}

static bool bind_tcp(handle socket, const struct net_address *address, struct wasi_done *done) {
  const struct flat flat = as_arguments(address);
  const handle ready = wasi_subscribe_tcp(socket);
  wasi_tcp_start_bind(socket, network(), WORDS(flat), done);
  bool good = !done->failed && finish(wasi_tcp_finish_bind, socket, ready, done);
  if (good) {
    wasi_tcp_start_listen(socket, done);
    good = !done->failed && finish(wasi_tcp_finish_listen, socket, ready, done);
  }
  wasi_drop_pollable(ready);
  return good;
}

static bool bind_udp(handle socket, const struct net_address *address, struct wasi_done *done) {
  const struct flat flat = as_arguments(address);
  const handle ready = wasi_subscribe_udp(socket);
  wasi_udp_start_bind(socket, network(), WORDS(flat), done);
  const bool good = !done->failed && finish(wasi_udp_finish_bind, socket, ready, done);
  wasi_drop_pollable(ready);
  return good;
}

handle sockets_listen(enum net_kind kind, struct net_address *address, uint8_t *error) {
  struct wasi_done done;
  struct wasi_address_result local = {.failed = true};
  const handle socket = create(kind, address, error);
  if (socket == NO_HANDLE)
    return NO_HANDLE;
  if (!(kind == NET_TCP ? bind_tcp : bind_udp)(socket, address, &done)) {
    *error = done.error;
    drop(kind, socket);
    return NO_HANDLE;
  }
  (kind == NET_TCP ? wasi_tcp_local_address : wasi_udp_local_address)(socket, &local);
  if (!local.failed)
    address->port = sockets_address(&local.address).port;
  return socket;
}

handle sockets_connect(const struct net_address *to, uint8_t *error) {
  const struct flat flat = as_arguments(to);
  const handle socket = create(NET_TCP, to, error);
  struct wasi_done done;
  if (socket == NO_HANDLE)
    return NO_HANDLE;
  wasi_tcp_start_connect(socket, network(), WORDS(flat), &done);
  if (!done.failed)
    return socket;
  *error = done.error;
  drop(NET_TCP, socket);
  return NO_HANDLE;
}

bool sockets_datagrams(handle socket, const struct net_address *to, handle streams[2], uint8_t *error) {
  const struct net_address nobody = {.family = NET_IPV4};
  const struct flat flat = as_arguments(to ? to : &nobody);
  struct wasi_handles made;
  wasi_udp_stream(socket, to != NULL, WORDS(flat), &made);
  *error = made.error;
  if (!made.failed)
    memcpy(streams, made.handles, 2 * sizeof *streams);
  return !made.failed;
}

void sockets_send(handle stream, const struct net_address *to, const uint8_t *bytes, size_t length) {
  struct wasi_count count;
  struct wasi_outgoing datagram = {.data = {(uint8_t *)(uintptr_t)bytes, length}, .has_address = to != NULL};
  if (to)
    datagram.to = in_memory(to);
  wasi_check_send(stream, &count);
  if (!count.failed && count.count)
    wasi_send(stream, &datagram, 1, &count);
}

handle sockets_resolve(const char *name, size_t length, uint8_t *error) {
  struct wasi_handles made;
  wasi_resolve(network(), name, length, &made);
  *error = made.error;
  return made.failed ? NO_HANDLE : made.handles[0];
}

// jco's host ends a connection whose output is dropped, and breaks it at a shutdown; others end it at a shutdown. jco's
// says that a new socket's packets live for one hop, which no system does.
static bool drop_ends(handle socket) {
  static bool asked, ends;
  struct wasi_done hops;
  if (!asked) {
    wasi_tcp_hop_limit(socket, &hops);
    ends = !hops.failed && hops.error == 1;
    asked = true;
  }
  return ends;
}

void sockets_end(handle socket, handle output) {
  struct wasi_done done;
  if (!drop_ends(socket))
    wasi_tcp_shutdown(socket, SHUTDOWN_SEND, &done);
  wasi_drop_output(output);
}
