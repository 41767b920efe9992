// Connections over wasi:sockets.
#ifndef HOST_COMPONENT_TCP_H
#define HOST_COMPONENT_TCP_H

#include "host/component/streams.h"
#include "host/component/wait.h"

enum { TCP_CREDIT = STREAM_BUFFER };

// Begins to connect; a failure is told.
void tcp_open(struct stream *stream);
// Takes a client that waits at a listener; NULL: none does.
struct stream *tcp_accept(handle listener, uint16_t guest_port);
void tcp_send(struct stream *stream, const uint8_t *bytes, size_t length);
// Writes what it can; at the end the end.
void tcp_flush(struct stream *stream, uint64_t now);
void tcp_add(struct stream *stream, struct wait_list *list);
// A wait has found something for it.
void tcp_ready(struct stream *stream);
// The next that came from outside; false: nothing now.
bool tcp_next(struct stream *stream, struct net_event *event);

#endif
