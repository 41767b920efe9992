// One direction of a stream: what can be read on one side is written to the other, neither lost nor piled up.
#ifndef INIT_FLOW_H
#define INIT_FLOW_H

#include "size_query.h"
#include "sys.h"

struct flow {
  int from;
  int to;
  int closes;               // closed when the flow is over, so that the container sees its end; -1: nothing is
  bool ends_with_eot;       // a terminal has no end of file but this character
  struct size_query *query; // takes its answer out of the input; NULL when none is awaited
  bool source_ended;
  bool over;
  size_t start; // of what is in the buffer and still to be written
  size_t end;
  char buffer[64 * 1024]; // a pipe's size
};

// What to wait for before the flow can advance; an fd of -1 where it never will.
struct pollfd flow_awaits(const struct flow *flow);

// Reads once if there is nothing to write, and writes once if there is; `events` is what poll found.
void flow_advance(struct flow *flow, short events);

// Nobody is left at one of the ends: what is not written by now is dropped.
void flow_close(struct flow *flow);

#endif
