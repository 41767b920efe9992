// The 9P device's part that is virtio's: tag, chains of several pieces, and chains that are no message.
#include "device/virtio_9p.h"
#include "host/native/files.h"

#include "check.h"
#include "virtio_driver.h"

#include <stdlib.h>
#include <unistd.h>

enum { REQUEST = TEST_DATA, DATA = TEST_DATA + 0x2000, REPLY = TEST_DATA + 0x8000, QUEUE = 0 };

static struct test_guest guest;
static struct virtio_9p p9;
static struct p9_writer message;

static void begin(uint8_t type) {
  message = (struct p9_writer){.bytes = test_memory(&guest, REQUEST), .capacity = 4096};
  p9_put_u32(&message, 0);
  p9_put_u8(&message, type);
  p9_put_u16(&message, 1);
}

// The message, `data` bytes more from DATA on in two pieces, and a reply of two pieces; returns the reply's type.
static uint8_t exchange(uint32_t data, uint32_t reply_head, uint32_t reply_rest) {
  const uint32_t size = (uint32_t)message.length + data;
  const uint32_t half = data / 2;
  memcpy(message.bytes, &size, sizeof size);
  memset(test_memory(&guest, REPLY), 0, 0x4000);
  uint16_t at = 0;
  test_describe(&guest, QUEUE, at, TEST_RAM_BASE + REQUEST, (uint32_t)message.length, TEST_NEXT, at + 1U);
  at++;
  if (data) {
    test_describe(&guest, QUEUE, at, TEST_RAM_BASE + DATA, half, TEST_NEXT, at + 1U);
    at++;
    // The second half is elsewhere.
    test_describe(&guest, QUEUE, at, TEST_RAM_BASE + DATA + 0x1000, data - half, TEST_NEXT, at + 1U);
    at++;
  }
  test_describe(&guest, QUEUE, at, TEST_RAM_BASE + REPLY, reply_head, TEST_NEXT | TEST_WRITE, at + 1U);
  at++;
  test_describe(&guest, QUEUE, at, TEST_RAM_BASE + REPLY + 0x1000, reply_rest, TEST_WRITE, 0);
  test_offer(&guest, QUEUE, 0);
  test_notify(&guest, QUEUE);
  return test_memory(&guest, REPLY)[4];
}

static void send_attach(void) {
  begin(P9_TVERSION);
  p9_put_u32(&message, 8192);
  p9_put_text(&message, "9P2000.L", 8);
  CHECK(exchange(0, 1024, 1024) == P9_TVERSION + 1);
  begin(P9_TATTACH);
  p9_put_u32(&message, 0);
  p9_put_u32(&message, UINT32_MAX);
  p9_put_text(&message, "", 0);
  p9_put_text(&message, "", 0);
  p9_put_u32(&message, 0);
  CHECK(exchange(0, 1024, 1024) == P9_TATTACH + 1);
}

static void should_tell_its_tag(void) {
  uint64_t value;
  CHECK(test_read(&guest, 0x008) == 9);
  CHECK(test_read(&guest, 0x010) & 1);
  CHECK(bus_read(&guest.bus, TEST_DEVICE_BASE + 0x100, 2, &value) && value == 6);
  CHECK(bus_read(&guest.bus, TEST_DEVICE_BASE + 0x102, 1, &value) && value == 's');
  CHECK(bus_read(&guest.bus, TEST_DEVICE_BASE + 0x107, 1, &value) && value == '3');
}

static void should_write_and_read_through_pieces(void) {
  test_start(&guest, 1);
  send_attach();
  begin(P9_TLCREATE);
  p9_put_u32(&message, 0);
  p9_put_text(&message, "file", 4);
  p9_put_u32(&message, 2);
  p9_put_u32(&message, 0644);
  p9_put_u32(&message, 0);
  CHECK(exchange(0, 1024, 1024) == P9_TLCREATE + 1);
  memcpy(test_memory(&guest, DATA), "0123", 4);
  memcpy(test_memory(&guest, DATA + 0x1000), "45678", 5);
  begin(P9_TWRITE);
  p9_put_u32(&message, 0);
  p9_put_u64(&message, 0);
  p9_put_u32(&message, 9);
  CHECK(exchange(9, 1024, 1024) == P9_TWRITE + 1);
  CHECK(test_memory(&guest, REPLY)[7] == 9);
  CHECK(test_used_length(&guest, QUEUE) == 11);
  begin(P9_TREAD);
  p9_put_u32(&message, 0);
  p9_put_u64(&message, 0);
  p9_put_u32(&message, 1000);
  CHECK(exchange(0, 13, 1000) == P9_TREAD + 1);
  CHECK(memcmp(test_memory(&guest, REPLY + 11), "01", 2) == 0);
  CHECK(memcmp(test_memory(&guest, REPLY + 0x1000), "2345678", 7) == 0);
  CHECK(test_memory(&guest, REPLY)[13] == 0); // behind the first piece
  CHECK(test_used_length(&guest, QUEUE) == 20);
}

static void should_break_on_what_is_no_message(void) {
  test_start(&guest, 1);
  begin(P9_TCLUNK);
  message.length = 6;
  exchange(0, 1024, 1024);
  CHECK(test_broken(&guest));
  test_start(&guest, 1);
  begin(P9_TCLUNK);
  exchange(0, 4, 4); // no room for an error
  CHECK(test_broken(&guest));
  CHECK(test_used_count(&guest, QUEUE) == 0);
}

static void should_forget_everything_when_reset(void) {
  test_start(&guest, 1);
  begin(P9_TCLUNK);
  p9_put_u32(&message, 0);
  CHECK(exchange(0, 1024, 1024) == P9_RLERROR); // no version yet
  send_attach();
  begin(P9_TCLUNK);
  p9_put_u32(&message, 0);
  CHECK(exchange(0, 1024, 1024) == P9_TCLUNK + 1);
}

int main(void) {
  char directory[] = "/tmp/oci2wasm-9p-XXXXXX", file[64];
  CHECK(mkdtemp(directory) && host_native_share("/data", directory));
  CHECK(!virtio_9p_init(&p9, 0, "a tag that is longer than thirty-two bytes"));
  CHECK(virtio_9p_init(&p9, 0, "share3"));
  CHECK(test_attach(&guest, &p9.device));
  should_tell_its_tag();
  should_write_and_read_through_pieces();
  should_break_on_what_is_no_message();
  should_forget_everything_when_reset();
  snprintf(file, sizeof file, "%s/file", directory);
  CHECK(unlink(file) == 0 && rmdir(directory) == 0);
  return check_result("virtio 9p");
}
