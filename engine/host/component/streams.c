#include "host/component/streams.h"

#include <string.h>

// More than may be open, so that there is room to tell of refusals.
enum { STREAMS = 2048 };

static struct stream streams[STREAMS];
static uint16_t used[STREAMS], freed[STREAMS];
static size_t used_count, freed_count, never_used;
static uint16_t first_due, last_due;
static uint32_t generation;

unsigned streams_count[STREAM_KINDS];

static uint16_t position(const struct stream *stream) {
  return (uint16_t)(stream - streams + 1);
}

bool streams_have_room(enum stream_kind kind) {
  static const unsigned MOST[STREAM_KINDS] = {STREAMS, STREAM_TCP_MAX, STREAM_UDP_MAX, STREAM_NAMES_MAX};
  return streams_count[kind] < MOST[kind];
}

struct stream *streams_take(enum stream_kind kind) {
  if (freed_count == 0 && never_used == STREAMS)
    return NULL;
  const size_t index = freed_count ? freed[--freed_count] : never_used++;
  struct stream *stream = &streams[index];
  uint8_t *buffer = stream->buffer;
  generation = generation == UINT32_MAX / STREAMS - 1 ? 1 : generation + 1;
  *stream = (struct stream){.number = generation * STREAMS + (uint32_t)index, .kind = kind, .buffer = buffer};
  stream->socket = stream->inlet.input = stream->output = NO_HANDLE;
  stream->waiting = stream->inlet.waiting = stream->output_waiting = NO_HANDLE;
  used[used_count++] = (uint16_t)index;
  streams_count[kind]++;
  return stream;
}

static void drop(handle *what, void (*how)(handle)) {
  if (*what != NO_HANDLE)
    how(*what);
  *what = NO_HANDLE;
}

void streams_close(struct stream *stream) {
  const bool udp = stream->kind == STREAM_UDP, name = stream->kind == STREAM_NAME;
  drop(&stream->waiting, wasi_drop_pollable);
  drop(&stream->inlet.waiting, wasi_drop_pollable);
  drop(&stream->output_waiting, wasi_drop_pollable);
  drop(&stream->inlet.input, name ? wasi_drop_names : udp ? wasi_drop_datagrams_in : wasi_drop_input);
  drop(&stream->output, udp ? wasi_drop_datagrams_out : wasi_drop_output);
  drop(&stream->socket, udp ? wasi_drop_udp : wasi_drop_tcp);
  streams_count[stream->kind]--;
  stream->kind = STREAM_NOTHING;
  streams_count[STREAM_NOTHING]++;
}

void streams_release(struct stream *stream) {
  const uint16_t index = (uint16_t)(stream - streams);
  if (stream->kind != STREAM_NOTHING)
    streams_close(stream);
  streams_count[STREAM_NOTHING]--;
  stream->number = 0;
  if (stream->due)
    return; // until its turn
  for (size_t i = 0; i < used_count; i++) {
    if (used[i] == index)
      used[i] = used[--used_count];
  }
  freed[freed_count++] = index;
}

struct stream *streams_find(uint32_t number) {
  struct stream *stream = &streams[number % STREAMS];
  return number && stream->number == number ? stream : NULL;
}

size_t streams_all(void) {
  return used_count;
}

struct stream *streams_each(size_t *at) {
  // From the end, so that one that is released is replaced by one that was given before.
  while (*at) {
    --*at;
    if (*at < used_count && streams[used[*at]].number)
      return &streams[used[*at]];
  }
  return NULL;
}

void streams_tell(struct stream *stream) {
  if (stream->due)
    return;
  stream->due = true;
  stream->next_due = 0;
  if (first_due)
    streams[last_due - 1].next_due = position(stream);
  else
    first_due = position(stream);
  last_due = position(stream);
}

void streams_fail(struct stream *stream, enum net_reason reason) {
  if (stream->kind != STREAM_NOTHING)
    streams_close(stream);
  stream->reason = reason;
  streams_tell(stream);
}

bool streams_any_due(void) {
  return first_due != 0;
}

struct stream *streams_next_due(void) {
  while (first_due) {
    struct stream *stream = &streams[first_due - 1];
    first_due = stream->next_due;
    stream->due = false;
    if (stream->number)
      return stream;
    // It was released before its turn.
    streams_count[STREAM_NOTHING]++;
    streams_release(stream);
  }
  return NULL;
}
