// Shared directories on Linux, for tests. The folder of every path is opened with openat2, which refuses to follow
// links or to leave the share.
#include "host/files.h"

#include "host/native/host_native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHARES_MAX = 16, MODE_FILE = 0644, MODE_DIRECTORY = 0755 };
#define SECOND_NS UINT64_C(1000000000)

static struct {
  const char *name;
  int folder;
} shares[SHARES_MAX];
static unsigned share_count;

bool host_native_share(const char *name, const char *path) {
  if (share_count == SHARES_MAX)
    return false;
  shares[share_count].name = name;
  shares[share_count].folder = open(path, O_RDONLY | O_DIRECTORY);
  return shares[share_count++].folder >= 0;
}

unsigned host_share_count(void) {
  return share_count;
}

const char *host_share_name(unsigned share) {
  return shares[share].name;
}

// An open folder and a name in it. The folder must be closed.
struct place {
  int folder;
  const char *name;
};

static int find(unsigned share, const char *path, struct place *place) {
  const char *slash = strrchr(path, '/');
  char folder[PATH_MAX] = ".";
  if (slash)
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
  const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  place->folder = (int)syscall(SYS_openat2, shares[share].folder, folder, &how, sizeof how);
  place->name = slash ? slash + 1 : *path ? path : ".";
  return place->folder < 0 ? errno : 0;
}

// Ends a call at a place: its error number, if `result` says it failed.
static int leave(const struct place *place, int result) {
  const int error = result < 0 ? errno : 0;
  close(place->folder);
  return error;
}

static uint64_t nanoseconds(const struct timespec *time) {
  return (uint64_t)time->tv_sec * SECOND_NS + (uint64_t)time->tv_nsec;
}

static enum host_file_type type_of(mode_t mode) {
  return S_ISREG(mode)   ? HOST_FILE_REGULAR
         : S_ISDIR(mode) ? HOST_FILE_DIRECTORY
         : S_ISLNK(mode) ? HOST_FILE_SYMLINK
                         : HOST_FILE_OTHER;
}

static void fill(struct host_file_status *status, const struct stat *from) {
  *status = (struct host_file_status){.type = type_of(from->st_mode),
                                      .inode = from->st_ino,
                                      .links = from->st_nlink,
                                      .size = (uint64_t)from->st_size,
                                      .accessed_ns = nanoseconds(&from->st_atim),
                                      .modified_ns = nanoseconds(&from->st_mtim),
                                      .changed_ns = nanoseconds(&from->st_ctim)};
}

int host_file_status(unsigned share, const char *path, struct host_file_status *status) {
  struct place place;
  struct stat found;
  int error = find(share, path, &place);
  if (!error)
    error = leave(&place, fstatat(place.folder, place.name, &found, AT_SYMLINK_NOFOLLOW));
  if (!error)
    fill(status, &found);
  return error;
}

int host_file_open(unsigned share, const char *path, unsigned how, int *handle) {
  struct place place;
  const int error = find(share, path, &place);
  if (error)
    return error;
  const int access = !(how & HOST_OPEN_WRITE) ? O_RDONLY : how & HOST_OPEN_READ ? O_RDWR : O_WRONLY;
  const int flags = access | O_NOFOLLOW | O_NONBLOCK | (how & HOST_OPEN_CREATE ? O_CREAT : 0) |
                    (how & HOST_OPEN_EXCLUSIVE ? O_EXCL : 0) | (how & HOST_OPEN_TRUNCATE ? O_TRUNC : 0) |
                    (how & HOST_OPEN_DIRECTORY ? O_DIRECTORY : 0);
  *handle = openat(place.folder, place.name, flags, MODE_FILE);
  return leave(&place, *handle);
}

int host_file_create_directory(unsigned share, const char *path) {
  struct place place;
  const int error = find(share, path, &place);
  return error ? error : leave(&place, mkdirat(place.folder, place.name, MODE_DIRECTORY));
}

int host_file_create_symlink(unsigned share, const char *path, const char *target) {
  struct place place;
  const int error = find(share, path, &place);
  return error ? error : leave(&place, symlinkat(target, place.folder, place.name));
}

int host_file_create_link(unsigned share, const char *existing, const char *path) {
  struct place from, to;
  int error = find(share, existing, &from);
  if (error)
    return error;
  error = find(share, path, &to);
  if (!error)
    error = leave(&to, linkat(from.folder, from.name, to.folder, to.name, 0));
  close(from.folder);
  return error;
}

int host_file_read_symlink(unsigned share, const char *path, char *target, size_t capacity, size_t *length) {
  struct place place;
  const int error = find(share, path, &place);
  if (error)
    return error;
  const ssize_t got = readlinkat(place.folder, place.name, target, capacity);
  *length = got < 0 ? 0 : (size_t)got;
  return leave(&place, (int)got);
}

int host_file_remove(unsigned share, const char *path, bool directory) {
  struct place place;
  const int error = find(share, path, &place);
  return error ? error : leave(&place, unlinkat(place.folder, place.name, directory ? AT_REMOVEDIR : 0));
}

int host_file_rename(unsigned share, const char *old_path, const char *new_path) {
  struct place from, to;
  int error = find(share, old_path, &from);
  if (error)
    return error;
  error = find(share, new_path, &to);
  if (!error)
    error = leave(&to, renameat(from.folder, from.name, to.folder, to.name));
  close(from.folder);
  return error;
}

static struct timespec time_of(uint64_t time_ns) {
  if (time_ns == HOST_TIME_OMIT || time_ns == HOST_TIME_NOW)
    return (struct timespec){.tv_nsec = time_ns == HOST_TIME_OMIT ? UTIME_OMIT : UTIME_NOW};
  return (struct timespec){.tv_sec = (time_t)(time_ns / SECOND_NS), .tv_nsec = (long)(time_ns % SECOND_NS)};
}

int host_file_set_times(unsigned share, const char *path, uint64_t accessed_ns, uint64_t modified_ns) {
  struct place place;
  const int error = find(share, path, &place);
  const struct timespec times[2] = {time_of(accessed_ns), time_of(modified_ns)};
  return error ? error : leave(&place, utimensat(place.folder, place.name, times, AT_SYMLINK_NOFOLLOW));
}

int host_handle_status(int handle, struct host_file_status *status) {
  struct stat found;
  if (fstat(handle, &found) < 0)
    return errno;
  fill(status, &found);
  return 0;
}

int host_handle_read(int handle, uint64_t offset, uint8_t *bytes, size_t length, size_t *got) {
  const ssize_t result = pread(handle, bytes, length, (off_t)offset);
  *got = result < 0 ? 0 : (size_t)result;
  return result < 0 ? errno : 0;
}

int host_handle_write(int handle, uint64_t offset, const uint8_t *bytes, size_t length, size_t *written) {
  const ssize_t result = pwrite(handle, bytes, length, (off_t)offset);
  *written = result < 0 ? 0 : (size_t)result;
  return result < 0 ? errno : 0;
}

int host_handle_set_size(int handle, uint64_t size) {
  return ftruncate(handle, (off_t)size) < 0 ? errno : 0;
}

int host_handle_sync(int handle) {
  return fsync(handle) < 0 ? errno : 0;
}

void host_handle_close(int handle) {
  close(handle);
}

int host_directory_read(int handle, uint64_t position,
                        bool (*take)(void *owner, const struct host_directory_entry *entry), void *owner) {
  const int copy = dup(handle); // closedir closes it
  DIR *folder = copy < 0 ? NULL : fdopendir(copy);
  if (!folder)
    return errno;
  if (position == 0)
    rewinddir(folder);
  else
    seekdir(folder, (long)position);
  for (const struct dirent *found; (found = readdir(folder));) {
    const struct host_directory_entry entry = {.next = (uint64_t)telldir(folder),
                                               .inode = found->d_ino,
                                               .type = type_of((mode_t)DTTOIF(found->d_type)),
                                               .name = found->d_name,
                                               .name_length = strlen(found->d_name)};
    if (!take(owner, &entry))
      break;
  }
  closedir(folder);
  return 0;
}
