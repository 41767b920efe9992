// What the block device reads: contents of frames, which are stored compressed (docs/FORMATS.md, "Frames").
#ifndef DEVICE_FRAMES_H
#define DEVICE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_SIZE = 131072, FRAMES_CACHED = 32 };

// Bytes of the bundle. A range that is read is inside; false if the host cannot read it.
struct frames_source {
  uint64_t size;
  bool (*read)(uint64_t offset, uint8_t *bytes, size_t length);
};

// A frame whose content is in memory.
struct frames_slot {
  uint32_t frame;
  uint64_t used; // when, in reads
};

struct frames {
  // Set before frames_init.
  struct frames_source table, stored;

  uint32_t count;
  uint64_t *starts; // count + 1, with what is known of the frame (frames.c)
  struct frames_slot slots[FRAMES_CACHED];
  uint8_t *contents; // of the slots
  unsigned slot_count;
  uint64_t reads;
  uint8_t *compressed; // a frame as it is stored
  void *decoder;
};

// What frames_init takes for a table of so many bytes.
uint64_t frames_memory(uint64_t table_size);
// False if the table does not fit what is stored, or if there is no memory; `error` says which.
bool frames_init(struct frames *frames, const char **error);
// Bytes of all contents.
uint64_t frames_size(const struct frames *frames);
// False if a frame in the range is damaged or cannot be read, which is said once for each. The range must be inside.
bool frames_read(struct frames *frames, uint64_t offset, uint8_t *bytes, size_t length);

#endif
