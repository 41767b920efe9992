// Directories the host shares with the guest. A path is relative to its share and made of plain names joined by '/';
// "" is the share itself. Links are never followed at the end of a path, and no path leaves its share.
//
// Functions return 0 or an error number of Linux, whatever the host's own numbers are: it goes to the guest.
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum linux_error {
  LINUX_EPERM = 1,
  LINUX_ENOENT = 2,
  LINUX_EIO = 5,
  LINUX_EBADF = 9,
  LINUX_ENOMEM = 12,
  LINUX_EACCES = 13,
  LINUX_EEXIST = 17,
  LINUX_ENOTDIR = 20,
  LINUX_EINVAL = 22,
  LINUX_ENFILE = 23,
  LINUX_ENAMETOOLONG = 36,
  LINUX_ENOSYS = 38,
  LINUX_EPROTO = 71,
  LINUX_EOPNOTSUPP = 95
};

enum host_file_type { HOST_FILE_OTHER, HOST_FILE_REGULAR, HOST_FILE_DIRECTORY, HOST_FILE_SYMLINK };

struct host_file_status {
  enum host_file_type type;
  uint64_t inode; // 0 where the host does not tell
  uint64_t links, size;
  uint64_t accessed_ns, modified_ns, changed_ns; // since 1970
};

enum host_open {
  HOST_OPEN_READ = 1,
  HOST_OPEN_WRITE = 2,
  HOST_OPEN_CREATE = 4,
  HOST_OPEN_EXCLUSIVE = 8,
  HOST_OPEN_TRUNCATE = 16,
  HOST_OPEN_DIRECTORY = 32
};

// A time to set: UINT64_MAX leaves it, UINT64_MAX - 1 means now.
#define HOST_TIME_OMIT UINT64_MAX
#define HOST_TIME_NOW (UINT64_MAX - 1)

unsigned host_share_count(void);
// The name the host gave the share: an absolute path of the guest, or a relative one.
const char *host_share_name(unsigned share);

int host_file_status(unsigned share, const char *path, struct host_file_status *status);
int host_file_open(unsigned share, const char *path, unsigned how, int *handle);
int host_file_create_directory(unsigned share, const char *path);
int host_file_create_symlink(unsigned share, const char *path, const char *target);
int host_file_create_link(unsigned share, const char *existing, const char *path);
int host_file_read_symlink(unsigned share, const char *path, char *target, size_t capacity, size_t *length);
int host_file_remove(unsigned share, const char *path, bool directory);
int host_file_rename(unsigned share, const char *from, const char *to);
int host_file_set_times(unsigned share, const char *path, uint64_t accessed_ns, uint64_t modified_ns);

int host_handle_status(int handle, struct host_file_status *status);
int host_handle_read(int handle, uint64_t offset, uint8_t *bytes, size_t length, size_t *got);
int host_handle_write(int handle, uint64_t offset, const uint8_t *bytes, size_t length, size_t *written);
int host_handle_set_size(int handle, uint64_t size);
int host_handle_sync(int handle);
void host_handle_close(int handle);

struct host_directory_entry {
  uint64_t next; // where to go on after this entry
  uint64_t inode;
  enum host_file_type type;
  const char *name; // not terminated
  size_t name_length;
};

// Calls `take` for the entries from `position` on (0: from the first) until it returns false or there are no more.
int host_directory_read(int handle, uint64_t position,
                        bool (*take)(void *owner, const struct host_directory_entry *entry), void *owner);

#endif
