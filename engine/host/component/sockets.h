// WASI's sockets with the engine's own addresses, and what differs between their hosts.
#ifndef HOST_COMPONENT_SOCKETS_H
#define HOST_COMPONENT_SOCKETS_H

#include "host/component/wasi.h"

// What the guest is told of an error.
enum net_reason sockets_reason(uint8_t error);
struct net_address sockets_address(const struct wasi_address *address);

// To be said before a call that gives back a list: the last one's is over.
void sockets_clear_lists(void);

// A socket that is bound, and listens if it is one of TCP; NO_HANDLE with the reason in *error. The address gets the
// port that was chosen.
handle sockets_listen(enum net_kind kind, struct net_address *address, uint8_t *error);
// Begins to connect.
handle sockets_connect(const struct net_address *to, uint8_t *error);
// Opens the streams of datagrams, in and out: of one address or, without one, of all.
bool sockets_datagrams(handle socket, const struct net_address *to, handle streams[2], uint8_t *error);
// Sends one datagram, `to` unless the stream has an address; it is lost if there is no room.
void sockets_send(handle stream, const struct net_address *to, const uint8_t *bytes, size_t length);
// A name's addresses as a stream.
handle sockets_resolve(const char *name, size_t length, uint8_t *error);
// Says the end after all that was written, and drops `output`.
void sockets_end(handle socket, handle output);

#endif
