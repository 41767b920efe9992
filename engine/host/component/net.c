// The network of a component: host/net.h over wasi:sockets 0.2. Whom the guest may reach is decided here (rules.c).
#include "host/component/net.h"

#include "host/component/connections.h"
#include "host/component/datagrams.h"
#include "host/component/exposed.h"
#include "host/component/names.h"
#include "host/component/publish.h"
#include "host/component/rules.h"
#include "host/component/sockets.h"
#include "host/host.h"
#include "host/words.h"

#include <stdio.h>
#include <string.h>

#define FAREWELL_NS UINT64_C(5000000000)
#define LOOK_NS UINT64_C(10000000)

static struct published ports[PUBLISH_MOST];
static size_t port_count;
static bool publishes_all;
static struct listener {
  handle socket, waiting;
  bool ready;
  uint16_t guest_port;
} listeners[PUBLISH_MOST];
static size_t listener_count;
static struct wait_list farewell;

const char *host_word(enum host_word word, const char *value) {
  switch (word) {
  case HOST_WORD_PUBLISH: return publish_parse(value, ports, &port_count);
  case HOST_WORD_PUBLISH_ALL: publishes_all = true; return exposed_publish(ports, &port_count);
  case HOST_WORD_NETWORK: return rules_network(value);
  case HOST_WORD_ALLOW: return rules_allow(value);
  case HOST_WORD_ADD_HOST: return rules_add_host(value);
  case HOST_WORD_DNS: return "no such option: a component asks its runtime for names";
  case HOST_WORD_NET: return "no such option: a component has sockets of its own, with -p, --network and --allow";
  default: return "no such option: a component has no descriptors beside its standard streams";
  }
}

bool host_words_ask_net(void) {
  return port_count || publishes_all || rules_any();
}

// wasi:cli/exit knows success and failure.
int host_exit_code_max(void) {
  return 1;
}

void host_set_net(int descriptor) {
  (void)descriptor;
}

static bool listen_at(struct published *port, char *error, size_t error_size) {
  const bool any_port = port->bind.port == 0;
  char text[PUBLISH_TEXT], line[PUBLISH_TEXT + 32];
  uint8_t reason;
  const handle socket = sockets_listen(port->kind, &port->bind, &reason);
  publish_text(port, text);
  if (socket == NO_HANDLE || (port->kind == NET_UDP && !datagrams_publish(socket, port->guest_port, &reason))) {
    snprintf(error, error_size, "publishing %s: the host's port cannot be taken: %s", text,
             reason == WASI_ADDRESS_IN_USE ? "it is in use; choose another one with -p"
             : reason == WASI_ACCESS_DENIED
                 ? "the runtime forbids it; in wasmtime give -S inherit-network,allow-ip-name-lookup"
                 : "the runtime cannot listen there");
    return false;
  }
  if (port->kind == NET_TCP)
    listeners[listener_count++] = (struct listener){socket, wasi_subscribe_tcp(socket), false, port->guest_port};
  if (any_port) {
    const int length = snprintf(line, sizeof line, "oci2wasm: published %s\n", text);
    host_write(HOST_STDERR, (const uint8_t *)line, (size_t)length);
  }
  return true;
}

bool host_net_start(const struct net_setup *setup, uint32_t *credit, char *error, size_t error_size) {
  (void)setup;
  *credit = 0;
  for (size_t i = 0; i < port_count; i++) {
    if (!listen_at(&ports[i], error, error_size))
      return false;
  }
  return true;
}

// A number of which nothing is ever told.
static const uint32_t NOWHERE = UINT32_MAX;

uint32_t host_net_open(enum net_kind kind, const struct net_address *to) {
  const enum stream_kind kept = kind == NET_TCP ? STREAM_TCP : STREAM_UDP;
  const bool room = streams_have_room(kept);
  struct stream *stream = streams_take(kept);
  if (!stream)
    return NOWHERE;
  if (!room) {
    streams_fail(stream, NET_LIMIT);
  } else if (!rules_target(to, &stream->address, host_monotonic_ns())) {
    streams_fail(stream, NET_DENIED);
  } else if (kind == NET_TCP) {
    connections_open(stream);
  } else {
    datagrams_open(stream);
  }
  return stream->number;
}

void host_net_accept(uint32_t stream) {
  (void)stream; // it was, when the client came
}

void host_net_send(uint32_t number, const uint8_t *bytes, size_t length) {
  struct stream *stream = streams_find(number);
  if (stream && stream->kind == STREAM_TCP)
    connections_send(stream, bytes, length);
  else if (stream && stream->kind == STREAM_UDP)
    datagrams_send(stream, bytes, length);
}

void host_net_taken(uint32_t number, uint32_t count) {
  struct stream *stream = streams_find(number);
  if (!stream)
    return;
  stream->credit += count;
  if (stream->inlet.ready && stream->kind == STREAM_TCP)
    streams_tell(stream);
}

void host_net_end(uint32_t number) {
  struct stream *stream = streams_find(number);
  if (stream && stream->kind == STREAM_TCP)
    stream->ending = true;
  else if (stream && stream->kind == STREAM_UDP)
    streams_release(stream);
}

void host_net_reset(uint32_t number, enum net_reason reason) {
  (void)reason;
  struct stream *stream = streams_find(number);
  if (stream)
    streams_release(stream);
}

uint32_t host_net_resolve(const char *name, size_t length, enum net_family family) {
  struct stream *stream = streams_take(STREAM_NAME);
  if (!stream)
    return NOWHERE;
  if (!stream->buffer)
    stream->buffer = host_allocate(STREAM_BUFFER);
  stream->family = family;
  stream->name_length = (uint8_t)(length < sizeof stream->name ? length : 0);
  memcpy(stream->name, name, stream->name_length);
  names_ask(stream);
  return stream->number;
}

uint32_t host_net_ask(const char *name, size_t length, uint16_t type) {
  (void)name;
  (void)length;
  (void)type;
  return 0; // wasi:sockets knows addresses alone
}

bool component_net_has_news(void) {
  return streams_any_due() || datagrams_is_ready();
}

uint64_t component_net_add(struct wait_list *list) {
  const uint64_t now = host_monotonic_ns();
  uint64_t most = UINT64_MAX;
  struct stream *stream;
  const bool room = streams_have_room(STREAM_TCP);
  for (size_t i = 0; i < listener_count && room; i++)
    wait_add(list, listeners[i].waiting, &listeners[i].ready);
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_TCP) {
      connections_add(stream, list);
      const uint64_t left = stream->look_again > now ? stream->look_again - now : 0;
      if (stream->look_again && left < most)
        most = left;
    } else if (stream->kind == STREAM_NAME) {
      wait_add(list, stream->waiting, &stream->ready);
    }
  }
  datagrams_add(list, now, &most);
  return most;
}

bool component_net_is_ready(void) {
  struct stream *stream;
  for (size_t i = 0; i < listener_count; i++) {
    if (listeners[i].ready)
      return true;
  }
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->ready || stream->inlet.ready || stream->output_ready ||
        (stream->kind == STREAM_TCP && stream->look_again))
      return true;
  }
  return datagrams_is_ready();
}

void host_net_ready(void) {
  const uint64_t now = host_monotonic_ns();
  struct stream *stream;
  for (size_t i = 0; i < listener_count; i++) {
    if (listeners[i].ready) {
      while (connections_accept(listeners[i].socket, listeners[i].guest_port))
        ;
      listeners[i].ready = false;
    }
  }
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_TCP)
      connections_ready(stream);
    else if (stream->kind == STREAM_NAME && stream->ready)
      names_ready(stream, now);
  }
}

// What is to be told of a stream; false: nothing more.
static bool tell(struct stream *stream, struct net_event *event) {
  *event = (struct net_event){.stream = stream->number, .credit = CONNECTION_CREDIT};
  if (stream->announce) {
    stream->announce = false;
    event->type = NET_INCOMING;
    event->kind = NET_TCP;
    event->guest_port = stream->guest_port;
    event->address = stream->address;
  } else if (stream->opened) {
    stream->opened = false;
    event->type = NET_OPENED;
  } else if (stream->reason) {
    event->type = NET_RESET;
    event->reason = stream->reason;
    streams_release(stream);
    return true;
  } else if (stream->has_answer) {
    names_answer(stream, event);
    streams_release(stream);
    return true;
  } else if (stream->kind != STREAM_TCP || !connections_next(stream, event)) {
    return false;
  } else if (stream->input_ended && stream->output_ended) {
    streams_release(stream);
    return true;
  }
  streams_tell(stream);
  return true;
}

bool host_net_next(struct net_event *event) {
  for (struct stream *stream; (stream = streams_next_due());) {
    if (tell(stream, event))
      return true;
  }
  return datagrams_next(event, host_monotonic_ns());
}

void host_net_flush(void) {
  const uint64_t now = host_monotonic_ns();
  struct stream *stream;
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_TCP)
      connections_flush(stream, now);
  }
}

static bool is_leaving(void) {
  struct stream *stream;
  for (size_t at = streams_all(); (stream = streams_each(&at));) {
    if (stream->kind == STREAM_TCP && stream->output != NO_HANDLE && (stream->buffer_length || stream->ending))
      return true;
  }
  return false;
}

void host_net_finish(int exit_code) {
  (void)exit_code;
  const uint64_t until = host_monotonic_ns() + FAREWELL_NS;
  for (host_net_flush(); is_leaving() && host_monotonic_ns() < until; host_net_flush()) {
    bool time_is_up = false;
    struct stream *stream;
    farewell.count = 0;
    for (size_t at = streams_all(); (stream = streams_each(&at));) {
      if (stream->kind == STREAM_TCP && stream->blocked)
        wait_add(&farewell, stream->output_waiting, &stream->output_ready);
    }
    const handle timer = wasi_subscribe_duration(LOOK_NS);
    wait_add(&farewell, timer, &time_is_up);
    wait_for(&farewell);
    wasi_drop_pollable(timer);
    for (size_t at = streams_all(); (stream = streams_each(&at));) {
      if (stream->output_ready)
        stream->output_ready = stream->blocked = false;
    }
  }
}
