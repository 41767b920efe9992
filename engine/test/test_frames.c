// Frames of the root filesystem: good, stored, short, damaged and cut ones, tables that fit nothing, and a cache that
// is smaller than what is read.
#include "device/frames.h"

#include "check.h"
#include "frame_samples.h"

#include <string.h>

enum { FRAMES_MAX = 100, STORED_MAX = 1 << 20, SMALL = 5000 };
#define AS_IT_IS UINT32_C(0x80000000)

static uint32_t table[FRAMES_MAX];
static uint8_t stored[STORED_MAX];
static struct frames frames;
static unsigned count, reads;
static size_t stored_end, readable_end;
static const char *error;

static bool read_table(uint64_t offset, uint8_t *bytes, size_t length) {
  memcpy(bytes, (const uint8_t *)table + offset, length);
  return true;
}

static bool read_stored(uint64_t offset, uint8_t *bytes, size_t length) {
  CHECK(offset + length <= stored_end);
  reads++;
  if (offset + length > readable_end)
    return false;
  memcpy(bytes, stored + offset, length);
  return true;
}

static void begin(void) {
  memset(&frames, 0, sizeof frames);
  count = 0;
  stored_end = 0;
  readable_end = SIZE_MAX;
}

static void add(const uint8_t *bytes, size_t length, uint32_t how) {
  memcpy(stored + stored_end, bytes, length);
  stored_end += length;
  table[count++] = (uint32_t)length | how;
}

static bool finish(void) {
  frames.table = (struct frames_source){count * sizeof *table, read_table};
  frames.stored = (struct frames_source){stored_end, read_stored};
  return frames_init(&frames, &error);
}

// Is `length` bytes at `offset` of its frame the repeated line?
static bool is_line(const uint8_t *bytes, size_t offset, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != (uint8_t)"oci2wasm\n"[(offset + i) % 9])
      return false;
  }
  return true;
}

static bool is_zero(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i])
      return false;
  }
  return true;
}

static uint8_t buffer[3 * FRAME_SIZE];

static void should_read_across_frames_of_every_kind(void) {
  uint8_t small[SMALL];
  memset(small, 'x', sizeof small);
  begin();
  add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  add(small, sizeof small, AS_IT_IS);
  add(SHORT_FRAME, sizeof SHORT_FRAME, 0);
  CHECK(finish());
  CHECK(frames_size(&frames) == 3 * FRAME_SIZE);
  CHECK(frames_read(&frames, 0, buffer, sizeof buffer));
  CHECK(is_line(buffer, 0, FRAME_SIZE));
  CHECK(memcmp(buffer + FRAME_SIZE, small, sizeof small) == 0);
  CHECK(is_zero(buffer + FRAME_SIZE + SMALL, FRAME_SIZE - SMALL));
  CHECK(is_line(buffer + 2 * FRAME_SIZE, 0, 4096));
  CHECK(is_zero(buffer + 2 * FRAME_SIZE + 4096, FRAME_SIZE - 4096));
  memset(buffer, 1, sizeof buffer);
  CHECK(frames_read(&frames, FRAME_SIZE - 512, buffer, 1024));
  CHECK(is_line(buffer, FRAME_SIZE - 512, 512) && buffer[512] == 'x' && buffer[1024] == 1);
  memset(buffer, 1, sizeof buffer);
  CHECK(frames_read(&frames, FRAME_SIZE + SMALL - 8, buffer, 16));
  CHECK(buffer[7] == 'x' && is_zero(buffer + 8, 8) && buffer[16] == 1);
  CHECK(frames_read(&frames, 2 * FRAME_SIZE - 8, buffer, 8) && is_zero(buffer, 8));
}

static void should_decompress_a_frame_once_while_it_is_kept(void) {
  begin();
  for (unsigned i = 0; i < FRAMES_CACHED + 1; i++)
    add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  CHECK(finish());
  reads = 0;
  for (unsigned i = 0; i < 100; i++)
    CHECK(frames_read(&frames, i * 512, buffer, 512) && is_line(buffer, i * 512, 512));
  CHECK(reads == 1);
  for (unsigned i = 0; i < FRAMES_CACHED; i++)
    CHECK(frames_read(&frames, (uint64_t)i * FRAME_SIZE, buffer, 512));
  CHECK(reads == FRAMES_CACHED);
  CHECK(frames_read(&frames, 0, buffer, 512));                                    // is the one used last now
  CHECK(frames_read(&frames, (uint64_t)FRAMES_CACHED * FRAME_SIZE, buffer, 512)); // takes the place of frame 1
  CHECK(reads == FRAMES_CACHED + 1);
  CHECK(frames_read(&frames, 0, buffer, 512) && is_line(buffer, 0, 512));
  CHECK(reads == FRAMES_CACHED + 1);
  CHECK(frames_read(&frames, FRAME_SIZE, buffer, 512) && is_line(buffer, 0, 512));
  CHECK(reads == FRAMES_CACHED + 2);
}

// A frame that cannot be read between two that can.
static void expect_damage(const uint8_t *bytes, size_t length) {
  begin();
  add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  add(bytes, length, 0);
  add(SHORT_FRAME, sizeof SHORT_FRAME, 0);
  CHECK(finish());
  CHECK(!frames_read(&frames, FRAME_SIZE, buffer, 512));
  CHECK(!frames_read(&frames, FRAME_SIZE - 512, buffer, 1024));
  reads = 0;
  CHECK(!frames_read(&frames, FRAME_SIZE + 4096, buffer, 512));
  CHECK(reads == 0); // and said once
  CHECK(frames_read(&frames, 0, buffer, 512) && is_line(buffer, 0, 512));
  CHECK(frames_read(&frames, 2 * FRAME_SIZE, buffer, 512) && is_line(buffer, 0, 512));
}

static void should_refuse_damaged_frames_and_read_the_others(void) {
  static const uint8_t NONE[] = {0}, DICTIONARY[] = {0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0};
  uint8_t damaged[sizeof TEXT_FRAME];
  expect_damage(NONE, sizeof NONE);
  expect_damage(DICTIONARY, sizeof DICTIONARY);
  expect_damage(LONG_FRAME, sizeof LONG_FRAME);
  for (size_t length = 1; length < sizeof SHORT_FRAME; length++)
    expect_damage(SHORT_FRAME, length);
  for (size_t at = 0; at < sizeof TEXT_FRAME; at++) {
    memcpy(damaged, TEXT_FRAME, sizeof damaged);
    damaged[at] ^= 0xff;
    expect_damage(damaged, sizeof damaged);
  }
}

// Of two compressed frames and two that are stored as they are, the host has only the first of each kind.
static void should_refuse_frames_that_the_host_cannot_read(void) {
  uint8_t small[SMALL];
  memset(small, 'x', sizeof small);
  begin();
  add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  add(small, sizeof small, AS_IT_IS);
  readable_end = stored_end;
  add(SHORT_FRAME, sizeof SHORT_FRAME, 0);
  add(small, sizeof small, AS_IT_IS);
  CHECK(finish());
  for (unsigned frame = 2; frame < 4; frame++) {
    CHECK(!frames_read(&frames, (uint64_t)frame * FRAME_SIZE, buffer, 512));
    reads = 0;
    CHECK(!frames_read(&frames, (uint64_t)frame * FRAME_SIZE + 512, buffer, 512));
    CHECK(reads == 0); // and said once
  }
  CHECK(frames_read(&frames, 0, buffer, 512) && is_line(buffer, 0, 512));
  CHECK(frames_read(&frames, FRAME_SIZE, buffer, 512) && buffer[511] == 'x');
}

static void expect_no_table(void) {
  CHECK(!finish());
  CHECK(strstr(error, "frame table is damaged") != NULL);
}

static void should_refuse_tables_that_do_not_fit(void) {
  begin();
  add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  stored_end++; // more is stored
  expect_no_table();
  stored_end -= 2; // less is stored
  expect_no_table();
  begin();
  add(WHOLE_FRAME, 0, 0);
  expect_no_table();
  begin();
  memset(buffer, 0, sizeof buffer);
  add(buffer, FRAME_SIZE, AS_IT_IS);
  CHECK(finish());
  begin();
  add(buffer, FRAME_SIZE + 1, AS_IT_IS);
  expect_no_table();
  begin();
  add(WHOLE_FRAME, sizeof WHOLE_FRAME, 0);
  frames.table = (struct frames_source){sizeof *table - 1, read_table};
  frames.stored = (struct frames_source){stored_end, read_stored};
  CHECK(!frames_init(&frames, &error));
}

static void should_take_a_filesystem_of_nothing(void) {
  begin();
  CHECK(finish());
  CHECK(frames_size(&frames) == 0);
}

static void should_need_as_much_as_it_announces(void) {
  CHECK(frames_memory(0) >= FRAME_SIZE);
  CHECK(frames_memory(4 * FRAMES_CACHED) - frames_memory(0) >= FRAMES_CACHED * (uint64_t)FRAME_SIZE);
  CHECK(frames_memory(4 * (FRAMES_CACHED + 1)) - frames_memory(4 * FRAMES_CACHED) == 8); // a start
}

int main(void) {
  should_read_across_frames_of_every_kind();
  should_decompress_a_frame_once_while_it_is_kept();
  should_refuse_damaged_frames_and_read_the_others();
  should_refuse_frames_that_the_host_cannot_read();
  should_refuse_tables_that_do_not_fit();
  should_take_a_filesystem_of_nothing();
  should_need_as_much_as_it_announces();
  return check_result("frames");
}
