// Connections over wasi:sockets.
#ifndef HOST_COMPONENT_CONNECTIONS_H
#define HOST_COMPONENT_CONNECTIONS_H

#include "host/component/streams.h"
#include "host/component/wait.h"

enum { CONNECTION_CREDIT = STREAM_BUFFER };

// Begins to connect; a failure is told.
void connections_open(struct stream *stream);
// Takes a client that waits at a listener; NULL: none does.
struct stream *connections_accept(handle listener, uint16_t guest_port);
void connections_send(struct stream *stream, const uint8_t *bytes, size_t length);
// Writes what it can; at the end the end.
void connections_flush(struct stream *stream, uint64_t now);
void connections_add(struct stream *stream, struct wait_list *list);
// A wait has found something for it.
void connections_ready(struct stream *stream);
// The next that came from outside; false: nothing now.
bool connections_next(struct stream *stream, struct net_event *event);

#endif
