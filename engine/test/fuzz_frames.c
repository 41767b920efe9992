// libFuzzer target: a bundle's frame table and frames, as somebody else made them. Whatever they are, reading gives
// bytes or an error, and never reads a byte that is not in the bundle.
//
// Input: one byte for the number of frames, up to 3, for each two bytes of its size and one for the rest of its entry,
// then the stored bytes.
#include "device/frames.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 3, ENTRY_SIZE = 3, READ_SIZE = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t table[FRAMES_MAX];
static const uint8_t *stored;
static size_t stored_size;

static bool read_table(uint64_t offset, uint8_t *bytes, size_t length) {
  if (offset > sizeof table || length > sizeof table - offset)
    __builtin_trap();
  memcpy(bytes, (const uint8_t *)table + offset, length);
  return true;
}

static bool read_stored(uint64_t offset, uint8_t *bytes, size_t length) {
  if (offset > stored_size || length > stored_size - offset)
    __builtin_trap();
  memcpy(bytes, stored + offset, length);
  return true;
}

// Twice: from the bundle and, where it is kept, from memory.
static void read_all(struct frames *frames) {
  static uint8_t first[READ_SIZE], second[READ_SIZE];
  for (uint64_t at = 0; at < frames_size(frames); at += READ_SIZE / 2) {
    const uint64_t left = frames_size(frames) - at;
    const size_t length = left < READ_SIZE ? (size_t)left : READ_SIZE;
    const bool good = frames_read(frames, at, first, length);
    if (good != frames_read(frames, at, second, length) || (good && memcmp(first, second, length) != 0))
      __builtin_trap();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const size_t count = data[0] % (FRAMES_MAX + 1);
  size_t at = 1;
  for (size_t i = 0; i < count; i++, at += ENTRY_SIZE) {
    if (size < at + ENTRY_SIZE)
      return 0;
    const uint32_t high = data[at + 2];
    table[i] = data[at] | (uint32_t)data[at + 1] << 8 | (high & 0x7f) << 16 | (high >> 7) << 31;
  }
  stored = data + at;
  stored_size = size - at;
  struct frames frames = {.table = {count * sizeof *table, read_table}, .stored = {stored_size, read_stored}};
  const char *error;
  if (frames_init(&frames, &error))
    read_all(&frames);
  free(frames.starts);
  free(frames.contents);
  free(frames.compressed);
  free(frames.decoder);
  return 0;
}
