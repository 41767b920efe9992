#include "host/component/connections.h"

#include "host/component/sockets.h"
#include "host/host.h"

#include <string.h>

enum { PIECE = 65536 };
#define DRAINING_NS UINT64_C(5000000)

void connections_open(struct stream *stream) {
  uint8_t error;
  stream->credit = NET_CREDIT;
  stream->socket = sockets_connect(&stream->address, &error);
  if (stream->socket == NO_HANDLE)
    streams_fail(stream, sockets_reason(error));
  else
    stream->waiting = wasi_subscribe_tcp(stream->socket);
}

static void open_streams(struct stream *stream, const handle streams[2]) {
  stream->inlet.input = streams[0];
  stream->output = streams[1];
  stream->inlet.waiting = wasi_subscribe_input(stream->inlet.input);
}

struct stream *connections_accept(handle listener, uint16_t guest_port) {
  struct wasi_handles made;
  struct wasi_address_result from;
  if (!streams_have_room(STREAM_TCP))
    return NULL;
  wasi_tcp_accept(listener, &made);
  if (made.failed)
    return NULL;
  struct stream *stream = streams_take(STREAM_TCP);
  if (!stream) {
    wasi_drop_input(made.handles[1]);
    wasi_drop_output(made.handles[2]);
    wasi_drop_tcp(made.handles[0]);
    return NULL;
  }
  stream->socket = made.handles[0];
  open_streams(stream, made.handles + 1);
  stream->credit = NET_CREDIT;
  stream->guest_port = guest_port;
  wasi_tcp_remote_address(stream->socket, &from);
  if (from.failed) { // it has gone already; whose it was does not matter
    stream->address = (struct net_address){.family = NET_IPV4, .bytes = {127, 0, 0, 1}};
  } else {
    stream->address = sockets_address(&from.address);
  }
  stream->announce = true;
  streams_tell(stream);
  return stream;
}

static void connected(struct stream *stream) {
  struct wasi_handles made;
  wasi_tcp_finish_connect(stream->socket, &made);
  if (made.failed && made.error == WASI_WOULD_BLOCK)
    return;
  wasi_drop_pollable(stream->waiting);
  stream->waiting = NO_HANDLE;
  if (made.failed) {
    streams_fail(stream, sockets_reason(made.error));
    return;
  }
  open_streams(stream, made.handles);
  stream->opened = true;
  streams_tell(stream);
}

void connections_add(struct stream *stream, struct wait_list *list) {
  wait_add(list, stream->waiting, &stream->ready);
  if (stream->credit && !stream->input_ended && !stream->inlet.ready)
    wait_add(list, stream->inlet.waiting, &stream->inlet.ready);
  if (stream->blocked)
    wait_add(list, stream->output_waiting, &stream->output_ready);
}

void connections_ready(struct stream *stream) {
  if (stream->output_ready)
    stream->output_ready = stream->blocked = false;
  if (stream->inlet.ready)
    streams_tell(stream);
  if (stream->ready) {
    stream->ready = false;
    connected(stream);
  }
}

static void failed(struct stream *stream, const struct wasi_stream_error *error) {
  if (!error->closed)
    wasi_drop_error(error->error);
  streams_fail(stream, NET_BROKEN);
}

void connections_send(struct stream *stream, const uint8_t *bytes, size_t length) {
  if (!stream->buffer)
    stream->buffer = host_allocate(STREAM_BUFFER);
  if (!stream->buffer || length > STREAM_BUFFER - stream->buffer_length) {
    streams_fail(stream, NET_LIMIT);
    return;
  }
  const uint32_t end = (stream->buffer_start + stream->buffer_length) % STREAM_BUFFER;
  const size_t first = length < STREAM_BUFFER - end ? length : STREAM_BUFFER - end;
  memcpy(stream->buffer + end, bytes, first);
  memcpy(stream->buffer, bytes + first, length - first);
  stream->buffer_length += (uint32_t)length;
}

static bool write_some(struct stream *stream, uint64_t room) {
  const uint32_t left = STREAM_BUFFER - stream->buffer_start;
  uint32_t part = stream->buffer_length < left ? stream->buffer_length : left;
  part = part < room ? part : (uint32_t)room;
  struct wasi_written written;
  wasi_write(stream->output, stream->buffer + stream->buffer_start, part, &written);
  if (written.failed) {
    failed(stream, &written.error);
    return false;
  }
  stream->buffer_start = (stream->buffer_start + part) % STREAM_BUFFER;
  stream->buffer_length -= part;
  stream->freed += part;
  streams_tell(stream);
  return true;
}

// Ends the output once all has left: a drop may come before what is still on its way.
static void end(struct stream *stream, uint64_t room, uint64_t now) {
  if (room < stream->room) {
    stream->look_again = now + DRAINING_NS;
    return;
  }
  if (stream->output_waiting != NO_HANDLE)
    wasi_drop_pollable(stream->output_waiting);
  sockets_end(stream->socket, stream->output);
  stream->output = stream->output_waiting = NO_HANDLE;
  stream->output_ended = true;
  stream->look_again = 0;
  if (stream->input_ended)
    streams_release(stream);
}

void connections_flush(struct stream *stream, uint64_t now) {
  while (stream->output != NO_HANDLE && !stream->blocked && now >= stream->look_again &&
         (stream->buffer_length || stream->ending)) {
    struct wasi_permit permit;
    wasi_check_write(stream->output, &permit);
    if (permit.failed) {
      failed(stream, &permit.error);
      return;
    }
    stream->room = permit.bytes > stream->room ? permit.bytes : stream->room;
    if (!permit.bytes) {
      stream->blocked = true;
      if (stream->output_waiting == NO_HANDLE)
        stream->output_waiting = wasi_subscribe_output(stream->output);
    } else if (!stream->buffer_length) {
      end(stream, permit.bytes, now);
      return;
    } else if (!write_some(stream, permit.bytes)) {
      return;
    }
  }
}

static bool read_some(struct stream *stream, struct net_event *event) {
  const uint32_t most = stream->credit < PIECE ? stream->credit : PIECE;
  struct wasi_read result;
  sockets_clear_lists();
  wasi_read(stream->inlet.input, most, &result);
  if (result.failed && !result.error.closed) {
    failed(stream, &result.error);
    return false;
  }
  if (result.failed) {
    stream->input_ended = true;
    event->type = NET_END;
    return true;
  }
  stream->inlet.ready = result.list.length == most;
  stream->credit -= (uint32_t)result.list.length;
  event->type = NET_DATA;
  event->bytes = result.list.bytes;
  event->length = result.list.length;
  return result.list.length != 0;
}

bool connections_next(struct stream *stream, struct net_event *event) {
  if (stream->freed >= CONNECTION_CREDIT / 4 || (stream->freed && !stream->buffer_length)) {
    event->type = NET_MORE;
    event->credit = stream->freed;
    stream->freed = 0;
    return true;
  }
  return stream->inlet.ready && stream->credit && !stream->input_ended && read_some(stream, event);
}
