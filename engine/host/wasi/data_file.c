// The data file is opened before anything else, and its folder is closed then: nothing that runs later can reach what
// else is there.
#include "host/wasi/data_file.h"

#include "host/wasi/host_wasi.h"

#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

struct data_end {
  char magic[8];
  uint8_t identity[DATA_FILE_IDENTITY];
};
_Static_assert(sizeof(struct data_end) == 40, "as the converter writes it");

static __wasi_fd_t file;

static bool read_all(uint64_t offset, uint8_t *bytes, size_t length) {
  while (length) {
    const __wasi_iovec_t vector = {.buf = bytes, .buf_len = length};
    __wasi_size_t got = 0;
    const __wasi_errno_t error = __wasi_fd_pread(file, &vector, 1, offset, &got);
    if (error != __WASI_ERRNO_SUCCESS && error != __WASI_ERRNO_INTR)
      return false;
    if (error == __WASI_ERRNO_SUCCESS && got == 0)
      return false; // it has become shorter
    offset += got;
    bytes += got;
    length -= got;
  }
  return true;
}

bool data_file_read(uint64_t offset, uint8_t *bytes, size_t length) {
  host_wasi_end_collection();
  return read_all(offset, bytes, length);
}

static bool open_file(const char *name, char *error, size_t error_size) {
  static const __wasi_rights_t RIGHTS =
      __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET;
  __wasi_fd_t folder;
  if (!host_wasi_data_folder(&folder)) {
    snprintf(error, error_size, "found no folder mapped as /.oci2wasm, expected the one with both files");
    return false;
  }
  const __wasi_errno_t result = __wasi_path_open(folder, 0, name, 0, RIGHTS, 0, 0, &file);
  (void)__wasi_fd_close(folder);
  if (result != __WASI_ERRNO_SUCCESS)
    snprintf(error, error_size, "found %s in the folder mapped as /.oci2wasm, expected both files in it",
             result == __WASI_ERRNO_NOENT ? "no such file" : "that it cannot be opened");
  return result == __WASI_ERRNO_SUCCESS;
}

bool data_file_open(const char *name, uint64_t size, const uint8_t identity[DATA_FILE_IDENTITY], char *error,
                    size_t error_size) {
  struct data_end end;
  __wasi_filesize_t found = 0;
  if (!open_file(name, error, error_size))
    return false;
  if (__wasi_fd_seek(file, 0, __WASI_WHENCE_END, &found) != __WASI_ERRNO_SUCCESS || found != size + sizeof end) {
    snprintf(error, error_size, "found %llu bytes, expected %llu; copy both files again", (unsigned long long)found,
             (unsigned long long)(size + sizeof end));
    return false;
  }
  if (!read_all(size, (uint8_t *)&end, sizeof end) || memcmp(end.magic, "OCI2WDAT", sizeof end.magic) != 0 ||
      memcmp(end.identity, identity, sizeof end.identity) != 0) {
    snprintf(error, error_size, "found the data of another bundle; take the two files of one conversion");
    return false;
  }
  return true;
}
