#include "host/component/names.h"

#include "host/component/rules.h"
#include "host/component/sockets.h"

#include <string.h>

// The addresses lie in the buffer: a name sends nothing.
static void answer(struct stream *stream, uint8_t rcode, const struct net_address *addresses, size_t count) {
  streams_close(stream);
  stream->rcode = rcode;
  stream->buffer_length = 0;
  for (size_t i = 0; i < count; i++) {
    const size_t size = address_size(&addresses[i]);
    if (addresses[i].family == stream->family) {
      memcpy(stream->buffer + stream->buffer_length, addresses[i].bytes, size);
      stream->buffer_length += (uint32_t)size;
    }
  }
  stream->has_answer = true;
  streams_tell(stream);
}

void names_ask(struct stream *stream) {
  struct net_address addresses[RULES_ADDRESSES];
  uint8_t error;
  const size_t pinned = rules_pinned(stream->name, stream->name_length, addresses);
  if (!stream->buffer) {
    answer(stream, NET_NAME_FAILED, NULL, 0);
  } else if (pinned) {
    answer(stream, NET_NAME_FOUND, addresses, pinned);
  } else if (!rules_may_resolve(stream->name, stream->name_length)) {
    answer(stream, NET_NAME_UNKNOWN, NULL, 0);
  } else if (streams_count[STREAM_NAME] > STREAM_NAMES_MAX) {
    answer(stream, NET_NAME_FAILED, NULL, 0);
  } else {
    stream->inlet.input = sockets_resolve(stream->name, stream->name_length, &error);
    if (stream->inlet.input == NO_HANDLE)
      answer(stream, error == WASI_NAME_UNRESOLVABLE ? NET_NAME_UNKNOWN : NET_NAME_FAILED, NULL, 0);
    else
      stream->waiting = wasi_subscribe_names(stream->inlet.input);
  }
}

static struct net_address address_of(const struct wasi_name_result *result) {
  struct net_address made = {.family = result->is_ipv6 ? NET_IPV6 : NET_IPV4};
  if (result->is_ipv6)
    address_from_groups(result->v6, made.bytes);
  else
    memcpy(made.bytes, result->v4, sizeof result->v4);
  return made;
}

void names_ready(struct stream *stream, uint64_t now) {
  struct net_address addresses[RULES_ADDRESSES];
  struct wasi_name_result result;
  size_t count = 0;
  stream->ready = false;
  for (;;) {
    wasi_next_address(stream->inlet.input, &result);
    if (result.failed || !result.some_or_error || count == RULES_ADDRESSES)
      break;
    addresses[count++] = address_of(&result);
  }
  if (result.failed && result.some_or_error == WASI_WOULD_BLOCK)
    return;
  if (result.failed)
    answer(stream, result.some_or_error == WASI_NAME_UNRESOLVABLE ? NET_NAME_UNKNOWN : NET_NAME_FAILED, NULL, 0);
  else
    answer(stream, NET_NAME_FOUND, addresses, rules_give(stream->name, stream->name_length, addresses, count, now));
}

void names_answer(const struct stream *stream, struct net_event *event) {
  event->type = NET_ADDRESSES;
  event->rcode = stream->rcode;
  event->bytes = stream->buffer;
  event->length = stream->buffer_length;
}
