// Directories of the host that the guest may use ("shares"). The interface can do what WASI preview 1 can and no more:
// no modes, owners, extended attributes, device nodes or free space.
//
// A path is relative to its share's directory: names joined by '/', or "." for the directory itself; it is never
// absolute and has no ".." in it. A symbolic link at its end is not followed, and none leads out of the share.
// Functions that return int return 0 or an error number as Linux counts them (linux_errno.h).
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILES_PATH_MAX = 4096, FILES_NAME_MAX = 255 }; // bytes; the path's with its ending 0
enum { FILES_SHARES_MAX = 16 };

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_LINK, FILE_CHARACTER_DEVICE, FILE_BLOCK_DEVICE, FILE_OTHER };

struct file_status {
  enum file_kind kind;
  uint64_t device, inode, links, size;
  uint64_t accessed_ns, modified_ns, changed_ns; // since 1970
};

// What to do with one of a file's times.
enum file_time_change { FILE_TIME_KEEP, FILE_TIME_NOW, FILE_TIME_SET };

struct file_times {
  enum file_time_change access, modification;
  uint64_t access_ns, modification_ns; // where the change is FILE_TIME_SET
};

struct files_vector {
  uint8_t *bytes;
  size_t length;
};

struct file_entry {
  const char *name; // not ended by 0; never "." or ".."
  size_t name_length;
  uint64_t inode; // 0 where the host does not say
  enum file_kind kind;
};

// The shares are numbered from 0; their names are what the host calls them, e.g. "/data" or ".".
unsigned files_share_count(void);
const char *files_share_name(unsigned share);

enum files_how {
  FILES_READ = 1,
  FILES_WRITE = 2,
  FILES_CREATE = 4,
  FILES_EXCLUSIVE = 8,
  FILES_TRUNCATE = 16,
  FILES_DIRECTORY = 32 // for files_list; with nothing else
};

// `how` is a sum of enum files_how.
int files_open(unsigned share, const char *path, unsigned how, int *file);
void files_close(int file);
// One host call straight from or into the vectors; `done` may be less than they hold.
int files_read(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done);
int files_write(int file, uint64_t offset, const struct files_vector *vectors, unsigned count, size_t *done);
int files_resize(int file, uint64_t size);
int files_sync(int file, bool data_only);
int files_status(int file, struct file_status *status);
// Where the open file ends. Not from its status: some hosts ask for that by the name the file was opened under.
int files_end(int file, uint64_t *end);
int files_set_times(int file, const struct file_times *times);
// All entries of an open directory. Stops with `take`'s result if that is not 0.
int files_list(int directory, int (*take)(void *owner, const struct file_entry *entry), void *owner);

int files_path_status(unsigned share, const char *path, struct file_status *status);
int files_path_set_times(unsigned share, const char *path, const struct file_times *times);
int files_make_directory(unsigned share, const char *path);
int files_remove_directory(unsigned share, const char *path);
int files_unlink(unsigned share, const char *path);
int files_rename(unsigned share, const char *from, const char *to);
int files_link(unsigned share, const char *from, const char *to);
int files_symlink(unsigned share, const char *target, const char *path);
int files_read_link(unsigned share, const char *path, char *target, size_t capacity, size_t *length);

// The folder of the scratch disk (docs/FORMATS.md, "Scratch disk"), which is no share. Is there one?
bool files_scratch_folder(void);
// Opens the disk's file in it, to be read and written, and closes the folder. One that is kept is made where it is
// missing. Any other must not be there yet (LINUX_EEXIST), and has no name once it is open, if the host allows that.
int files_open_scratch(bool kept, int *file);

#endif
