// The block device and, through it, the transport and the rings: what a well-behaved guest gets, and what a hostile one
// does not.
#include "device/virtio_block.h"

#include "check.h"
#include "virtio_driver.h"

enum { DISK_SIZE = 4096, STATUS = TEST_DATA + 0x8000, DATA = TEST_DATA + 0x1000 };
enum { OK = 0, IO_ERROR = 1, UNSUPPORTED = 2 };

static struct test_guest guest;
static struct virtio_block block;
static uint64_t read_offset, read_end;

static bool readable = true;

static uint8_t disk[DISK_SIZE]; // of the device that is written
static unsigned flushes;
static bool writable = true;

static bool write_disk(void *owner, uint64_t offset, const uint8_t *bytes, size_t length) {
  CHECK(owner == &block && offset <= DISK_SIZE && length <= DISK_SIZE - offset);
  memcpy(disk + offset, bytes, length);
  return writable;
}

static bool flush_disk(void *owner) {
  flushes++;
  return owner == &block && writable;
}

static bool read_disk(void *owner, uint64_t offset, uint8_t *bytes, size_t length) {
  read_offset = offset;
  read_end = offset + length;
  for (size_t i = 0; i < length; i++)
    bytes[i] = (uint8_t)((offset + i) / 512 + 1);
  return owner == &block && readable;
}

static void put_header(uint32_t type, uint64_t sector) {
  memcpy(test_memory(&guest, TEST_DATA), &type, sizeof type);
  memcpy(test_memory(&guest, TEST_DATA + 8), &sector, sizeof sector);
}

// Header, one data buffer, status; returns the status byte.
static uint8_t request(uint32_t type, uint64_t sector, uint32_t length) {
  put_header(type, sector);
  *test_memory(&guest, STATUS) = 0xee;
  memset(test_memory(&guest, DATA), 0, 0x2000);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 16, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + DATA, length, TEST_NEXT | TEST_WRITE, 2);
  test_describe(&guest, 0, 2, TEST_RAM_BASE + STATUS, 1, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  return *test_memory(&guest, STATUS);
}

static void should_identify_itself(void) {
  uint64_t byte;
  CHECK(test_read(&guest, 0x000) == 0x74726976);
  CHECK(test_read(&guest, 0x004) == 2);
  CHECK(test_read(&guest, 0x008) == 2);
  CHECK(test_read(&guest, 0x010) & 1U << 5); // read-only
  test_write(&guest, 0x014, 1);
  CHECK(test_read(&guest, 0x010) == 1); // VIRTIO_F_VERSION_1
  CHECK(test_read(&guest, 0x100) == DISK_SIZE / 512);
  CHECK(bus_read(&guest.bus, TEST_DEVICE_BASE + 0x10c, 1, &byte) && byte == 254);
  CHECK(test_read(&guest, 0x110) == 0); // behind the configuration
}

static void should_refuse_a_queue_of_a_bad_size(void) {
  test_start(&guest, 1);
  const uint32_t bad[] = {0, 3, 512};
  for (unsigned i = 0; i < 3; i++) {
    test_write(&guest, 0x038, bad[i]);
    test_write(&guest, 0x044, 1);
    CHECK(test_read(&guest, 0x044) == 0);
  }
  test_write(&guest, 0x030, 5); // no such queue
  CHECK(test_read(&guest, 0x034) == 0);
}

static void should_read_sectors(void) {
  test_start(&guest, 1);
  CHECK(request(0, 2, 1024) == OK);
  CHECK(*test_memory(&guest, DATA) == 3 && *test_memory(&guest, DATA + 1023) == 4);
  CHECK(*test_memory(&guest, DATA + 1024) == 0);
  CHECK(test_used_length(&guest, 0) == 1025);
  CHECK(guest.interrupted);
  CHECK(test_read(&guest, 0x060) == 1);
  test_write(&guest, 0x064, 1);
  CHECK(!guest.interrupted);
}

static void should_read_into_many_segments(void) {
  test_start(&guest, 1);
  put_header(0, 0);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 16, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + DATA, 100, TEST_NEXT | TEST_WRITE, 2);
  test_describe(&guest, 0, 2, TEST_RAM_BASE + DATA + 0x800, 412, TEST_NEXT | TEST_WRITE, 3);
  test_describe(&guest, 0, 3, TEST_RAM_BASE + DATA + 0x400, 513, TEST_WRITE, 0); // the last byte is the status
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  CHECK(*test_memory(&guest, DATA + 99) == 1 && *test_memory(&guest, DATA + 0x800 + 411) == 1);
  CHECK(*test_memory(&guest, DATA + 0x400) == 2 && *test_memory(&guest, DATA + 0x400 + 512) == OK);
}

static void should_refuse_what_is_not_on_the_disk(void) {
  test_start(&guest, 1);
  CHECK(request(0, DISK_SIZE / 512 - 1, 512) == OK);
  read_end = 0;
  CHECK(request(0, DISK_SIZE / 512 - 1, 1024) == IO_ERROR);
  CHECK(request(0, DISK_SIZE / 512, 512) == IO_ERROR);
  CHECK(request(0, UINT64_MAX / 512, 512) == IO_ERROR);
  CHECK(request(0, UINT64_MAX, 512) == IO_ERROR);
  CHECK(request(0, 0, 511) == IO_ERROR);
  CHECK(read_end == 0);
  CHECK(!test_broken(&guest));
}

static void should_tell_what_cannot_be_read(void) {
  test_start(&guest, 1);
  readable = false;
  CHECK(request(0, 2, 1024) == IO_ERROR);
  CHECK(test_used_length(&guest, 0) == 1);
  readable = true;
  CHECK(request(0, 2, 1024) == OK);
}

static void should_refuse_to_write(void) {
  test_start(&guest, 1);
  CHECK(request(1, 0, 512) == UNSUPPORTED);
  CHECK(request(4, 0, 512) == OK); // flush
  CHECK(request(8, 0, 20) == OK);
  CHECK(memcmp(test_memory(&guest, DATA), "oci2wasm", 9) == 0);
}

// Header, and the data behind it in the same buffer and in two more; returns the status byte.
static uint8_t write_request(uint64_t sector, uint32_t first, uint32_t second, uint32_t third) {
  put_header(1, sector);
  *test_memory(&guest, STATUS) = 0xee;
  memset(test_memory(&guest, TEST_DATA + 16), 'a', first);
  memset(test_memory(&guest, DATA), 'b', second);
  memset(test_memory(&guest, DATA + 0x1000), 'c', third);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 16 + first, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + DATA, second, TEST_NEXT, 2);
  test_describe(&guest, 0, 2, TEST_RAM_BASE + DATA + 0x1000, third, TEST_NEXT, 3);
  test_describe(&guest, 0, 3, TEST_RAM_BASE + STATUS, 1, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  return *test_memory(&guest, STATUS);
}

static bool is_all(const uint8_t *bytes, size_t length, uint8_t value) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != value)
      return false;
  }
  return true;
}

static void should_write_sectors(void) {
  test_start(&guest, 1);
  memset(disk, 0, sizeof disk);
  CHECK(write_request(2, 100, 812, 112) == OK);
  CHECK(test_used_length(&guest, 0) == 1);
  CHECK(is_all(disk, 1024, 0) && is_all(disk + 1024, 100, 'a') && is_all(disk + 1124, 812, 'b') &&
        is_all(disk + 1936, 112, 'c') && is_all(disk + 2048, DISK_SIZE - 2048, 0));
}

static void should_write_behind_a_header_in_pieces(void) {
  test_start(&guest, 1);
  put_header(1, 1);
  memset(test_memory(&guest, DATA), 'd', 512);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 7, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + TEST_DATA + 7, 9, TEST_NEXT, 2);
  test_describe(&guest, 0, 2, TEST_RAM_BASE + DATA, 512, TEST_NEXT, 3);
  test_describe(&guest, 0, 3, TEST_RAM_BASE + STATUS, 1, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  CHECK(*test_memory(&guest, STATUS) == OK && is_all(disk + 512, 512, 'd'));
}

static void should_not_write_beside_the_disk(void) {
  test_start(&guest, 1);
  memset(disk, 0, sizeof disk);
  CHECK(write_request(DISK_SIZE / 512 - 1, 0, 512, 512) == IO_ERROR);
  CHECK(write_request(DISK_SIZE / 512, 0, 512, 0) == IO_ERROR);
  CHECK(write_request(UINT64_MAX, 0, 512, 0) == IO_ERROR);
  CHECK(write_request(UINT64_MAX / 512, 0, 512, 0) == IO_ERROR);
  CHECK(write_request(0, 0, 511, 0) == IO_ERROR);
  CHECK(is_all(disk, sizeof disk, 0) && !test_broken(&guest));
}

static void should_tell_what_cannot_be_written(void) {
  test_start(&guest, 1);
  writable = false;
  CHECK(write_request(0, 0, 512, 0) == IO_ERROR);
  CHECK(request(4, 0, 512) == IO_ERROR);
  writable = true;
  CHECK(write_request(0, 0, 512, 0) == OK);
}

static void should_offer_flushes_only_where_they_are_wanted(void) {
  enum { READ_ONLY = 1 << 5, FLUSH = 1 << 9 };
  test_write(&guest, 0x014, 0);
  CHECK((test_read(&guest, 0x010) & (READ_ONLY | FLUSH)) == FLUSH);
  flushes = 0;
  test_start(&guest, 1);
  CHECK(request(4, 0, 512) == OK && flushes == 1);
  block.flush = NULL;
  virtio_block_init(&block);
  CHECK((test_read(&guest, 0x010) & (READ_ONLY | FLUSH)) == 0);
  test_start(&guest, 1);
  CHECK(request(4, 0, 512) == OK && flushes == 1);
}

static void should_survive_a_short_header(void) {
  test_start(&guest, 1);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 15, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + STATUS, 1, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  CHECK(*test_memory(&guest, STATUS) == IO_ERROR);
}

static void should_break_without_room_for_the_status(void) {
  test_start(&guest, 1);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 16, 0, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  CHECK(test_broken(&guest));
  CHECK(test_used_count(&guest, 0) == 0);
}

// One descriptor chain that must break the device, and that a reset mends.
static void expect_broken(const char *what, uint64_t address, uint32_t length, uint16_t flags, uint16_t next) {
  test_start(&guest, 1);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + TEST_DATA, 16, TEST_NEXT, 1);
  test_describe(&guest, 0, 1, address, length, flags, next);
  test_describe(&guest, 0, 2, TEST_RAM_BASE + STATUS, 1, TEST_WRITE, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  check(test_broken(&guest), what, __FILE__, __LINE__);
  check(test_used_count(&guest, 0) == 0, what, __FILE__, __LINE__);
  test_start(&guest, 1);
  check(request(0, 0, 512) == OK, what, __FILE__, __LINE__);
}

static void should_break_on_hostile_chains(void) {
  const uint64_t end = TEST_RAM_BASE + TEST_RAM_SIZE;
  expect_broken("a loop", TEST_RAM_BASE + DATA, 512, TEST_NEXT | TEST_WRITE, 1);
  expect_broken("a next descriptor outside the table", TEST_RAM_BASE + DATA, 512, TEST_NEXT | TEST_WRITE, 8);
  expect_broken("a buffer over the end of RAM", end - 511, 512, TEST_NEXT | TEST_WRITE, 2);
  expect_broken("a buffer below RAM", 0x1000, 512, TEST_NEXT | TEST_WRITE, 2);
  expect_broken("a buffer that wraps", UINT64_MAX - 10, 512, TEST_NEXT | TEST_WRITE, 2);
  expect_broken("a buffer of the largest length", TEST_RAM_BASE, UINT32_MAX, TEST_NEXT | TEST_WRITE, 2);
}

static void should_break_on_readable_after_writable(void) {
  test_start(&guest, 1);
  test_describe(&guest, 0, 0, TEST_RAM_BASE + DATA, 16, TEST_NEXT | TEST_WRITE, 1);
  test_describe(&guest, 0, 1, TEST_RAM_BASE + TEST_DATA, 16, 0, 0);
  test_offer(&guest, 0, 0);
  test_notify(&guest, 0);
  CHECK(test_broken(&guest));
}

static void should_break_on_rings_outside_ram(void) {
  const uint64_t ring = TEST_RAM_BASE + test_ring(0), nowhere = TEST_RAM_BASE + TEST_RAM_SIZE - 1;
  const uint64_t places[3][3] = {
      {nowhere, ring + 0x400, ring + 0x800}, {ring, nowhere, ring + 0x800}, {ring, ring + 0x400, nowhere}};
  for (unsigned i = 0; i < 3; i++) {
    test_start(&guest, 1);
    test_place_queue(&guest, 0, places[i][0], places[i][1], places[i][2]);
    put_header(0, 0);
    request(0, 0, 512);
    CHECK(test_broken(&guest));
  }
}

static void should_do_nothing_before_the_driver_is_ready(void) {
  test_start(&guest, 1);
  test_write(&guest, 0x070, 3);
  CHECK(request(0, 0, 512) == 0xee);
}

int main(void) {
  block.size = DISK_SIZE;
  block.read = read_disk;
  block.owner = &block;
  virtio_block_init(&block);
  CHECK(test_attach(&guest, &block.device));
  should_identify_itself();
  should_refuse_a_queue_of_a_bad_size();
  should_read_sectors();
  should_read_into_many_segments();
  should_refuse_what_is_not_on_the_disk();
  should_tell_what_cannot_be_read();
  should_refuse_to_write();
  should_survive_a_short_header();
  should_break_without_room_for_the_status();
  should_break_on_hostile_chains();
  should_break_on_readable_after_writable();
  should_break_on_rings_outside_ram();
  should_do_nothing_before_the_driver_is_ready();
  block.write = write_disk;
  block.flush = flush_disk;
  virtio_block_init(&block);
  should_write_sectors();
  should_write_behind_a_header_in_pieces();
  should_not_write_beside_the_disk();
  should_tell_what_cannot_be_written();
  should_survive_a_short_header();
  should_break_on_hostile_chains();
  should_offer_flushes_only_where_they_are_wanted();
  return check_result("virtio block");
}
