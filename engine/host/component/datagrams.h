// Datagrams over wasi:sockets: flows of the guest's own, and clients of published ports.
#ifndef HOST_COMPONENT_DATAGRAMS_H
#define HOST_COMPONENT_DATAGRAMS_H

#include "host/component/streams.h"
#include "host/component/wait.h"

// A published port. False with the reason in *error: nothing can come in there, and the socket is dropped.
bool datagrams_publish(handle socket, uint16_t guest_port, uint8_t *error);
// Opens a socket for one address; a failure is told.
void datagrams_open(struct stream *stream);
void datagrams_send(const struct stream *stream, const uint8_t *bytes, size_t length);
// Adds what is waited for; lowers *most where something is looked at by the clock.
void datagrams_add(struct wait_list *list, uint64_t now, uint64_t *most);
bool datagrams_is_ready(void);
// The next datagram that came; false: none.
bool datagrams_next(struct net_event *event, uint64_t now);

#endif
