// Attributes. WASI preview 1 has no modes and owners: everything belongs to the user who attached and is 0755, so that
// programs and scripts can be executed, until the guest says otherwise. Then that is kept here (virtio_9p_kept.h).
#include "device/virtio_9p_attributes.h"

#include "device/virtio_9p_special.h"

#include "host/host.h"
#include "host/linux_errno.h"

#include <string.h>

enum {
  GET_BASIC = 0x7ff, // mode to blocks
  SET_MODE = 0x1,
  SET_UID = 0x2,
  SET_GID = 0x4,
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
    [FILE_REGULAR] = {0100755, 8},
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

// Whatever the host calls the file by now: the one that the fid was opened or walked to.
static struct p9_identity identity_of(struct p9_call *call, const struct p9_fid *fid) {
  const struct p9_fid *open = fid->open ? fid : NULL;
  if (!open && fid->node->gone)
    open = p9_fid_open_on(&call->server->fids, fid->node);
  return open ? open->identity : fid->node->identity;
}

static bool is_default(const struct p9_server *server, const struct p9_kept *kept) {
  return kept->mode == KINDS[kept->kind].mode && kept->owner.uid == server->owner.uid &&
         kept->owner.gid == server->owner.gid;
}

void p9_keep_made(const struct p9_call *call, const struct p9_fid *directory, struct p9_text name,
                  const struct file_status *status, uint32_t mode, uint32_t group) {
  enum { READABLE = 0444 };
  const struct p9_identity identity = p9_identity_of(status);
  p9_kept_forget(&identity); // of a file that had this number before
  if (status->kind == FILE_DIRECTORY)
    p9_special_forget_all(&identity);
  struct p9_kept *kept = identity.inode ? p9_kept_make(&identity, status->kind) : NULL;
  if (!kept)
    return;
  kept->mode = (KINDS[status->kind].mode & MODE_TYPE) | (mode & MODE_BITS);
  kept->owner = (struct p9_owner){directory->user, group};
  kept->place = p9_place_of(&directory->node->identity, name.bytes, name.length);
  kept->modified_ns = status->modified_ns;
  kept->size = status->size;
  const bool owned = kept->owner.uid == call->server->owner.uid && kept->owner.gid == call->server->owner.gid;
  kept->expendable = owned && (kept->mode & MODE_BITS & ~(uint32_t)0333) == READABLE;
  if (is_default(call->server, kept))
    p9_kept_forget(&identity);
}

int p9_put_made(struct p9_call *call, const struct p9_fid *directory, struct p9_text name, const struct p9_path *path,
                uint32_t mode, uint32_t group) {
  struct file_status status;
  const int error = files_path_status(call->server->share, path->text, &status);
  if (error)
    return error;
  p9_keep_made(call, directory, name, &status, mode, group);
  p9_put_qid(&call->out, &status);
  return 0;
}

// The file's record, made as the file is shown if there is none. 0, ENOSPC, or what the host says; `kept` is NULL on a
// host that does not tell files from each other.
static int keep(struct p9_call *call, const struct p9_fid *fid, struct file_status *status, struct p9_kept **kept) {
  const int error = p9_fid_status(call, fid, status);
  if (error)
    return error;
  const struct p9_identity identity = identity_of(call, fid);
  *kept = p9_kept_find(&identity);
  if (*kept || identity.inode == 0)
    return 0;
  *kept = p9_kept_make(&identity, status->kind);
  if (!*kept)
    return LINUX_ENOSPC;
  (*kept)->mode = KINDS[status->kind].mode;
  (*kept)->owner = call->server->owner;
  (*kept)->place = p9_node_place(fid->node);
  (*kept)->modified_ns = status->modified_ns;
  (*kept)->size = status->size;
  (*kept)->removed = fid->node->gone;
  return 0;
}

int p9_keep_directory(struct p9_call *call, const struct p9_fid *directory) {
  struct file_status status;
  struct p9_kept *kept;
  const int error = keep(call, directory, &status, &kept);
  if (error)
    return error;
  if (!kept)
    return LINUX_EPERM;
  kept->pinned = true;
  kept->expendable = false;
  return 0;
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
  const struct p9_identity identity = identity_of(call, fid);
  const struct p9_kept *kept = p9_kept_find(&identity);
  if (kept && kept->kind != status.kind)
    kept = NULL;
  if (kept && kept->timed && kept->modified_ns == status.modified_ns) {
    status.accessed_ns = kept->shown_accessed_ns;
    status.modified_ns = kept->shown_modified_ns;
  }
  if (kept && kept->changed_ns > status.changed_ns)
    status.changed_ns = kept->changed_ns;
  const struct p9_owner *owner = kept ? &kept->owner : &call->server->owner;
  struct p9_writer *out = &call->out;
  p9_put_u64(out, GET_BASIC);
  p9_put_qid(out, &status);
  p9_put_u32(out, kept ? kept->mode : KINDS[status.kind].mode);
  p9_put_u32(out, owner->uid);
  p9_put_u32(out, owner->gid);
  p9_put_u64(out, status.links);
  p9_put_u64(out, kept ? kept->device_number : 0);
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

static int set_host_times(struct p9_call *call, const struct p9_fid *fid, const struct file_times *times) {
  const struct p9_fid *open = fid->node->gone ? p9_fid_open_on(&call->server->fids, fid->node) : NULL;
  struct p9_path path;
  if (open)
    return files_set_times(open->file, times);
  const int error = p9_node_path(fid->node, path.text);
  return error ? error : files_path_set_times(call->server->share, path.text, times);
}

static void change_time(uint64_t *time_ns, enum file_time_change change, uint64_t given_ns, uint64_t now_ns) {
  if (change != FILE_TIME_KEEP)
    *time_ns = change == FILE_TIME_SET ? given_ns : now_ns;
}

static int keep_times(struct p9_call *call, const struct p9_fid *fid, const struct file_times *times) {
  const uint64_t now_ns = host_realtime_ns();
  struct file_status status;
  struct p9_kept *kept;
  const int error = keep(call, fid, &status, &kept);
  if (error || !kept)
    return error;
  if (!kept->timed) {
    kept->shown_accessed_ns = status.accessed_ns;
    kept->shown_modified_ns = status.modified_ns;
  }
  change_time(&kept->shown_accessed_ns, times->access, times->access_ns, now_ns);
  change_time(&kept->shown_modified_ns, times->modification, times->modification_ns, now_ns);
  kept->changed_ns = now_ns;
  kept->timed = kept->identity.device != P9_SPECIAL_DEVICE;
  kept->expendable = false;
  return 0;
}

static int set_times(struct p9_call *call, const struct p9_fid *fid, const struct file_times *times) {
  if (fid->node->identity.device == P9_SPECIAL_DEVICE)
    return keep_times(call, fid, times);
  const int error = set_host_times(call, fid, times);
  // Not every WASI host has it, and some would follow a link.
  const bool cannot =
      error == LINUX_ENOSYS || error == LINUX_EOPNOTSUPP || (error == LINUX_ELOOP && fid->node->kind == FILE_LINK);
  return cannot ? keep_times(call, fid, times) : error;
}

// The bits of `valid` that are given, of mode and owner.
static int set_kept(struct p9_call *call, const struct p9_fid *fid, uint32_t valid, uint32_t mode,
                    struct p9_owner owner) {
  struct file_status status;
  struct p9_kept *kept;
  const int error = keep(call, fid, &status, &kept);
  if (error || !kept)
    return error;
  if (valid & SET_MODE)
    kept->mode = (kept->mode & MODE_TYPE) | (mode & MODE_BITS);
  if (valid & SET_UID)
    kept->owner.uid = owner.uid;
  if (valid & SET_GID)
    kept->owner.gid = owner.gid;
  kept->expendable = false;
  kept->changed_ns = host_realtime_ns();
  if (is_default(call->server, kept) && !kept->pinned && !kept->timed && !kept->removed)
    p9_kept_forget(&kept->identity);
  return 0;
}

int p9_setattr(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call);
  const uint32_t valid = p9_take_u32(&call->in);
  const uint32_t mode = p9_take_u32(&call->in);
  struct p9_owner owner;
  owner.uid = p9_take_u32(&call->in);
  owner.gid = p9_take_u32(&call->in);
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
  if (!error && (times.access || times.modification))
    error = set_times(call, fid, &times);
  if (!error && (valid & (SET_MODE | SET_UID | SET_GID)))
    error = set_kept(call, fid, valid, mode, owner);
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
