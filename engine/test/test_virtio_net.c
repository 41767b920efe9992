// The network device: what it offers, frames both ways, merged buffers, and guests that break the protocol.
#include "device/virtio_net.h"

#include "check.h"
#include "virtio_driver.h"

enum { RECEIVE, TRANSMIT, QUEUES, HEADER = 12, MERGED = 0x8000, BUFFER = 0x1000 };

static struct test_guest guest;
static struct virtio_net net;
static uint8_t taken[VIRTIO_NET_FRAME_MAX];
static size_t taken_size;
static unsigned frames, notices, resets;

static void transmitted(void *owner, const uint8_t *frame, size_t length) {
  (void)owner;
  memcpy(taken, frame, length);
  taken_size = length;
  frames++;
}

static void notified(void *owner) {
  (void)owner;
  notices++;
}

static void reset(void *owner) {
  (void)owner;
  resets++;
}

static void start(uint32_t features) {
  test_start(&guest, QUEUES);
  test_write(&guest, 0x024, 0);
  test_write(&guest, 0x020, features);
  frames = notices = 0;
}

static uint64_t buffer(unsigned number) {
  return TEST_RAM_BASE + TEST_DATA + (uint64_t)number * BUFFER;
}

static uint8_t *bytes_of(unsigned number) {
  return test_memory(&guest, TEST_DATA + number * BUFFER);
}

static void give_buffers(unsigned count, uint32_t length) {
  for (unsigned i = 0; i < count; i++) {
    test_describe(&guest, RECEIVE, i, buffer(i), length, TEST_WRITE, 0);
    test_offer(&guest, RECEIVE, (uint16_t)i);
  }
}

static bool receive(const uint8_t *bytes, size_t size, uint16_t segment_size) {
  // In three pieces, as rings of the terminator give them.
  const struct ethernet_frame frame = {.header = bytes,
                                       .header_size = 54,
                                       .payload = {bytes + 54, bytes + 60},
                                       .payload_size = {6, size - 60},
                                       .checksum_start = segment_size ? 34 : 0,
                                       .checksum_offset = segment_size ? 16 : 0,
                                       .segment_size = segment_size};
  return virtio_net_receive(&net, &frame);
}

static void says_what_it_is(void) {
  uint64_t low = 0, high = 0;
  CHECK(test_read(&guest, 0x008) == 1 && test_read(&guest, 0x034) == 256);
  test_write(&guest, 0x014, 0);
  // CSUM, GUEST_CSUM, MAC, TSO 4 and 6 both ways, MRG_RXBUF
  CHECK(test_read(&guest, 0x010) == 0x99a3);
  bus_read(&guest.bus, TEST_DEVICE_BASE + 0x100, 4, &low);
  bus_read(&guest.bus, TEST_DEVICE_BASE + 0x104, 2, &high);
  CHECK(low == 0x77326f02 && high == 0x0100);
}

static void takes_frames_in_pieces(void) {
  start(0);
  CHECK(resets && !virtio_net_offloads(&net));
  memset(bytes_of(0), 0xaa, BUFFER);
  test_describe(&guest, TRANSMIT, 0, buffer(0), HEADER + 10, TEST_NEXT, 1);
  test_describe(&guest, TRANSMIT, 1, buffer(0) + 100, 50, 0, 0);
  test_offer(&guest, TRANSMIT, 0);
  test_notify(&guest, TRANSMIT);
  CHECK(frames == 1 && notices == 1 && taken_size == 60 && taken[59] == 0xaa && test_used_count(&guest, TRANSMIT) == 1);
}

static void drops_what_is_no_frame(void) {
  start(0);
  test_describe(&guest, TRANSMIT, 0, buffer(0), HEADER + 13, 0, 0);
  test_offer(&guest, TRANSMIT, 0);
  test_describe(&guest, TRANSMIT, 1, buffer(0), 0x10000 + 100, 0, 0);
  test_offer(&guest, TRANSMIT, 1);
  test_notify(&guest, TRANSMIT);
  CHECK(frames == 0 && test_used_count(&guest, TRANSMIT) == 2 && !test_broken(&guest));
}

static void spreads_long_frames_over_buffers(void) {
  static uint8_t bytes[9000];
  for (unsigned i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 3);
  start(MERGED | 1 << 1 | 1 << 7 | 1 << 8);
  CHECK(virtio_net_offloads(&net));
  give_buffers(2, BUFFER);
  CHECK(!receive(bytes, sizeof bytes, 1460) && test_used_count(&guest, RECEIVE) == 0);
  test_describe(&guest, RECEIVE, 2, buffer(2), BUFFER, TEST_WRITE, 0);
  test_offer(&guest, RECEIVE, 2);
  CHECK(receive(bytes, sizeof bytes, 1460) && test_used_count(&guest, RECEIVE) == 3);
  CHECK(test_used_length(&guest, RECEIVE) == HEADER + 9000 - 2 * BUFFER);
  static const uint8_t WANTED[HEADER] = {1, 1, 54, 0, 0xb4, 5, 34, 0, 16, 0, 3, 0};
  CHECK(memcmp(bytes_of(0), WANTED, HEADER) == 0 && memcmp(bytes_of(0) + HEADER, bytes, BUFFER - HEADER) == 0);
  CHECK(memcmp(bytes_of(2), bytes + 2 * BUFFER - HEADER, 9000 + HEADER - 2 * BUFFER) == 0 && guest.interrupted);
  CHECK(!receive(bytes, 100, 0));
}

static void short_frames_need_no_segments(void) {
  static const uint8_t BYTES[200];
  start(MERGED | 1 << 1 | 1 << 7 | 1 << 8);
  give_buffers(1, BUFFER);
  CHECK(receive(BYTES, sizeof BYTES, 1460));
  static const uint8_t WANTED[HEADER] = {1, 0, 0, 0, 0, 0, 34, 0, 16, 0, 1, 0};
  CHECK(memcmp(bytes_of(0), WANTED, HEADER) == 0 && test_used_length(&guest, RECEIVE) == HEADER + 200);
}

static void loses_what_one_buffer_cannot_hold(void) {
  static const uint8_t BYTES[300];
  start(0);
  give_buffers(2, 100);
  CHECK(receive(BYTES, sizeof BYTES, 0) && test_used_count(&guest, RECEIVE) == 0);
  CHECK(receive(BYTES, 88, 0) && test_used_count(&guest, RECEIVE) == 1);
}

static void breaks_where_the_header_has_no_room(void) {
  static const uint8_t BYTES[100];
  start(MERGED);
  give_buffers(1, 5);
  test_describe(&guest, RECEIVE, 1, buffer(1), BUFFER, TEST_WRITE, 0);
  test_offer(&guest, RECEIVE, 1);
  CHECK(receive(BYTES, sizeof BYTES, 0) && test_broken(&guest));
  // Buffers that only can be read, or lie nowhere.
  start(MERGED);
  test_describe(&guest, RECEIVE, 0, buffer(0), 100, 0, 0);
  test_offer(&guest, RECEIVE, 0);
  CHECK(!receive(BYTES, sizeof BYTES, 0) && !test_broken(&guest));
  start(MERGED);
  test_describe(&guest, RECEIVE, 0, 5, 100, TEST_WRITE, 0);
  test_offer(&guest, RECEIVE, 0);
  CHECK(!receive(BYTES, sizeof BYTES, 0) && test_broken(&guest));
}

int main(void) {
  net.transmitted = transmitted;
  net.notified = notified;
  net.reset = reset;
  virtio_net_init(&net);
  CHECK(test_attach(&guest, &net.device));
  says_what_it_is();
  takes_frames_in_pieces();
  drops_what_is_no_frame();
  spreads_long_frames_over_buffers();
  short_frames_need_no_segments();
  loses_what_one_buffer_cannot_hold();
  breaks_where_the_header_has_no_room();
  return check_result("test_virtio_net");
}
