#include "device/scratch_disk.h"

#include "host/files.h"
#include "host/host.h"
#include "host/linux_errno.h"

#include <stdio.h>
#include <string.h>

#define SIZE_DEFAULT (UINT64_C(8) << 30)

static const char *name_of(int error) {
  switch (error) {
  case LINUX_ENOSPC: return "no space left";
  case LINUX_EFBIG: return "file too large";
  case LINUX_EPERM: return "not permitted";
  default: return "input/output error";
  }
}

static int read_all(int file, uint64_t offset, uint8_t *bytes, size_t length) {
  while (length) {
    const struct files_vector vector = {bytes, length};
    size_t done;
    const int error = files_read(file, offset, &vector, 1, &done);
    if (error || done == 0)
      return error ? error : LINUX_EIO; // it has become shorter
    offset += done;
    bytes += done;
    length -= done;
  }
  return 0;
}

static bool make(struct scratch_disk *disk, char *error, size_t error_size) {
  if (disk->size == 0)
    disk->size = SIZE_DEFAULT;
  const int failed = scratch_format(disk->file, disk->size, disk->identity);
  if (failed)
    snprintf(error, error_size, "its %llu MiB cannot be made: %s (error %d of the host)",
             (unsigned long long)disk->size >> 20, name_of(failed), failed);
  return failed == 0;
}

static bool is_zero(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i])
      return false;
  }
  return true;
}

// A file that was there before.
static bool use(struct scratch_disk *disk, uint64_t end, char *error, size_t error_size) {
  uint8_t block[SCRATCH_BLOCK_SIZE];
  struct scratch_found found;
  const int failed = end < sizeof block ? LINUX_EIO : read_all(disk->file, 0, block, sizeof block);
  if (!failed && is_zero(block, sizeof block))
    return make(disk, error, error_size); // a run that was making it was ended
  scratch_format_read(block, &found);
  if (failed || !found.made) {
    snprintf(error, error_size, "found a file that is none, expected an empty folder or a disk of an earlier run");
  } else if (memcmp(found.identity, disk->identity, sizeof found.identity) != 0) {
    snprintf(error, error_size,
             "found that of another bundle, whose layers are others: give each bundle a folder of its own");
  } else if (found.size != end) {
    snprintf(error, error_size, "found %llu bytes, expected %llu: it was cut; remove the file to begin anew",
             (unsigned long long)end, (unsigned long long)found.size);
  } else if (disk->size && disk->size != end) {
    snprintf(error, error_size, "found %llu MiB, expected %llu: leave out the size, or remove the file to begin anew",
             (unsigned long long)end >> 20, (unsigned long long)disk->size >> 20);
  } else {
    disk->size = end;
    return true;
  }
  return false;
}

bool scratch_disk_open(struct scratch_disk *disk, char *error, size_t error_size) {
  uint64_t end;
  if (!files_scratch_folder()) {
    snprintf(error, error_size, "found no folder mapped as /.oci2wasm/scratch, expected one for it");
    return false;
  }
  int failed = files_open_scratch(disk->kept, &disk->file);
  if (!failed)
    failed = files_end(disk->file, &end);
  if (failed == LINUX_EEXIST) {
    snprintf(error, error_size, "found one in the folder already: remove it, or go on with it by --scratch keep");
    return false;
  }
  if (failed) {
    snprintf(error, error_size, "the file scratch cannot be opened: %s (error %d of the host)", name_of(failed),
             failed);
    return false;
  }
  return end ? use(disk, end, error, error_size) : make(disk, error, error_size);
}

static bool tell(struct scratch_disk *disk, const char *what, int error) {
  const uint64_t bit = UINT64_C(1) << (unsigned)error % 64;
  char line[160];
  if (!(disk->told & bit)) {
    const int length = snprintf(
        line, sizeof line, "oci2wasm: the scratch disk cannot be %s: %s (error %d of the host); the guest goes on\n",
        what, name_of(error), error);
    host_write(HOST_STDERR, (const uint8_t *)line, (size_t)length);
  }
  disk->told |= bit;
  return false;
}

bool scratch_disk_read(void *owner, uint64_t offset, uint8_t *bytes, size_t length) {
  struct scratch_disk *disk = owner;
  const int error = read_all(disk->file, offset, bytes, length);
  return error ? tell(disk, "read", error) : true;
}

bool scratch_disk_write(void *owner, uint64_t offset, const uint8_t *bytes, size_t length) {
  struct scratch_disk *disk = owner;
  while (length) {
    const struct files_vector vector = {(uint8_t *)(uintptr_t)bytes, length};
    size_t done;
    const int error = files_write(disk->file, offset, &vector, 1, &done);
    if (error || done == 0)
      return tell(disk, "written", error ? error : LINUX_EIO);
    offset += done;
    bytes += done;
    length -= done;
  }
  return true;
}

bool scratch_disk_flush(void *owner) {
  struct scratch_disk *disk = owner;
  const int error = files_sync(disk->file, true);
  return error ? tell(disk, "written", error) : true;
}
