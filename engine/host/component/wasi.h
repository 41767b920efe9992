// WASI 0.2 as a component's core module calls it (Component Model, "Canonical ABI"): what engine.wit names. Results are
// written where the last argument points.
#ifndef HOST_COMPONENT_WASI_H
#define HOST_COMPONENT_WASI_H

#include "host/net.h"

typedef int32_t handle; // of a resource
enum { NO_HANDLE = -1 };

// wasi:sockets/network, error-code, as far as it is told apart.
enum wasi_error {
  WASI_ACCESS_DENIED = 1,
  WASI_TIMEOUT = 5,
  WASI_WOULD_BLOCK = 8,
  WASI_ADDRESS_NOT_BINDABLE = 11,
  WASI_ADDRESS_IN_USE = 12,
  WASI_REMOTE_UNREACHABLE = 13,
  WASI_CONNECTION_REFUSED = 14,
  WASI_NAME_UNRESOLVABLE = 18
};

struct wasi_address {
  uint8_t is_ipv6;
  union {
    struct {
      uint16_t port;
      uint8_t bytes[4];
    } v4;
    struct {
      uint16_t port;
      uint32_t flow;
      uint16_t groups[8];
      uint32_t scope;
    } v6;
  };
};
_Static_assert(sizeof(struct wasi_address) == 32, "ip-socket-address");

struct wasi_list {
  uint8_t *bytes;
  size_t length;
};

struct wasi_incoming {
  struct wasi_list data;
  struct wasi_address from;
};
_Static_assert(sizeof(struct wasi_incoming) == 40, "incoming-datagram");

struct wasi_outgoing {
  struct wasi_list data;
  uint8_t has_address;
  struct wasi_address to;
};
_Static_assert(sizeof(struct wasi_outgoing) == 44, "outgoing-datagram");

// result<_, error-code>; and others, whose payload of some sizes follows at its alignment.
struct wasi_done {
  uint8_t failed, error;
};
struct wasi_handles { // one to three handles
  uint8_t failed;
  union {
    uint8_t error;
    handle handles[3];
  };
};
struct wasi_address_result {
  uint8_t failed;
  union {
    uint8_t error;
    struct wasi_address address;
  };
};
struct wasi_incoming_result {
  uint8_t failed;
  union {
    uint8_t error;
    struct {
      struct wasi_incoming *datagrams;
      size_t count;
    };
  };
};
struct wasi_count { // result<u64, error-code>
  uint8_t failed;
  union {
    uint8_t error;
    uint64_t count;
  };
};
struct wasi_name_result { // result<option<ip-address>, error-code>
  uint8_t failed;
  _Alignas(2) uint8_t some_or_error;
  _Alignas(2) uint8_t is_ipv6;
  _Alignas(2) union {
    uint8_t v4[4];
    uint16_t v6[8];
  };
};
_Static_assert(sizeof(struct wasi_name_result) == 22, "result<option<ip-address>, error-code>");
struct wasi_stream_error {
  uint8_t closed; // or the last operation failed
  handle error;
};
struct wasi_read {
  uint8_t failed;
  union {
    struct wasi_stream_error error;
    struct wasi_list list;
  };
};
struct wasi_permit {
  uint8_t failed;
  union {
    struct wasi_stream_error error;
    uint64_t bytes;
  };
};
struct wasi_written {
  uint8_t failed;
  struct wasi_stream_error error;
};

#define WASI_VERSION "@0.2.12"
#define WASI_IMPORT(interface, name)                                                                                   \
  __attribute__((import_module("wasi:" interface WASI_VERSION), import_name(name))) extern
// An ip-socket-address as arguments.
#define WASI_FLAT_ADDRESS                                                                                              \
  int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t

WASI_IMPORT("io/poll", "poll") void wasi_poll(const handle *pollables, size_t count, struct wasi_list *ready);
WASI_IMPORT("io/poll", "[method]pollable.block") void wasi_block(handle pollable);
WASI_IMPORT("io/poll", "[resource-drop]pollable") void wasi_drop_pollable(handle pollable);
WASI_IMPORT("io/error", "[resource-drop]error") void wasi_drop_error(handle error);
WASI_IMPORT("io/streams", "[method]input-stream.read")
void wasi_read(handle stream, uint64_t length, struct wasi_read *result);
WASI_IMPORT("io/streams", "[method]input-stream.subscribe") handle wasi_subscribe_input(handle stream);
WASI_IMPORT("io/streams", "[resource-drop]input-stream") void wasi_drop_input(handle stream);
WASI_IMPORT("io/streams", "[method]output-stream.check-write")
void wasi_check_write(handle stream, struct wasi_permit *result);
WASI_IMPORT("io/streams", "[method]output-stream.write")
void wasi_write(handle stream, const uint8_t *bytes, size_t length, struct wasi_written *result);
WASI_IMPORT("io/streams", "[method]output-stream.subscribe") handle wasi_subscribe_output(handle stream);
WASI_IMPORT("io/streams", "[resource-drop]output-stream") void wasi_drop_output(handle stream);
WASI_IMPORT("clocks/monotonic-clock", "subscribe-duration") handle wasi_subscribe_duration(uint64_t duration_ns);
WASI_IMPORT("cli/stdin", "get-stdin") handle wasi_get_stdin(void);

WASI_IMPORT("sockets/instance-network", "instance-network") handle wasi_network(void);
WASI_IMPORT("sockets/tcp-create-socket", "create-tcp-socket")
void wasi_create_tcp(int32_t is_ipv6, struct wasi_handles *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.start-bind")
void wasi_tcp_start_bind(handle socket, handle network, WASI_FLAT_ADDRESS, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.finish-bind")
void wasi_tcp_finish_bind(handle socket, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.start-listen")
void wasi_tcp_start_listen(handle socket, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.finish-listen")
void wasi_tcp_finish_listen(handle socket, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.accept")
void wasi_tcp_accept(handle socket, struct wasi_handles *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.start-connect")
void wasi_tcp_start_connect(handle socket, handle network, WASI_FLAT_ADDRESS, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.finish-connect")
void wasi_tcp_finish_connect(handle socket, struct wasi_handles *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.local-address")
void wasi_tcp_local_address(handle socket, struct wasi_address_result *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.remote-address")
void wasi_tcp_remote_address(handle socket, struct wasi_address_result *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.hop-limit")
void wasi_tcp_hop_limit(handle socket, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.shutdown")
void wasi_tcp_shutdown(handle socket, int32_t type, struct wasi_done *result);
WASI_IMPORT("sockets/tcp", "[method]tcp-socket.subscribe") handle wasi_subscribe_tcp(handle socket);
WASI_IMPORT("sockets/tcp", "[resource-drop]tcp-socket") void wasi_drop_tcp(handle socket);
WASI_IMPORT("sockets/udp-create-socket", "create-udp-socket")
void wasi_create_udp(int32_t is_ipv6, struct wasi_handles *result);
WASI_IMPORT("sockets/udp", "[method]udp-socket.start-bind")
void wasi_udp_start_bind(handle socket, handle network, WASI_FLAT_ADDRESS, struct wasi_done *result);
WASI_IMPORT("sockets/udp", "[method]udp-socket.finish-bind")
void wasi_udp_finish_bind(handle socket, struct wasi_done *result);
WASI_IMPORT("sockets/udp", "[method]udp-socket.stream")
void wasi_udp_stream(handle socket, int32_t has_remote, WASI_FLAT_ADDRESS, struct wasi_handles *result);
WASI_IMPORT("sockets/udp", "[method]udp-socket.local-address")
void wasi_udp_local_address(handle socket, struct wasi_address_result *result);
WASI_IMPORT("sockets/udp", "[method]udp-socket.subscribe") handle wasi_subscribe_udp(handle socket);
WASI_IMPORT("sockets/udp", "[resource-drop]udp-socket") void wasi_drop_udp(handle socket);
WASI_IMPORT("sockets/udp", "[method]incoming-datagram-stream.receive")
void wasi_receive(handle stream, uint64_t most, struct wasi_incoming_result *result);
WASI_IMPORT("sockets/udp", "[method]incoming-datagram-stream.subscribe") handle wasi_subscribe_datagrams(handle stream);
WASI_IMPORT("sockets/udp", "[resource-drop]incoming-datagram-stream") void wasi_drop_datagrams_in(handle stream);
WASI_IMPORT("sockets/udp", "[method]outgoing-datagram-stream.check-send")
void wasi_check_send(handle stream, struct wasi_count *result);
WASI_IMPORT("sockets/udp", "[method]outgoing-datagram-stream.send")
void wasi_send(handle stream, const struct wasi_outgoing *datagrams, size_t count, struct wasi_count *result);
WASI_IMPORT("sockets/udp", "[resource-drop]outgoing-datagram-stream") void wasi_drop_datagrams_out(handle stream);
WASI_IMPORT("sockets/ip-name-lookup", "resolve-addresses")
void wasi_resolve(handle network, const char *name, size_t length, struct wasi_handles *result);
WASI_IMPORT("sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address")
void wasi_next_address(handle stream, struct wasi_name_result *result);
WASI_IMPORT("sockets/ip-name-lookup", "[method]resolve-address-stream.subscribe")
handle wasi_subscribe_names(handle stream);
WASI_IMPORT("sockets/ip-name-lookup", "[resource-drop]resolve-address-stream") void wasi_drop_names(handle stream);

#endif
