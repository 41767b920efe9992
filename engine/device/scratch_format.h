// An empty ext4 filesystem for the scratch disk (docs/FORMATS.md, "Scratch disk"), and what one says of itself.
#ifndef DEVICE_SCRATCH_FORMAT_H
#define DEVICE_SCRATCH_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

// A size is a whole number of groups.
#define SCRATCH_GROUP_SIZE (UINT64_C(128) << 20)
#define SCRATCH_SIZE_MAX (UINT64_C(1) << 40)
enum { SCRATCH_BLOCK_SIZE = 4096, SCRATCH_IDENTITY = 16 };

// Empties the file and makes the filesystem in it. 0, or the error of the host as Linux counts it.
int scratch_format(int file, uint64_t size, const uint8_t identity[SCRATCH_IDENTITY]);

struct scratch_found {
  bool made;     // there is a filesystem
  uint64_t size; // bytes
  uint8_t identity[SCRATCH_IDENTITY];
};

// Reads what a file's first block says.
void scratch_format_read(const uint8_t block[SCRATCH_BLOCK_SIZE], struct scratch_found *found);

#endif
