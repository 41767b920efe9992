// The network over one stream of bytes: docs/FORMATS.md, "netp, version 1".
#include "host/host.h"
#include "host/net.h"

#include <stdio.h>
#include <string.h>

enum {
  HEADER_SIZE = 8,
  PAYLOAD_MAX = UINT16_MAX,
  BUFFER_SIZE = 1 << 18,
  CREDIT_SIZE = 4,
  HELLO_SIZE = 16,
  NAME_MAX = 256
};
enum { STREAM_CONNECTION = 0, STREAM_FIRST = 5, VERSION = 1, ADDRESS_MAX = 16 };
#define STREAM_OURS UINT32_C(0x80000000)
#define FEATURE_RECORDS UINT32_C(1)
#define CREDIT_MAX UINT32_C(0x7fffffff)
#define HELLO_TIMEOUT_NS UINT64_C(10000000000)

enum message {
  MESSAGE_HELLO,
  MESSAGE_INCOMING,
  MESSAGE_OPEN,
  MESSAGE_OPENED,
  MESSAGE_DATA,
  MESSAGE_CREDIT,
  MESSAGE_END,
  MESSAGE_RESET,
  MESSAGE_RESOLVE,
  MESSAGE_ADDRESSES,
  MESSAGE_EXIT,
  MESSAGE_ASK,
  MESSAGE_RECORDS
};

struct buffer {
  uint8_t *bytes;
  size_t start, end;
};

static struct {
  int output;
  struct buffer in, out;
  uint32_t credit;      // the peer's, a stream
  uint32_t last_stream; // of ours
  bool greeted, may_read, has_records;
  const char *gone; // why
} net;

static const char PEER_GONE[] = "the network's peer is gone";
static const char PEER_BROKE[] = "the network's peer broke the rules of netp";

static uint32_t get(const uint8_t *bytes, unsigned size) {
  uint32_t value = 0;
  memcpy(&value, bytes, size);
  return value;
}

void host_net_flush(void) {
  const size_t length = net.out.end;
  net.out.end = 0;
  if (length && !net.gone && !host_write(net.output, net.out.bytes, length))
    net.gone = PEER_GONE;
}

static void put(const void *bytes, size_t length) {
  if (length)
    memcpy(net.out.bytes + net.out.end, bytes, length);
  net.out.end += length;
}

static void say(uint32_t stream, enum message type, uint8_t code, const void *payload, size_t length) {
  if (net.out.end + HEADER_SIZE + length > BUFFER_SIZE)
    host_net_flush();
  const uint16_t size = (uint16_t)length;
  const uint8_t type_and_code[] = {(uint8_t)type, code};
  put(&stream, sizeof stream);
  put(&size, sizeof size);
  put(type_and_code, sizeof type_and_code);
  put(payload, length);
}

static uint32_t next_stream(void) {
  net.last_stream = (net.last_stream + 1) | STREAM_OURS;
  return net.last_stream;
}

uint32_t host_net_open(enum net_kind kind, const struct net_address *to) {
  const uint32_t stream = next_stream();
  const size_t size = to->family == NET_IPV4 ? 4 : ADDRESS_MAX;
  uint8_t payload[4 + ADDRESS_MAX] = {(uint8_t)kind, (uint8_t)to->family};
  memcpy(payload + 2, &to->port, sizeof to->port);
  memcpy(payload + 4, to->bytes, size);
  say(stream, MESSAGE_OPEN, 0, payload, 4 + size);
  return stream;
}

void host_net_accept(uint32_t stream) {
  say(stream, MESSAGE_OPENED, 0, NULL, 0);
}

void host_net_send(uint32_t stream, const uint8_t *bytes, size_t length) {
  do {
    const size_t part = length < PAYLOAD_MAX ? length : PAYLOAD_MAX;
    say(stream, MESSAGE_DATA, 0, bytes, part);
    bytes += part;
    length -= part;
  } while (length);
}

void host_net_taken(uint32_t stream, uint32_t count) {
  say(stream, MESSAGE_CREDIT, 0, &count, sizeof count);
}

void host_net_end(uint32_t stream) {
  say(stream, MESSAGE_END, 0, NULL, 0);
}

void host_net_reset(uint32_t stream, enum net_reason reason) {
  say(stream, MESSAGE_RESET, (uint8_t)reason, NULL, 0);
}

uint32_t host_net_resolve(const char *name, size_t length, enum net_family family) {
  const uint32_t stream = next_stream();
  say(stream, MESSAGE_RESOLVE, (uint8_t)family, name, length);
  return stream;
}

uint32_t host_net_ask(const char *name, size_t length, uint16_t type) {
  uint8_t payload[NAME_MAX];
  if (!net.has_records || length > sizeof payload - sizeof type)
    return 0;
  memcpy(payload, &type, sizeof type);
  memcpy(payload + sizeof type, name, length);
  const uint32_t stream = next_stream();
  say(stream, MESSAGE_ASK, 0, payload, sizeof type + length);
  return stream;
}

void host_net_finish(int exit_code) {
  const uint32_t code = (uint32_t)exit_code;
  say(STREAM_CONNECTION, MESSAGE_EXIT, 0, &code, sizeof code);
  host_net_flush();
}

static bool fill(void) {
  struct buffer *in = &net.in;
  if (in->start) {
    memmove(in->bytes, in->bytes + in->start, in->end - in->start);
    in->end -= in->start;
    in->start = 0;
  }
  const size_t got = host_read(HOST_INPUT_NET, in->bytes + in->end, BUFFER_SIZE - in->end);
  in->end += got;
  return got != 0;
}

static bool hello(const uint8_t *payload, size_t length) {
  if (net.greeted || length != HELLO_SIZE || memcmp(payload, "O2WN", 4) != 0 || get(payload + 4, 2) != VERSION)
    return false;
  net.credit = get(payload + 8, 4);
  net.has_records = (get(payload + 12, 4) & FEATURE_RECORDS) != 0;
  net.greeted = true;
  return net.credit && net.credit <= CREDIT_MAX;
}

static bool incoming(struct net_event *event, const uint8_t *payload, size_t length) {
  if (length < 4)
    return false;
  const size_t size = payload[1] == NET_IPV4 ? 4 : ADDRESS_MAX;
  event->type = NET_INCOMING;
  event->kind = (enum net_kind)payload[0];
  event->guest_port = (uint16_t)get(payload + 2, 2);
  event->address.family = (enum net_family)payload[1];
  event->credit = net.credit;
  if ((payload[0] != NET_TCP && payload[0] != NET_UDP) || (payload[1] != NET_IPV4 && payload[1] != NET_IPV6) ||
      length != 4 + size + 2 || event->stream < STREAM_FIRST || event->stream & STREAM_OURS)
    return false;
  memcpy(event->address.bytes, payload + 4, size);
  event->address.port = (uint16_t)get(payload + 4 + size, 2);
  return true;
}

enum verdict { NOTHING, TELL, SKIP, BROKEN };

// What a message means. Those that only an engine sends are not for us.
static enum verdict understand(struct net_event *event, uint8_t type, uint8_t code, const uint8_t *payload,
                               size_t length) {
  const bool bare = code == 0 && length == 0;
  event->bytes = payload;
  event->length = length;
  switch (type) {
  case MESSAGE_HELLO: return event->stream == STREAM_CONNECTION && code == 0 && hello(payload, length) ? SKIP : BROKEN;
  case MESSAGE_INCOMING: return code == 0 && incoming(event, payload, length) ? TELL : BROKEN;
  case MESSAGE_OPENED:
    event->type = NET_OPENED;
    event->credit = net.credit;
    return bare ? TELL : BROKEN;
  case MESSAGE_DATA: event->type = NET_DATA; return code == 0 ? TELL : BROKEN;
  case MESSAGE_CREDIT:
    if (code || length != CREDIT_SIZE || get(payload, CREDIT_SIZE) > CREDIT_MAX)
      return BROKEN;
    event->type = NET_MORE;
    event->credit = get(payload, CREDIT_SIZE);
    return TELL;
  case MESSAGE_END: event->type = NET_END; return bare ? TELL : BROKEN;
  case MESSAGE_RESET:
    event->type = NET_RESET;
    event->reason = (enum net_reason)code;
    return length == 0 && code >= NET_REFUSED && code <= NET_BROKEN ? TELL : BROKEN;
  case MESSAGE_ADDRESSES:
    event->type = NET_ADDRESSES;
    event->rcode = code;
    return TELL;
  case MESSAGE_RECORDS:
    if (length < sizeof event->count || length > sizeof event->count + NET_RECORDS_MAX)
      return BROKEN;
    event->type = NET_RECORDS;
    event->rcode = code;
    event->count = (uint16_t)get(payload, sizeof event->count);
    event->bytes = payload + sizeof event->count;
    event->length = length - sizeof event->count;
    return TELL;
  case MESSAGE_OPEN:
  case MESSAGE_RESOLVE:
  case MESSAGE_ASK:
  case MESSAGE_EXIT: return BROKEN;
  default: return code ? BROKEN : SKIP;
  }
}

// The next whole message of what has been read.
static enum verdict next_message(struct net_event *event) {
  struct buffer *in = &net.in;
  if (in->end - in->start < HEADER_SIZE)
    return NOTHING;
  const uint8_t *header = in->bytes + in->start;
  const size_t length = get(header + 4, 2);
  if (in->end - in->start < HEADER_SIZE + length)
    return NOTHING;
  in->start += HEADER_SIZE + length;
  *event = (struct net_event){.stream = get(header, 4)};
  const bool too_early = !net.greeted && header[6] != MESSAGE_HELLO;
  return too_early ? BROKEN : understand(event, header[6], header[7], header + HEADER_SIZE, length);
}

void host_net_ready(void) {
  net.may_read = true;
}

bool host_net_next(struct net_event *event) {
  while (!net.gone) {
    switch (next_message(event)) {
    case TELL: return true;
    case SKIP: break;
    case BROKEN: net.gone = PEER_BROKE; break;
    case NOTHING:
      if (!net.may_read)
        return false;
      net.may_read = false;
      if (!fill())
        net.gone = PEER_GONE;
      break;
    }
  }
  *event = (struct net_event){.type = NET_GONE, .text = net.gone};
  return true;
}

static bool wait_for_hello(void) {
  const uint64_t until = host_monotonic_ns() + HELLO_TIMEOUT_NS;
  enum verdict verdict = NOTHING;
  struct net_event none;
  for (uint64_t now; verdict == NOTHING && (now = host_monotonic_ns()) < until;) {
    if (host_wait(until - now, 1U << HOST_INPUT_NET) && !fill())
      return false;
    verdict = next_message(&none);
  }
  return verdict == SKIP;
}

static bool empty(struct buffer *buffer) {
  if (!buffer->bytes)
    buffer->bytes = host_allocate(BUFFER_SIZE);
  buffer->start = buffer->end = 0;
  return buffer->bytes != NULL;
}

bool host_net_start(const struct net_setup *setup, uint32_t *credit, char *error, size_t error_size) {
  const bool standard = setup->descriptor == NET_STANDARD;
  net.greeted = net.may_read = net.has_records = false;
  net.gone = NULL;
  net.last_stream = 0;
  host_set_net(standard ? HOST_STDIN : setup->descriptor);
  net.output = standard ? HOST_STDOUT : setup->descriptor;
  if (!empty(&net.in) || !empty(&net.out)) {
    snprintf(error, error_size, "the host has not enough memory for the network");
    return false;
  }
  const uint32_t greeting[] = {0x4e57324f /* O2WN */, VERSION, NET_CREDIT, 0};
  _Static_assert(sizeof greeting == HELLO_SIZE, "as in FORMATS");
  say(STREAM_CONNECTION, MESSAGE_HELLO, 0, greeting, sizeof greeting);
  host_net_flush();
  const bool met = wait_for_hello();
  *credit = net.credit;
  if (met)
    return true;
  snprintf(error, error_size,
           "option --net: nobody speaks netp there: start this module with oci2wasm run --runtime \"RUNTIME\" -p PORT");
  return false;
}
