#include "flow.h"

static bool is_empty(const struct flow *flow) {
  return flow->start == flow->end;
}

struct pollfd flow_awaits(const struct flow *flow) {
  if (flow->over)
    return (struct pollfd){.fd = -1};
  return is_empty(flow) ? (struct pollfd){.fd = flow->from, .events = POLLIN}
                        : (struct pollfd){.fd = flow->to, .events = POLLOUT};
}

static void read_once(struct flow *flow) {
  enum { END_OF_TRANSMISSION = 4 };
  size_t held = flow->query == NULL ? 0 : flow->query->held;
  long size = sys_read(flow->from, flow->buffer + held, sizeof flow->buffer - held);
  if (size == -EAGAIN)
    return;
  flow->start = 0;
  flow->end = held + (size > 0 ? (size_t)size : 0);
  // Failures are ends, too: a terminal that all have closed answers EIO.
  flow->source_ended = size <= 0;
  if (flow->query != NULL) {
    memcpy(flow->buffer, flow->query->bytes, held);
    flow->end = size_query_take(flow->query, flow->buffer, flow->end, flow->source_ended);
  }
  if (flow->source_ended && flow->ends_with_eot) {
    // The first one only ends a line that has begun.
    flow->buffer[flow->end++] = END_OF_TRANSMISSION;
    flow->buffer[flow->end++] = END_OF_TRANSMISSION;
  }
}

static void write_once(struct flow *flow) {
  long size = sys_write(flow->to, flow->buffer + flow->start, flow->end - flow->start);
  if (size == -EAGAIN)
    return;
  if (size < 0)
    flow_close(flow);
  else
    flow->start += (size_t)size;
}

void flow_advance(struct flow *flow, short events) {
  if (is_empty(flow)) {
    read_once(flow);
  } else if ((events & POLLOUT) == 0) {
    // Poll woke up although nothing can be written: the other side has gone.
    flow_close(flow);
    return;
  }
  if (!is_empty(flow))
    write_once(flow);
  if (flow->source_ended && is_empty(flow))
    flow_close(flow);
}

void flow_close(struct flow *flow) {
  if (!flow->over && flow->closes >= 0)
    sys_close(flow->closes);
  flow->over = true;
}
