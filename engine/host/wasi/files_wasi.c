// Shared directories as WASI preview 1: each preopened directory is a share, and the runtime keeps every path inside
// it. The calls are made directly: libc's would allocate memory while the guest runs (see host_wasi.h).
#include "host/files.h"

#include "host/wasi/errno_map.h"
#include "host/wasi/host_wasi.h"

#include <string.h>
#include <wasi/api.h>

enum { FIRST_PREOPEN = 3, SHARES_MAX = 16, NAMES_SIZE = 8192, DIRECTORY_BUFFER = 16384 };

static struct {
  __wasi_fd_t folder;
  const char *name;
} shares[SHARES_MAX];
static unsigned share_count;

// Preopens are the descriptors from 3 up to the first that is none.
static void find_shares(void) {
  static bool found;
  static char names[NAMES_SIZE];
  size_t used = 0;
  if (found)
    return;
  found = true;
  for (__wasi_fd_t fd = FIRST_PREOPEN; share_count < SHARES_MAX; fd++) {
    __wasi_prestat_t prestat;
    if (__wasi_fd_prestat_get(fd, &prestat) != __WASI_ERRNO_SUCCESS)
      break;
    const size_t length = prestat.u.dir.pr_name_len;
    if (prestat.tag != __WASI_PREOPENTYPE_DIR || length + 1 > sizeof names - used)
      continue;
    if (__wasi_fd_prestat_dir_name(fd, (uint8_t *)names + used, length) != __WASI_ERRNO_SUCCESS)
      continue;
    names[used + length] = 0;
    shares[share_count].folder = fd;
    shares[share_count++].name = names + used;
    used += length + 1;
  }
}

unsigned host_share_count(void) {
  find_shares();
  return share_count;
}

const char *host_share_name(unsigned share) {
  return shares[share].name;
}

// The share itself has no name of its own.
static const char *name_of(const char *path) {
  return *path ? path : ".";
}

static enum host_file_type type_of(__wasi_filetype_t type) {
  switch (type) {
  case __WASI_FILETYPE_REGULAR_FILE: return HOST_FILE_REGULAR;
  case __WASI_FILETYPE_DIRECTORY: return HOST_FILE_DIRECTORY;
  case __WASI_FILETYPE_SYMBOLIC_LINK: return HOST_FILE_SYMLINK;
  default: return HOST_FILE_OTHER;
  }
}

static int finish_status(__wasi_errno_t error, const __wasi_filestat_t *from, struct host_file_status *status) {
  if (error)
    return linux_error_of(error);
  *status = (struct host_file_status){.type = type_of(from->filetype),
                                      .inode = from->ino,
                                      .links = from->nlink,
                                      .size = from->size,
                                      .accessed_ns = from->atim,
                                      .modified_ns = from->mtim,
                                      .changed_ns = from->ctim};
  return 0;
}

int host_file_status(unsigned share, const char *path, struct host_file_status *status) {
  __wasi_filestat_t found;
  host_wasi_end_collection(); // the guest asks for a share's status before anything else
  const __wasi_errno_t error = __wasi_path_filestat_get(shares[share].folder, 0, name_of(path), &found);
  return finish_status(error, &found, status);
}

// Runtimes open for writing if any right asks for it.
static __wasi_rights_t rights_of(unsigned how) {
  __wasi_rights_t rights = __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET;
  if (how & HOST_OPEN_DIRECTORY)
    return rights | __WASI_RIGHTS_FD_READDIR;
  if (how & HOST_OPEN_READ)
    rights |= __WASI_RIGHTS_FD_READ;
  if (how & HOST_OPEN_WRITE)
    rights |= __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_SYNC;
  return rights;
}

int host_file_open(unsigned share, const char *path, unsigned how, int *handle) {
  const __wasi_oflags_t flags = (__wasi_oflags_t)((how & HOST_OPEN_CREATE ? __WASI_OFLAGS_CREAT : 0) |
                                                  (how & HOST_OPEN_EXCLUSIVE ? __WASI_OFLAGS_EXCL : 0) |
                                                  (how & HOST_OPEN_TRUNCATE ? __WASI_OFLAGS_TRUNC : 0) |
                                                  (how & HOST_OPEN_DIRECTORY ? __WASI_OFLAGS_DIRECTORY : 0));
  __wasi_fd_t opened = 0;
  const __wasi_errno_t error =
      __wasi_path_open(shares[share].folder, 0, name_of(path), flags, rights_of(how), 0, 0, &opened);
  *handle = (int)opened;
  return linux_error_of(error);
}

int host_file_create_directory(unsigned share, const char *path) {
  return linux_error_of(__wasi_path_create_directory(shares[share].folder, path));
}

int host_file_create_symlink(unsigned share, const char *path, const char *target) {
  return linux_error_of(__wasi_path_symlink(target, shares[share].folder, path));
}

int host_file_create_link(unsigned share, const char *existing, const char *path) {
  const __wasi_fd_t folder = shares[share].folder;
  return linux_error_of(__wasi_path_link(folder, 0, existing, folder, path));
}

int host_file_read_symlink(unsigned share, const char *path, char *target, size_t capacity, size_t *length) {
  __wasi_size_t used = 0;
  const __wasi_errno_t error = __wasi_path_readlink(shares[share].folder, path, (uint8_t *)target, capacity, &used);
  *length = used;
  return linux_error_of(error);
}

int host_file_remove(unsigned share, const char *path, bool directory) {
  const __wasi_fd_t folder = shares[share].folder;
  return linux_error_of(directory ? __wasi_path_remove_directory(folder, path) : __wasi_path_unlink_file(folder, path));
}

int host_file_rename(unsigned share, const char *from, const char *to) {
  const __wasi_fd_t folder = shares[share].folder;
  return linux_error_of(__wasi_path_rename(folder, from, folder, to));
}

int host_file_set_times(unsigned share, const char *path, uint64_t accessed_ns, uint64_t modified_ns) {
  __wasi_fstflags_t flags = 0;
  if (accessed_ns == HOST_TIME_NOW)
    flags |= __WASI_FSTFLAGS_ATIM_NOW;
  else if (accessed_ns != HOST_TIME_OMIT)
    flags |= __WASI_FSTFLAGS_ATIM;
  if (modified_ns == HOST_TIME_NOW)
    flags |= __WASI_FSTFLAGS_MTIM_NOW;
  else if (modified_ns != HOST_TIME_OMIT)
    flags |= __WASI_FSTFLAGS_MTIM;
  return linux_error_of(
      __wasi_path_filestat_set_times(shares[share].folder, 0, name_of(path), accessed_ns, modified_ns, flags));
}

int host_handle_status(int handle, struct host_file_status *status) {
  __wasi_filestat_t found;
  const __wasi_errno_t error = __wasi_fd_filestat_get(handle, &found);
  return finish_status(error, &found, status);
}

int host_handle_read(int handle, uint64_t offset, uint8_t *bytes, size_t length, size_t *got) {
  const __wasi_iovec_t vector = {.buf = bytes, .buf_len = length};
  __wasi_size_t count = 0;
  const __wasi_errno_t error = __wasi_fd_pread(handle, &vector, 1, offset, &count);
  *got = count;
  return linux_error_of(error);
}

int host_handle_write(int handle, uint64_t offset, const uint8_t *bytes, size_t length, size_t *written) {
  const __wasi_ciovec_t vector = {.buf = bytes, .buf_len = length};
  __wasi_size_t count = 0;
  const __wasi_errno_t error = __wasi_fd_pwrite(handle, &vector, 1, offset, &count);
  *written = count;
  return linux_error_of(error);
}

int host_handle_set_size(int handle, uint64_t size) {
  return linux_error_of(__wasi_fd_filestat_set_size(handle, size));
}

int host_handle_sync(int handle) {
  const __wasi_errno_t error = __wasi_fd_sync(handle);
  // A file open for reading has nothing to write, and no right to say so.
  return error == __WASI_ERRNO_NOTCAPABLE || error == __WASI_ERRNO_BADF ? 0 : linux_error_of(error);
}

void host_handle_close(int handle) {
  (void)__wasi_fd_close(handle);
}

int host_directory_read(int handle, uint64_t position,
                        bool (*take)(void *owner, const struct host_directory_entry *entry), void *owner) {
  static uint8_t buffer[DIRECTORY_BUFFER];
  for (;;) {
    __wasi_size_t used = 0;
    const __wasi_errno_t error = __wasi_fd_readdir(handle, buffer, sizeof buffer, position, &used);
    if (error)
      return linux_error_of(error);
    size_t at = 0;
    __wasi_dirent_t found;
    // The last entry may be cut off where the buffer ends: it comes first the next time.
    while (used - at >= sizeof found) {
      memcpy(&found, buffer + at, sizeof found);
      if (found.d_namlen > used - at - sizeof found)
        break;
      const struct host_directory_entry entry = {.next = found.d_next,
                                                 .inode = found.d_ino,
                                                 .type = type_of(found.d_type),
                                                 .name = (const char *)buffer + at + sizeof found,
                                                 .name_length = found.d_namlen};
      if (!take(owner, &entry))
        return 0;
      at += sizeof found + found.d_namlen;
      position = found.d_next;
    }
    if (used < sizeof buffer || at == 0)
      return 0;
  }
}
