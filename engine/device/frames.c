#include "device/frames.h"

#include "host/host.h"
#include "zstd/decoder.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_STORED UINT32_C(0x80000000)
// Bits of a start.
#define START_STORED (UINT64_C(1) << 63)
#define START_DAMAGED (UINT64_C(1) << 62)
#define START_OFFSET (START_DAMAGED - 1)
#define NO_FRAME UINT32_MAX

static uint64_t start_of(const struct frames *frames, uint32_t frame) {
  return frames->starts[frame] & START_OFFSET;
}

static size_t stored_size(const struct frames *frames, uint32_t frame) {
  return (size_t)(start_of(frames, frame + 1) - start_of(frames, frame));
}

static unsigned slots_for(uint64_t count) {
  return count < FRAMES_CACHED ? (unsigned)count : FRAMES_CACHED;
}

uint64_t frames_memory(uint64_t table_size) {
  enum { ALIGNMENTS = 4096 };
  const uint64_t count = table_size / sizeof(uint32_t);
  return (count + 1) * sizeof(uint64_t) + (slots_for(count) + 1) * (uint64_t)FRAME_SIZE + zstd_decoder_size() +
         ALIGNMENTS;
}

static bool read_table(struct frames *frames) {
  uint64_t offset = 0;
  for (uint32_t frame = 0; frame < frames->count; frame++) {
    uint32_t entry;
    if (!frames->table.read((uint64_t)frame * sizeof entry, (uint8_t *)&entry, sizeof entry))
      return false;
    const uint32_t size = entry & ~ENTRY_STORED;
    if (size == 0 || size > FRAME_SIZE)
      return false;
    frames->starts[frame] = offset | (entry & ENTRY_STORED ? START_STORED : 0);
    offset += size;
  }
  frames->starts[frames->count] = offset;
  return offset == frames->stored.size;
}

bool frames_init(struct frames *frames, const char **error) {
  const uint64_t count = frames->table.size / sizeof(uint32_t);
  *error = "this bundle's frame table is damaged: make the bundle again";
  if (frames->table.size % sizeof(uint32_t) != 0 || count >= NO_FRAME)
    return false;
  frames->count = (uint32_t)count;
  frames->slot_count = slots_for(count);
  frames->starts = host_allocate((count + 1) * sizeof *frames->starts);
  frames->contents = host_allocate(frames->slot_count * (uint64_t)FRAME_SIZE);
  frames->compressed = host_allocate(FRAME_SIZE);
  void *memory = host_allocate(zstd_decoder_size());
  if (!frames->starts || !frames->contents || !frames->compressed || !memory) {
    *error = "there is no memory for the frames of the root filesystem";
    return false;
  }
  frames->decoder = zstd_decoder_init(memory);
  for (unsigned slot = 0; slot < FRAMES_CACHED; slot++)
    frames->slots[slot].frame = NO_FRAME;
  return read_table(frames);
}

uint64_t frames_size(const struct frames *frames) {
  return (uint64_t)frames->count * FRAME_SIZE;
}

static bool give_up(struct frames *frames, uint32_t frame, const char *what) {
  char line[160];
  const int length = snprintf(
      line, sizeof line, "oci2wasm: frame %u of the root filesystem (%zu bytes) %s: what is in it cannot be read\n",
      frame, stored_size(frames, frame), what);
  host_write(HOST_STDERR, (const uint8_t *)line, (size_t)length);
  frames->starts[frame] |= START_DAMAGED;
  return false;
}

// Stored bytes of a frame.
static bool read_bytes(struct frames *frames, uint32_t frame, size_t at, uint8_t *bytes, size_t length) {
  return frames->stored.read(start_of(frames, frame) + at, bytes, length) ||
         give_up(frames, frame, "is not where the host has it");
}

// The slot used longest ago.
static unsigned oldest_slot(const struct frames *frames) {
  unsigned oldest = 0;
  for (unsigned slot = 1; slot < frames->slot_count; slot++) {
    if (frames->slots[slot].used < frames->slots[oldest].used)
      oldest = slot;
  }
  return oldest;
}

// The content of a compressed frame, or NULL.
static const uint8_t *content(struct frames *frames, uint32_t frame) {
  frames->reads++;
  for (unsigned slot = 0; slot < frames->slot_count; slot++) {
    if (frames->slots[slot].frame == frame) {
      frames->slots[slot].used = frames->reads;
      return frames->contents + (size_t)slot * FRAME_SIZE;
    }
  }
  const unsigned slot = oldest_slot(frames);
  uint8_t *bytes = frames->contents + (size_t)slot * FRAME_SIZE;
  const size_t size = stored_size(frames, frame);
  frames->slots[slot].frame = NO_FRAME;
  if (!read_bytes(frames, frame, 0, frames->compressed, size))
    return NULL;
  const size_t got = zstd_decoder_decode(frames->decoder, bytes, FRAME_SIZE, frames->compressed, size);
  if (got == ZSTD_DECODER_REFUSED) {
    give_up(frames, frame, "is damaged");
    return NULL;
  }
  memset(bytes + got, 0, FRAME_SIZE - got);
  frames->slots[slot] = (struct frames_slot){frame, frames->reads};
  return bytes;
}

// What is stored as it is goes straight to its target.
static bool read_stored(struct frames *frames, uint32_t frame, size_t at, uint8_t *bytes, size_t length) {
  const size_t size = stored_size(frames, frame);
  const size_t left = at < size ? size - at : 0;
  const size_t there = length < left ? length : left;
  if (there && !read_bytes(frames, frame, at, bytes, there))
    return false;
  memset(bytes + there, 0, length - there);
  return true;
}

static bool read_frame(struct frames *frames, uint32_t frame, size_t at, uint8_t *bytes, size_t length) {
  const uint64_t start = frames->starts[frame];
  if (start & START_DAMAGED)
    return false;
  if (start & START_STORED)
    return read_stored(frames, frame, at, bytes, length);
  const uint8_t *from = content(frames, frame);
  if (from)
    memcpy(bytes, from + at, length);
  return from != NULL;
}

bool frames_read(struct frames *frames, uint64_t offset, uint8_t *bytes, size_t length) {
  while (length) {
    const size_t at = (size_t)(offset % FRAME_SIZE);
    const size_t part = length < FRAME_SIZE - at ? length : FRAME_SIZE - at;
    if (!read_frame(frames, (uint32_t)(offset / FRAME_SIZE), at, bytes, part))
      return false;
    offset += part;
    bytes += part;
    length -= part;
  }
  return true;
}
