// libFuzzer target: a hostile guest's frames and a hostile peer's messages, against the network and netp as they are.
// ASan sees any step outside; every frame to the guest is read and measured.
//
// Input: records of a command, an argument, a length in two bytes, and as many bytes.
#include "host/host.h"
#include "net/ip.h"
#include "net/net.h"
#include "net/wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  RECORD = 4,
  AT_PROTOCOL = LINK_HEADER + IP_HEADER,
  AT_PROTOCOL6 = LINK_HEADER + IP6_HEADER,
  TCP_HEADER = 20,
  FRAME_MAX = AT_PROTOCOL6 + IP_LENGTH_MAX
};
enum command {
  COMMAND_FRAME,   // of the guest, as it is
  COMMAND_PACKET,  // of IP; the argument is the protocol, and in its high bits the destination
  COMMAND_PACKET6, // the same for IPv6
  COMMAND_SEGMENT, // of TCP, of the connection that the last segment to the guest belongs to
  COMMAND_PEER,    // bytes of the peer
  COMMAND_TIME,
  COMMAND_ROOM, // for so many frames, the guest has no more
  COMMAND_RESET,
  COMMANDS
};

static struct net *net;
static int peer = -1;
static uint64_t now;
static unsigned room, sum;
static uint8_t out[FRAME_MAX], segment[TCP_HEADER];
static struct ip_address segment_from;
static uint32_t segment_length;

static bool take_frame(void *owner, const struct ethernet_frame *frame) {
  (void)owner;
  size_t size = frame->header_size;
  if (!room)
    return false;
  room--;
  for (size_t i = 0; i < frame->header_size; i++)
    sum += frame->header[i];
  for (unsigned part = 0; part < 2; part++) {
    for (size_t i = 0; i < frame->payload_size[part]; i++)
      sum += frame->payload[part][i];
    size += frame->payload_size[part];
  }
  if (size < LINK_HEADER || size > FRAME_MAX)
    __builtin_trap();
  const uint8_t *ip = frame->header + LINK_HEADER;
  if (frame->header_size >= AT_PROTOCOL6 + TCP_HEADER && ip[0] == 0x60 && ip[6] == IP_TCP) {
    memcpy(segment, ip + IP6_HEADER, sizeof segment);
    segment_from = (struct ip_address){wire_get64(ip + 8), wire_get64(ip + 16)};
    segment_length = (uint32_t)(size - frame->header_size) + (segment[13] & 1U) + (segment[13] >> 1 & 1U);
  } else if (frame->header_size >= AT_PROTOCOL + TCP_HEADER && ip[0] == 0x45 && ip[9] == IP_TCP) {
    memcpy(segment, frame->header + AT_PROTOCOL, sizeof segment);
    segment_from = IP_V4(wire_get32(frame->header + LINK_HEADER + 12));
    segment_length = (uint32_t)(size - frame->header_size) + (segment[13] & 1U) + (segment[13] >> 1 & 1U);
  }
  return true;
}

static bool offloads(void *owner) {
  (void)owner;
  return (sum & 7) != 0;
}

static void prepare(void) {
  if (!net) {
    const struct link link = {.send = take_frame, .offloads = offloads};
    net = net_create(&link);
    dup2(open("/dev/null", O_WRONLY), HOST_STDOUT);
  }
  static const uint8_t GREETING[24] = {0, 0, 0, 0, 16, 0, 0, 0, 'O', '2', 'W', 'N', 1, 0, 0, 0, 0, 0, 1, 0, 1};
  static const struct net_setup SETUP = {.descriptor = NET_STANDARD};
  int pair[2];
  uint32_t credit;
  char error[512];
  net_reset(net);
  if (peer >= 0)
    close(peer);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || dup2(pair[1], HOST_STDIN) < 0 || close(pair[1]) < 0)
    __builtin_trap();
  peer = pair[0];
  if (write(peer, GREETING, sizeof GREETING) != sizeof GREETING ||
      !host_net_start(&SETUP, &credit, error, sizeof error))
    __builtin_trap();
  now = 1000000000;
  room = UINT32_MAX;
  sum = 1;
  memset(segment, 0, sizeof segment);
}

// What is in it lies behind the header's place.
static void emit_packet(uint8_t protocol, struct ip_address to, size_t length) {
  memset(out, 2, LINK_HEADER);
  wire_put16(out + 12, ip_is_v4(to) ? LINK_TYPE_IPV4 : LINK_TYPE_IPV6);
  const size_t header = ip_write(out + LINK_HEADER, protocol, ip_guest(to), to, length);
  if (!ip_is_v4(to))
    out[LINK_HEADER + 7] = UINT8_MAX; // hops, as neighbours send them
  net_read(net, out, LINK_HEADER + header + length, now);
}

// Bytes: flags, differences from the expected sequence and acknowledgment, window, data.
static void emit_segment(const uint8_t *bytes, size_t length) {
  enum { OWN = 4 };
  if (length < OWN)
    return;
  uint8_t *tcp = out + LINK_HEADER + ip_header_size(segment_from);
  memset(tcp, 0, TCP_HEADER);
  memcpy(tcp, segment + 2, 2);
  memcpy(tcp + 2, segment, 2);
  wire_put32(tcp + 4, wire_get32(segment + 8) + (uint32_t)(int8_t)bytes[1]);
  wire_put32(tcp + 8, wire_get32(segment + 4) + segment_length + (uint32_t)(int8_t)bytes[2]);
  tcp[12] = TCP_HEADER / 4 << 4;
  tcp[13] = bytes[0];
  tcp[14] = bytes[3];
  memcpy(tcp + TCP_HEADER, bytes + OWN, length - OWN);
  emit_packet(IP_TCP, segment_from, TCP_HEADER + length - OWN);
}

static void hear_peer(const uint8_t *bytes, size_t length) {
  struct net_event event;
  if (length && write(peer, bytes, length) != (ssize_t)length)
    __builtin_trap();
  while (host_wait(0, 1U << HOST_INPUT_NET)) {
    host_net_ready();
    while (host_net_next(&event)) {
      if (event.type == NET_GONE)
        return;
      net_event(net, &event, now);
    }
  }
}

static void obey(uint8_t command, uint8_t argument, const uint8_t *bytes, size_t length) {
  static const uint32_t DESTINATIONS[] = {IP_GATEWAY, IP_NAMES, 0x01020304, UINT32_MAX};
  static const struct ip_address DESTINATIONS6[] = {
      IP_V6(IP6_GATEWAY), IP_V6(IP6_NAMES), {UINT64_C(0x20010db8) << 32, 9}, {UINT64_C(0xff02) << 48, 1}};
  switch (command % COMMANDS) {
  case COMMAND_FRAME:
    memcpy(out, bytes, length);
    net_read(net, out, length, now);
    break;
  case COMMAND_PACKET:
    memcpy(out + AT_PROTOCOL, bytes, length);
    emit_packet(argument & 63, IP_V4(DESTINATIONS[argument >> 6]), length);
    break;
  case COMMAND_PACKET6:
    memcpy(out + AT_PROTOCOL6, bytes, length);
    emit_packet(argument & 63, DESTINATIONS6[argument >> 6], length);
    break;
  case COMMAND_SEGMENT: emit_segment(bytes, length); break;
  case COMMAND_PEER: hear_peer(bytes, length); break;
  case COMMAND_TIME: now += argument * UINT64_C(50000000); break;
  case COMMAND_ROOM: room = argument == UINT8_MAX ? UINT32_MAX : argument; break;
  default: net_reset(net); break;
  }
  net_flush(net, now);
  host_net_flush();
  (void)net_complaint(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  prepare();
  while (size >= RECORD) {
    size_t length = data[2] | (size_t)data[3] << 8;
    length = length < size - RECORD ? length : size - RECORD;
    obey(data[0], data[1], data + RECORD, length);
    data += RECORD + length;
    size -= RECORD + length;
  }
  return 0;
}
