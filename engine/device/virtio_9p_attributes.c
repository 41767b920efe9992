// Attributes. WASI preview 1 has no modes and owners: everything belongs to the user who attached, directories are
// 0755 and files 0644; changing that succeeds and does nothing, so that cp -p, tar and git are content.
#include "device/virtio_9p_operations.h"

#include "host/linux_errno.h"

#include <string.h>

enum {
  GET_BASIC = 0x7ff, // mode to blocks
  SET_SIZE = 0x8,
  SET_ATIME = 0x10,
  SET_MTIME = 0x20,
  SET_ATIME_GIVEN = 0x80,
  SET_MTIME_GIVEN = 0x100
};

#define SECOND_NS UINT64_C(1000000000)
enum { SECTOR = 512, BLOCK_SIZE = 65536 }; // st_blksize: what programs read and write at a time

// By file_kind: character and block devices, pipes and sockets of the host are seen, but are not the host's when
// opened.
static const struct {
  uint32_t mode;
  uint8_t dirent;
} KINDS[] = {
    [FILE_REGULAR] = {0100644, 8},
    [FILE_DIRECTORY] = {0040755, 4},
    [FILE_LINK] = {0120777, 10},
    [FILE_CHARACTER_DEVICE] = {0020644, 2},
    [FILE_BLOCK_DEVICE] = {0060644, 6},
    [FILE_OTHER] = {0140644, 0}, // shown as a socket; in a listing as of unknown type, so that programs ask
};

uint8_t p9_dirent_type(enum file_kind kind) {
  return KINDS[kind].dirent;
}

int p9_fid_status(struct p9_call *call, const struct p9_fid *fid, struct file_status *status) {
  const struct p9_fid *open = fid->open ? fid : NULL;
  if (!open && fid->node->gone)
    open = p9_fid_open_on(&call->server->fids, fid->node);
  if (open && files_status(open->file, status) == 0)
    return 0;
  return p9_node_status(call, fid->node, status);
}

static void put_time(struct p9_writer *out, uint64_t time_ns) {
  p9_put_u64(out, time_ns / SECOND_NS);
  p9_put_u64(out, time_ns % SECOND_NS);
}

int p9_getattr(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call);
  struct file_status status;
  p9_take_u64(&call->in); // what is asked for: the basic ones are always given
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  const int error = p9_fid_status(call, fid, &status);
  if (error)
    return error;
  struct p9_writer *out = &call->out;
  p9_put_u64(out, GET_BASIC);
  p9_put_qid(out, &status);
  p9_put_u32(out, KINDS[status.kind].mode);
  p9_put_u32(out, call->server->uid);
  p9_put_u32(out, call->server->gid);
  p9_put_u64(out, status.links);
  p9_put_u64(out, 0); // device number
  p9_put_u64(out, status.size);
  p9_put_u64(out, BLOCK_SIZE);
  p9_put_u64(out, status.size / SECTOR + (status.size % SECTOR != 0));
  put_time(out, status.accessed_ns);
  put_time(out, status.modified_ns);
  put_time(out, status.changed_ns);
  put_time(out, 0);   // birth
  p9_put_u64(out, 0); // generation
  p9_put_u64(out, 0); // data version
  return 0;
}

// Host times begin in 1970: what is before becomes that.
static bool take_time(struct p9_call *call, uint64_t *time_ns) {
  const int64_t seconds = (int64_t)p9_take_u64(&call->in);
  const uint64_t nanoseconds = p9_take_u64(&call->in);
  if (nanoseconds >= SECOND_NS || seconds > INT64_MAX / (int64_t)SECOND_NS - 1)
    return false;
  *time_ns = seconds < 0 ? 0 : (uint64_t)seconds * SECOND_NS + nanoseconds;
  return true;
}

static enum file_time_change time_change(uint32_t valid, uint32_t change, uint32_t given) {
  if (!(valid & change))
    return FILE_TIME_KEEP;
  return valid & given ? FILE_TIME_SET : FILE_TIME_NOW;
}

static int resize(struct p9_call *call, const struct p9_fid *fid, uint64_t size) {
  const struct p9_fid *open = fid->open && fid->writable ? fid : NULL;
  struct p9_path path;
  int file;
  if (fid->node->kind != FILE_REGULAR)
    return fid->node->kind == FILE_DIRECTORY ? LINUX_EISDIR : LINUX_EINVAL;
  if (!open && fid->node->gone)
    open = p9_fid_open_on(&call->server->fids, fid->node);
  if (open)
    return files_resize(open->file, size);
  int error = p9_node_path(fid->node, path.text);
  if (!error)
    error = files_open(call->server->share, path.text, FILES_WRITE, &file);
  if (error)
    return error;
  error = files_resize(file, size);
  files_close(file);
  return error;
}

static int set_times(struct p9_call *call, const struct p9_fid *fid, const struct file_times *times) {
  const struct p9_fid *open = fid->node->gone ? p9_fid_open_on(&call->server->fids, fid->node) : NULL;
  struct p9_path path;
  if (open)
    return files_set_times(open->file, times);
  const int error = p9_node_path(fid->node, path.text);
  return error ? error : files_path_set_times(call->server->share, path.text, times);
}

int p9_setattr(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call);
  const uint32_t valid = p9_take_u32(&call->in);
  p9_take_u32(&call->in); // mode
  p9_take_u32(&call->in); // owner
  p9_take_u32(&call->in); // group
  const uint64_t size = p9_take_u64(&call->in);
  struct file_times times = {.access = time_change(valid, SET_ATIME, SET_ATIME_GIVEN),
                             .modification = time_change(valid, SET_MTIME, SET_MTIME_GIVEN)};
  const bool access_right = take_time(call, &times.access_ns);
  const bool modification_right = take_time(call, &times.modification_ns);
  if (!p9_ended(&call->in) || (times.access == FILE_TIME_SET && !access_right) ||
      (times.modification == FILE_TIME_SET && !modification_right))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  int error = valid & SET_SIZE ? resize(call, fid, size) : 0;
  if (!error && (times.access || times.modification)) {
    error = set_times(call, fid, &times);
    if (error == LINUX_ENOSYS || error == LINUX_EOPNOTSUPP)
      error = 0; // not every WASI host has it, and it is no reason for cp -p to fail
  }
  return error;
}

// WASI does not say how much room there is: plenty, so that nobody who asks first gives up.
int p9_statfs(struct p9_call *call) {
  enum { MAGIC = 0x01021997 /* V9FS_MAGIC */, UNIT = 4096 };
  const uint64_t units = UINT64_C(1) << 28; // 1 TiB
  const struct p9_fid *fid = p9_take_fid(call);
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  struct p9_writer *out = &call->out;
  p9_put_u32(out, MAGIC);
  p9_put_u32(out, UNIT);
  p9_put_u64(out, units);                             // all
  p9_put_u64(out, units);                             // free
  p9_put_u64(out, units);                             // free for users
  p9_put_u64(out, 1 << 30);                           // files
  p9_put_u64(out, 1 << 30);                           // files that may still be made
  p9_put_u64(out, call->server->share + UINT64_C(1)); // identity
  p9_put_u32(out, FILES_NAME_MAX);
  return 0;
}
