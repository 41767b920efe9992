// Shares as WASI preview 1's preopened directories.
//
// Hosts differ in what they do about symbolic links within a path. Some refuse those that lead out (wasmtime); some
// follow them all, and remember a directory by its path, so that what is moved into its place takes it over (node,
// oci2wasm run). So every call looks at each directory of its path first, and at the share's own: the guest may have
// put a link there by way of another share. Between this look and the call nothing of the guest's runs.
#include "host/files.h"

#include "host/linux_errno.h"
#include "host/wasi/host_wasi.h"
#include "host/wasi/linux_error.h"

#include <string.h>
#include <wasi/api.h>

_Static_assert(sizeof(struct files_vector) == sizeof(__wasi_iovec_t) &&
                   sizeof(struct files_vector) == sizeof(__wasi_ciovec_t),
               "vectors are passed on as they are");

enum { FIRST_PREOPEN = 3, SHARE_NAMES_SIZE = 16384 };

static const char DATA_FOLDER[] = "/.oci2wasm", SCRATCH_FOLDER[] = "/.oci2wasm/scratch", SCRATCH_FILE[] = "scratch";

static struct {
  __wasi_fd_t directory;
  const char *name;
  bool known;                 // the host could tell:
  __wasi_filestat_t at_start; // what the directory was before the guest ran
} shares[FILES_SHARES_MAX];

static __wasi_fd_t data_folder, scratch_folder; // 0: none

static bool is_named(const char *name, size_t length, const char *expected) {
  return length == strlen(expected) && memcmp(name, expected, length) == 0;
}

// Preopens follow the standard streams without a gap. Those beyond FILES_SHARES_MAX are left alone.
unsigned files_share_count(void) {
  static char names[SHARE_NAMES_SIZE];
  static unsigned count, used;
  static bool known;
  __wasi_prestat_t preopen;
  for (__wasi_fd_t directory = FIRST_PREOPEN;
       !known && __wasi_fd_prestat_get(directory, &preopen) == __WASI_ERRNO_SUCCESS; directory++) {
    const size_t length = preopen.u.dir.pr_name_len;
    if (length >= SHARE_NAMES_SIZE - used ||
        __wasi_fd_prestat_dir_name(directory, (uint8_t *)names + used, length) != __WASI_ERRNO_SUCCESS)
      break;
    const bool has_data = is_named(names + used, length, DATA_FOLDER);
    const bool has_scratch = is_named(names + used, length, SCRATCH_FOLDER);
    if (has_data)
      data_folder = directory;
    if (has_scratch)
      scratch_folder = directory;
    if (has_data || has_scratch || count == FILES_SHARES_MAX) {
      memset(names + used, 0, length);
      continue;
    }
    shares[count].directory = directory;
    shares[count].known = __wasi_path_filestat_get(directory, 0, ".", &shares[count].at_start) == __WASI_ERRNO_SUCCESS;
    shares[count++].name = names + used;
    used += (unsigned)length + 1; // the array is zero
  }
  known = true;
  return count;
}

bool host_wasi_data_folder(__wasi_fd_t *folder) {
  files_share_count();
  *folder = data_folder;
  return data_folder != 0;
}

bool files_scratch_folder(void) {
  files_share_count();
  return scratch_folder != 0;
}

int files_open_scratch(bool kept, int *file) {
  static const __wasi_rights_t RIGHTS = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK |
                                        __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_DATASYNC |
                                        __WASI_RIGHTS_FD_FILESTAT_SET_SIZE;
  __wasi_fd_t opened = 0;
  host_wasi_end_collection();
  const __wasi_oflags_t flags = __WASI_OFLAGS_CREAT | (kept ? 0 : __WASI_OFLAGS_EXCL);
  const int error = linux_error(__wasi_path_open(scratch_folder, 0, SCRATCH_FILE, flags, RIGHTS, 0, 0, &opened));
  if (!error && !kept)
    (void)__wasi_path_unlink_file(scratch_folder, SCRATCH_FILE);
  (void)__wasi_fd_close(scratch_folder);
  *file = (int)opened;
  return error;
}

const char *files_share_name(unsigned share) {
  return shares[share].name;
}

// Is the share's directory still the one it was?
static int check_share(unsigned share) {
  const __wasi_filestat_t *before = &shares[share].at_start;
  __wasi_filestat_t now = {0};
  if (!shares[share].known)
    return 0;
  const int error = linux_error(__wasi_path_filestat_get(shares[share].directory, 0, ".", &now));
  if (error)
    return error;
  return now.filetype == before->filetype && now.dev == before->dev && now.ino == before->ino ? 0 : LINUX_ENOENT;
}

// 0 if everything before the path's last name is a directory, and no link to one.
static int check_way(unsigned share, const char *path) {
  static char way[FILES_PATH_MAX];
  const size_t length = strlen(path);
  if (length >= sizeof way)
    return LINUX_ENAMETOOLONG;
  memcpy(way, path, length + 1);
  int error = check_share(share);
  for (size_t at = 0; at < length && !error; at++) {
    __wasi_filestat_t found = {0};
    if (path[at] != '/')
      continue;
    way[at] = 0;
    error = linux_error(__wasi_path_filestat_get(shares[share].directory, 0, way, &found));
    if (!error && found.filetype != __WASI_FILETYPE_DIRECTORY)
      error = LINUX_ENOTDIR;
    way[at] = '/';
  }
  return error;
}

// The same, and the last name is no link either: not every host heeds that path_open shall follow none.
static int check_way_and_end(unsigned share, const char *path) {
  __wasi_filestat_t found = {0};
  const int error = check_way(share, path);
  if (error || __wasi_path_filestat_get(shares[share].directory, 0, path, &found) != __WASI_ERRNO_SUCCESS)
    return error;
  return found.filetype == __WASI_FILETYPE_SYMBOLIC_LINK ? LINUX_ELOOP : 0;
}

int files_open(unsigned share, const char *path, unsigned how, int *file) {
  // Hosts derive how they open a file from the rights asked for, and refuse rights that do not fit its kind.
  static const __wasi_rights_t COMMON = __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES |
                                        __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL;
  __wasi_rights_t rights = COMMON;
  if (how & FILES_READ)
    rights |= __WASI_RIGHTS_FD_READ;
  if (how & FILES_WRITE)
    rights |= __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE;
  if (how & FILES_DIRECTORY)
    rights = __WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES |
             __WASI_RIGHTS_FD_SYNC;
  __wasi_oflags_t flags = 0;
  flags |= how & FILES_CREATE ? __WASI_OFLAGS_CREAT : 0;
  flags |= how & FILES_EXCLUSIVE ? __WASI_OFLAGS_EXCL : 0;
  flags |= how & FILES_TRUNCATE ? __WASI_OFLAGS_TRUNC : 0;
  flags |= how & FILES_DIRECTORY ? __WASI_OFLAGS_DIRECTORY : 0;
  __wasi_fd_t opened = 0;
  int error = check_way_and_end(share, path);
  if (!error)
    error = linux_error(__wasi_path_open(shares[share].directory, 0, path, flags, rights, 0, 0, &opened));
  *file = (int)opened;
  return error;
}

void files_close(int file) {
  (void)__wasi_fd_close(file);
}

int files_read(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done) {
  *done = 0;
  __wasi_errno_t error;
  do
    error = __wasi_fd_pread(file, (const __wasi_iovec_t *)(const void *)vectors, count, offset, done);
  while (error == __WASI_ERRNO_INTR);
  return linux_error(error);
}

int files_write(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done) {
  *done = 0;
  __wasi_errno_t error;
  do
    error = __wasi_fd_pwrite(file, (const __wasi_ciovec_t *)(const void *)vectors, count, offset, done);
  while (error == __WASI_ERRNO_INTR);
  return linux_error(error);
}

int files_resize(int file, uint64_t size) {
  return linux_error(__wasi_fd_filestat_set_size(file, size));
}

int files_sync(int file, bool data_only) {
  return linux_error(data_only ? __wasi_fd_datasync(file) : __wasi_fd_sync(file));
}

static enum file_kind kind_of(__wasi_filetype_t type) {
  switch (type) {
  case __WASI_FILETYPE_REGULAR_FILE: return FILE_REGULAR;
  case __WASI_FILETYPE_DIRECTORY: return FILE_DIRECTORY;
  case __WASI_FILETYPE_SYMBOLIC_LINK: return FILE_LINK;
  case __WASI_FILETYPE_CHARACTER_DEVICE: return FILE_CHARACTER_DEVICE;
  case __WASI_FILETYPE_BLOCK_DEVICE: return FILE_BLOCK_DEVICE;
  default: return FILE_OTHER;
  }
}

static int convert_status(__wasi_errno_t error, const __wasi_filestat_t *from, struct file_status *status) {
  *status = (struct file_status){.kind = kind_of(from->filetype),
                                 .device = from->dev,
                                 .inode = from->ino,
                                 .links = from->nlink,
                                 .size = from->size,
                                 .accessed_ns = from->atim,
                                 .modified_ns = from->mtim,
                                 .changed_ns = from->ctim};
  return linux_error(error);
}

int files_status(int file, struct file_status *status) {
  __wasi_filestat_t found = {0};
  return convert_status(__wasi_fd_filestat_get(file, &found), &found, status);
}

int files_end(int file, uint64_t *end) {
  *end = 0;
  return linux_error(__wasi_fd_seek(file, 0, __WASI_WHENCE_END, end));
}

int files_path_status(unsigned share, const char *path, struct file_status *status) {
  __wasi_filestat_t found = {0};
  host_wasi_end_collection(); // the guest asks for a share's status before it does anything else with it
  const int error = check_way(share, path);
  if (error)
    return error;
  return convert_status(__wasi_path_filestat_get(shares[share].directory, 0, path, &found), &found, status);
}

static __wasi_fstflags_t time_flags(const struct file_times *times) {
  static const __wasi_fstflags_t ACCESS[] = {0, __WASI_FSTFLAGS_ATIM_NOW, __WASI_FSTFLAGS_ATIM};
  static const __wasi_fstflags_t MODIFICATION[] = {0, __WASI_FSTFLAGS_MTIM_NOW, __WASI_FSTFLAGS_MTIM};
  return ACCESS[times->access] | MODIFICATION[times->modification];
}

int files_set_times(int file, const struct file_times *times) {
  return linux_error(__wasi_fd_filestat_set_times(file, times->access_ns, times->modification_ns, time_flags(times)));
}

int files_path_set_times(unsigned share, const char *path, const struct file_times *times) {
  const int error = check_way_and_end(share, path);
  return error ? error
               : linux_error(__wasi_path_filestat_set_times(shares[share].directory, 0, path, times->access_ns,
                                                            times->modification_ns, time_flags(times)));
}

// Gives the whole entries of one fd_readdir answer to `take`; `cookie` becomes that of the last.
static int take_entries(const uint8_t *bytes, size_t length, __wasi_dircookie_t *cookie,
                        int (*take)(void *owner, const struct file_entry *entry), void *owner) {
  __wasi_dirent_t header;
  size_t at = 0;
  while (length - at >= sizeof header) {
    memcpy(&header, bytes + at, sizeof header);
    if (header.d_namlen > length - at - sizeof header)
      break;
    const struct file_entry entry = {(const char *)bytes + at + sizeof header, header.d_namlen, header.d_ino,
                                     kind_of(header.d_type)};
    at += sizeof header + header.d_namlen;
    *cookie = header.d_next;
    // Some hosts list these two, some do not.
    const bool dots = (entry.name_length == 1 && entry.name[0] == '.') ||
                      (entry.name_length == 2 && memcmp(entry.name, "..", 2) == 0);
    const int error = dots ? 0 : take(owner, &entry);
    if (error)
      return error;
  }
  return at ? 0 : LINUX_EIO; // not one entry: the host gave a name that cannot be
}

int files_list(int directory, int (*take)(void *owner, const struct file_entry *entry), void *owner) {
  static uint8_t bytes[65536];
  __wasi_dircookie_t cookie = 0;
  for (;;) {
    __wasi_size_t used = 0;
    int error = linux_error(__wasi_fd_readdir(directory, bytes, sizeof bytes, cookie, &used));
    if (error || used == 0)
      return error;
    error = take_entries(bytes, used < sizeof bytes ? used : sizeof bytes, &cookie, take, owner);
    if (error || used < sizeof bytes) // a full buffer may have cut the list
      return error;
  }
}

int files_make_directory(unsigned share, const char *path) {
  const int error = check_way(share, path);
  return error ? error : linux_error(__wasi_path_create_directory(shares[share].directory, path));
}

int files_remove_directory(unsigned share, const char *path) {
  const int error = check_way(share, path);
  return error ? error : linux_error(__wasi_path_remove_directory(shares[share].directory, path));
}

int files_unlink(unsigned share, const char *path) {
  const int error = check_way(share, path);
  return error ? error : linux_error(__wasi_path_unlink_file(shares[share].directory, path));
}

static int check_two_ways(unsigned share, const char *from, const char *to) {
  const int error = check_way(share, from);
  return error ? error : check_way(share, to);
}

int files_rename(unsigned share, const char *from, const char *to) {
  const int error = check_two_ways(share, from, to);
  return error ? error : linux_error(__wasi_path_rename(shares[share].directory, from, shares[share].directory, to));
}

int files_link(unsigned share, const char *from, const char *to) {
  const int error = check_two_ways(share, from, to);
  return error ? error : linux_error(__wasi_path_link(shares[share].directory, 0, from, shares[share].directory, to));
}

int files_symlink(unsigned share, const char *target, const char *path) {
  const int error = check_way(share, path);
  return error ? error : linux_error(__wasi_path_symlink(target, shares[share].directory, path));
}

int files_read_link(unsigned share, const char *path, char *target, size_t capacity, size_t *length) {
  *length = 0;
  const int error = check_way(share, path);
  return error ? error
               : linux_error(__wasi_path_readlink(shares[share].directory, path, (uint8_t *)target, capacity, length));
}
