// The disk of a run that writes more than fits in memory: a file of the host (docs/FORMATS.md, "Scratch disk").
#ifndef DEVICE_SCRATCH_DISK_H
#define DEVICE_SCRATCH_DISK_H

#include "device/scratch_format.h"

#include <stddef.h>

struct scratch_disk {
  // Set before scratch_disk_open.
  bool kept;
  uint8_t identity[SCRATCH_IDENTITY]; // the bundle's
  uint64_t size;                      // bytes; 0: that of the filesystem that is there, else the default

  int file;
  uint64_t told; // errors of the host that were said, a bit each
};

// Opens the disk, and makes its filesystem where there is none yet. False if the host's folder or file does not fit;
// `error` then says in words what was found.
bool scratch_disk_open(struct scratch_disk *disk, char *error, size_t error_size);

// For the block device, whose owner is a disk. An error of the host is said once on stderr.
bool scratch_disk_read(void *owner, uint64_t offset, uint8_t *bytes, size_t length);
bool scratch_disk_write(void *owner, uint64_t offset, const uint8_t *bytes, size_t length);
bool scratch_disk_flush(void *owner);

#endif
