// Names over wasi:sockets.
#ifndef HOST_COMPONENT_NAMES_H
#define HOST_COMPONENT_NAMES_H

#include "host/component/streams.h"
#include "host/component/wait.h"

// Asks for the name of the stream; what needs no asking is told at once.
void names_ask(struct stream *stream);
// A wait has found something for it.
void names_ready(struct stream *stream, uint64_t now);
// What is to be told of it.
void names_answer(const struct stream *stream, struct net_event *event);

#endif
