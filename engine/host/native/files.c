// Shares as directories of a Linux host. The guest resolves symbolic links itself, so none is followed here at all:
// neither a link the guest made nor one put there by somebody else leads out of the share.
#include "host/files.h"

#include "host/linux_errno.h"
#include "host/native/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(struct files_vector) == sizeof(struct iovec) &&
                   offsetof(struct files_vector, length) == offsetof(struct iovec, iov_len),
               "vectors are passed on as they are");

enum { CREATED_MODE = 0644, CREATED_DIRECTORY_MODE = 0755 };

static struct {
  int directory;
  const char *name;
} shares[FILES_SHARES_MAX];
static unsigned share_count;
static int scratch_folder = -1;

bool host_native_share(const char *name, const char *directory) {
  if (share_count == FILES_SHARES_MAX)
    return false;
  const int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0)
    return false;
  if (strcmp(name, "/.oci2wasm/scratch") == 0) {
    scratch_folder = opened;
    return true;
  }
  shares[share_count].directory = opened;
  shares[share_count++].name = name;
  return true;
}

unsigned files_share_count(void) {
  return share_count;
}

bool files_scratch_folder(void) {
  return scratch_folder >= 0;
}

int files_open_scratch(bool kept, int *file) {
  static const char NAME[] = "scratch";
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (kept ? 0 : O_EXCL);
  *file = openat(scratch_folder, NAME, flags, CREATED_MODE);
  const int error = *file < 0 ? errno : 0;
  if (!error && !kept)
    unlinkat(scratch_folder, NAME, 0);
  close(scratch_folder);
  return error;
}

const char *files_share_name(unsigned share) {
  return shares[share].name;
}

static int open_beneath(unsigned share, const char *path, int flags) {
  const struct open_how how = {.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
                               .mode = flags & O_CREAT ? CREATED_MODE : 0,
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  long opened;
  do
    opened = syscall(SYS_openat2, shares[share].directory, path, &how, sizeof how);
  while (opened < 0 && errno == EINTR);
  return (int)opened;
}

// The directory a path's last name is in.
struct place {
  int directory; // negative: it cannot be opened, errno says why
  const char *name;
};

static struct place place_of(unsigned share, const char *path) {
  char parent[FILES_PATH_MAX];
  const char *slash = strrchr(path, '/');
  const size_t length = slash ? (size_t)(slash - path) : 1;
  if (length >= sizeof parent) {
    errno = ENAMETOOLONG;
    return (struct place){.directory = -1};
  }
  memcpy(parent, slash ? path : ".", length);
  parent[length] = 0;
  return (struct place){open_beneath(share, parent, O_PATH | O_DIRECTORY), slash ? slash + 1 : path};
}

// Ends the use of a place; `result` is that of the system call in it.
static int leave(struct place place, long result) {
  const int error = result < 0 ? errno : 0;
  if (place.directory >= 0)
    close(place.directory);
  return error;
}

int files_open(unsigned share, const char *path, unsigned how, int *file) {
  static const int ACCESS[] = {O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR};
  // Without O_NONBLOCK, opening a named pipe would wait for its other end.
  int flags = ACCESS[how & (FILES_READ | FILES_WRITE)] | O_NONBLOCK;
  flags |= how & FILES_CREATE ? O_CREAT : 0;
  flags |= how & FILES_EXCLUSIVE ? O_EXCL : 0;
  flags |= how & FILES_TRUNCATE ? O_TRUNC : 0;
  flags |= how & FILES_DIRECTORY ? O_DIRECTORY : 0;
  *file = open_beneath(share, path, flags);
  return *file < 0 ? errno : 0;
}

void files_close(int file) {
  close(file);
}

static int transferred(ssize_t result, size_t *done) {
  *done = result < 0 ? 0 : (size_t)result;
  return result < 0 ? errno : 0;
}

int files_read(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done) {
  ssize_t got;
  do
    got = preadv(file, (const struct iovec *)(const void *)vectors, (int)count, (off_t)offset);
  while (got < 0 && errno == EINTR);
  return transferred(got, done);
}

int files_write(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done) {
  ssize_t written;
  do
    written = pwritev(file, (const struct iovec *)(const void *)vectors, (int)count, (off_t)offset);
  while (written < 0 && errno == EINTR);
  return transferred(written, done);
}

int files_resize(int file, uint64_t size) {
  if (size > INT64_MAX)
    return LINUX_EFBIG;
  return ftruncate(file, (off_t)size) < 0 ? errno : 0;
}

int files_sync(int file, bool data_only) {
  return (data_only ? fdatasync(file) : fsync(file)) < 0 ? errno : 0;
}

static enum file_kind kind_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return FILE_REGULAR;
  case S_IFDIR: return FILE_DIRECTORY;
  case S_IFLNK: return FILE_LINK;
  case S_IFCHR: return FILE_CHARACTER_DEVICE;
  case S_IFBLK: return FILE_BLOCK_DEVICE;
  default: return FILE_OTHER;
  }
}

static uint64_t nanoseconds(struct timespec time) {
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void convert_status(const struct stat *from, struct file_status *status) {
  *status = (struct file_status){.kind = kind_of_mode(from->st_mode),
                                 .device = from->st_dev,
                                 .inode = from->st_ino,
                                 .links = from->st_nlink,
                                 .size = (uint64_t)from->st_size,
                                 .accessed_ns = nanoseconds(from->st_atim),
                                 .modified_ns = nanoseconds(from->st_mtim),
                                 .changed_ns = nanoseconds(from->st_ctim)};
}

int files_status(int file, struct file_status *status) {
  struct stat found;
  if (fstat(file, &found) < 0)
    return errno;
  convert_status(&found, status);
  return 0;
}

int files_end(int file, uint64_t *end) {
  const off_t offset = lseek(file, 0, SEEK_END);
  *end = (uint64_t)offset;
  return offset < 0 ? errno : 0;
}

int files_path_status(unsigned share, const char *path, struct file_status *status) {
  struct stat found = {0};
  const struct place place = place_of(share, path);
  const int error =
      leave(place, place.directory < 0 ? -1 : fstatat(place.directory, place.name, &found, AT_SYMLINK_NOFOLLOW));
  if (!error)
    convert_status(&found, status);
  return error;
}

static struct timespec time_to_set(enum file_time_change change, uint64_t time_ns) {
  struct timespec time = {.tv_sec = (time_t)(time_ns / 1000000000), .tv_nsec = (long)(time_ns % 1000000000)};
  if (change != FILE_TIME_SET)
    time.tv_nsec = change == FILE_TIME_NOW ? UTIME_NOW : UTIME_OMIT;
  return time;
}

int files_set_times(int file, const struct file_times *times) {
  const struct timespec both[2] = {time_to_set(times->access, times->access_ns),
                                   time_to_set(times->modification, times->modification_ns)};
  return futimens(file, both) < 0 ? errno : 0;
}

int files_path_set_times(unsigned share, const char *path, const struct file_times *times) {
  const struct timespec both[2] = {time_to_set(times->access, times->access_ns),
                                   time_to_set(times->modification, times->modification_ns)};
  const struct place place = place_of(share, path);
  return leave(place, place.directory < 0 ? -1 : utimensat(place.directory, place.name, both, AT_SYMLINK_NOFOLLOW));
}

static enum file_kind kind_of_entry(unsigned char type) {
  return kind_of_mode(DTTOIF((mode_t)type));
}

int files_list(int directory, int (*take)(void *owner, const struct file_entry *entry), void *owner) {
  const int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = again < 0 ? NULL : fdopendir(again);
  int error = stream ? 0 : errno;
  if (again >= 0 && !stream)
    close(again);
  while (stream && !error) {
    errno = 0;
    const struct dirent *found = readdir(stream);
    if (!found) {
      error = errno;
      break;
    }
    if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
      continue;
    const struct file_entry entry = {found->d_name, strlen(found->d_name), found->d_ino, kind_of_entry(found->d_type)};
    error = take(owner, &entry);
  }
  if (stream)
    closedir(stream);
  return error;
}

int files_make_directory(unsigned share, const char *path) {
  const struct place place = place_of(share, path);
  return leave(place, place.directory < 0 ? -1 : mkdirat(place.directory, place.name, CREATED_DIRECTORY_MODE));
}

int files_remove_directory(unsigned share, const char *path) {
  const struct place place = place_of(share, path);
  return leave(place, place.directory < 0 ? -1 : unlinkat(place.directory, place.name, AT_REMOVEDIR));
}

int files_unlink(unsigned share, const char *path) {
  const struct place place = place_of(share, path);
  return leave(place, place.directory < 0 ? -1 : unlinkat(place.directory, place.name, 0));
}

// Two paths in one call: renameat or linkat.
static int with_two(unsigned share, const char *from, const char *to,
                    long (*call)(struct place source, struct place target)) {
  const struct place source = place_of(share, from);
  if (source.directory < 0)
    return errno;
  const struct place target = place_of(share, to);
  const int error = leave(target, target.directory < 0 ? -1 : call(source, target));
  close(source.directory);
  return error;
}

static long rename_place(struct place source, struct place target) {
  return renameat(source.directory, source.name, target.directory, target.name);
}

static long link_place(struct place source, struct place target) {
  return linkat(source.directory, source.name, target.directory, target.name, 0);
}

int files_rename(unsigned share, const char *from, const char *to) {
  return with_two(share, from, to, rename_place);
}

int files_link(unsigned share, const char *from, const char *to) {
  return with_two(share, from, to, link_place);
}

int files_symlink(unsigned share, const char *target, const char *path) {
  const struct place place = place_of(share, path);
  return leave(place, place.directory < 0 ? -1 : symlinkat(target, place.directory, place.name));
}

int files_read_link(unsigned share, const char *path, char *target, size_t capacity, size_t *length) {
  const struct place place = place_of(share, path);
  const ssize_t got = place.directory < 0 ? -1 : readlinkat(place.directory, place.name, target, capacity);
  *length = got < 0 ? 0 : (size_t)got;
  return leave(place, got);
}
