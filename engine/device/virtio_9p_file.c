// Open files and directories.
#include "device/virtio_9p_file.h"

#include "device/virtio_9p_attributes.h"
#include "device/virtio_9p_special.h"

#include "host/linux_errno.h"

#include <string.h>

// Of Linux's open flags, those that mean something to a server.
enum {
  OPEN_ACCESS = 3, // 0 read, 1 write, 2 both
  OPEN_EXCLUSIVE = 0200,
  OPEN_TRUNCATE = 01000,
  OPEN_APPEND = 02000,
  OPEN_DIRECTORY = 0200000
};

enum { READ_HEADER = P9_HEADER_SIZE + 4, WRITE_HEADER = P9_HEADER_SIZE + 16, DIRENT_FIXED = P9_QID_SIZE + 8 + 1 + 2 };
enum { COOKIE_DOT, COOKIE_DOT_DOT, COOKIE_FIRST }; // readdir's offsets before the listing's

static unsigned how_to_open(uint32_t flags) {
  static const unsigned ACCESS[] = {FILES_READ, FILES_WRITE, FILES_READ | FILES_WRITE, FILES_READ};
  return ACCESS[flags & OPEN_ACCESS] | (flags & OPEN_TRUNCATE ? FILES_TRUNCATE : 0U);
}

static void opened(struct p9_call *call, struct p9_fid *fid, int file, uint32_t flags,
                   const struct file_status *status) {
  fid->open = true;
  fid->append = (flags & OPEN_APPEND) != 0;
  fid->writable = (flags & OPEN_ACCESS) != 0;
  fid->file = file;
  fid->identity = p9_identity_of(status);
  p9_put_qid(&call->out, status);
  p9_put_u32(&call->out, 0); // iounit: whatever fits into a message
}

int p9_lopen(struct p9_call *call) {
  struct p9_fid *fid = p9_take_fid(call);
  const uint32_t flags = p9_take_u32(&call->in);
  struct p9_path path;
  struct file_status status;
  int file;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid || fid->open)
    return LINUX_EBADF;
  const bool directory = fid->node->kind == FILE_DIRECTORY;
  if (directory && (flags & (OPEN_ACCESS | OPEN_TRUNCATE)))
    return LINUX_EISDIR;
  if (!directory && (flags & OPEN_DIRECTORY))
    return LINUX_ENOTDIR;
  if (!directory && fid->node->kind != FILE_REGULAR)
    return LINUX_EINVAL; // a link, or the host's device or pipe: the guest has its own
  int error = p9_node_path(fid->node, path.text);
  if (!error)
    error = files_open(call->server->share, path.text, directory ? FILES_DIRECTORY : how_to_open(flags), &file);
  if (error)
    return error;
  error = files_status(file, &status);
  if (error) {
    files_close(file);
    return error;
  }
  opened(call, fid, file, flags, &status);
  return 0;
}

// Was the file made, or was it there?
static int create(const struct p9_call *call, const struct p9_path *path, uint32_t flags, int *file, bool *made) {
  const unsigned how = how_to_open(flags);
  const int error = files_open(call->server->share, path->text, how | FILES_CREATE | FILES_EXCLUSIVE, file);
  *made = !error;
  return error == LINUX_EEXIST && !(flags & OPEN_EXCLUSIVE) ? files_open(call->server->share, path->text, how, file)
                                                            : error;
}

// The fid is the directory's before and the new file's after.
int p9_lcreate(struct p9_call *call) {
  struct p9_tree *tree = &call->server->tree;
  struct p9_fid *fid = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  const uint32_t flags = p9_take_u32(&call->in);
  const uint32_t mode = p9_take_u32(&call->in), group = p9_take_u32(&call->in);
  struct p9_path path;
  struct file_status status;
  bool made;
  int file;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (fid && fid->open)
    return LINUX_EBADF;
  int error = p9_new_path_in(fid, name, &path);
  if (error)
    return error;
  struct p9_node *node = p9_node_child(tree, fid->node, name.bytes, name.length);
  if (!node)
    return LINUX_ENFILE;
  error = create(call, &path, flags, &file, &made);
  if (error) {
    p9_node_release(tree, node);
    return error;
  }
  error = files_status(file, &status);
  if (error) {
    files_close(file);
    p9_node_release(tree, node);
    return error;
  }
  if (made)
    p9_keep_made(call, fid, name, &status, mode, group);
  node->kind = status.kind;
  node->identity = p9_identity_of(&status);
  p9_node_release(tree, fid->node);
  fid->node = node;
  opened(call, fid, file, flags, &status);
  return 0;
}

static uint32_t smaller(uint64_t a, uint64_t b) {
  return (uint32_t)(a < b ? a : b);
}

// What a reply may hold after its first `header` bytes.
static uint64_t reply_room(const struct p9_call *call, uint32_t header) {
  const uint64_t most = smaller(call->server->message_max, call->buffers->writable);
  return most > header ? most - header : 0;
}

int p9_read(struct p9_call *call) {
  struct files_vector vectors[P9_VECTORS_MAX];
  const struct p9_fid *fid = p9_take_fid(call);
  const uint64_t offset = p9_take_u64(&call->in);
  const uint32_t count = smaller(p9_take_u32(&call->in), reply_room(call, READ_HEADER));
  if (!p9_ended(&call->in) || offset > INT64_MAX)
    return LINUX_EINVAL;
  if (!fid || !fid->open)
    return LINUX_EBADF;
  size_t done = 0;
  const unsigned pieces = call->buffers->locate(call->buffers->owner, true, READ_HEADER, count, vectors);
  const int error = pieces ? files_read(fid->file, offset, vectors, pieces, &done) : 0;
  call->payload = (uint32_t)done;
  p9_put_u32(&call->out, (uint32_t)done);
  return error;
}

// WASI leaves it to the host what a write at an offset does to a file opened for appending. So files are not opened
// that way; the end is asked for before each write.
static int append_offset(const struct p9_fid *fid, uint64_t *offset) {
  return fid->append ? files_end(fid->file, offset) : 0;
}

// What somebody else than root writes to does not act for its owner any more.
static void drop_privileges(const struct p9_fid *fid) {
  enum { SET_UID_BIT = 04000, SET_GID_BIT = 02000, GROUP_EXECUTES = 010 };
  struct p9_kept *kept = fid->user ? p9_kept_find(&fid->identity) : NULL;
  if (!kept)
    return;
  kept->mode &= ~(uint32_t)SET_UID_BIT;
  if (kept->mode & GROUP_EXECUTES)
    kept->mode &= ~(uint32_t)SET_GID_BIT;
}

int p9_write(struct p9_call *call) {
  struct files_vector vectors[P9_VECTORS_MAX];
  const struct p9_fid *fid = p9_take_fid(call);
  uint64_t offset = p9_take_u64(&call->in);
  const uint32_t count = p9_take_u32(&call->in);
  if (call->in.failed || count > call->size - WRITE_HEADER)
    return LINUX_EINVAL;
  if (offset > INT64_MAX || count > INT64_MAX - offset)
    return LINUX_EFBIG;
  if (!fid || !fid->open)
    return LINUX_EBADF;
  size_t done = 0;
  const unsigned pieces = call->buffers->locate(call->buffers->owner, false, WRITE_HEADER, count, vectors);
  int error = append_offset(fid, &offset);
  if (!error && pieces)
    error = files_write(fid->file, offset, vectors, pieces, &done);
  if (done)
    drop_privileges(fid);
  p9_put_u32(&call->out, (uint32_t)done);
  return error;
}

static int add_entry(void *owner, const struct file_entry *entry) {
  struct p9_fid *fid = owner;
  p9_special_give_way(&fid->identity, entry->name, entry->name_length);
  return p9_listing_add(&fid->listing, entry);
}

static int add_specials(struct p9_fid *fid) {
  const struct p9_special *special = NULL;
  const struct p9_identity device = {.device = fid->identity.device};
  int error = 0;
  while (!error && (special = p9_special_next(&fid->identity, special))) {
    // Such that it is the file's own once it is mixed with the directory's device.
    const uint64_t inode = p9_qid_path(&special->identity) ^ p9_qid_path(&device);
    const struct file_entry entry = {special->name, special->name_length, inode, FILE_OTHER};
    error = p9_listing_add(&fid->listing, &entry);
  }
  return error;
}

// Some hosts remember an open directory by the path it had: after a rename only a new opening finds it, and what is at
// that path now may be a link. A directory that was removed is empty.
static int make_listing(struct p9_call *call, struct p9_fid *fid) {
  struct p9_path path;
  int again;
  p9_listing_clear(&fid->listing);
  if (fid->node->gone)
    return 0;
  int error = p9_node_path(fid->node, path.text);
  if (!error)
    error = files_open(call->server->share, path.text, FILES_DIRECTORY, &again);
  if (error)
    return error;
  error = files_list(again, add_entry, fid);
  files_close(again);
  return error ? error : add_specials(fid);
}

// False if the entry does not fit any more.
static bool put_entry(struct p9_call *call, uint64_t room, uint64_t device, const struct p9_entry *entry) {
  if (call->out.length + DIRENT_FIXED + entry->name_length > room)
    return false;
  const struct file_status status = {.kind = entry->kind, .inode = entry->inode, .device = device};
  p9_put_qid(&call->out, &status);
  p9_put_u64(&call->out, entry->next);
  p9_put_u8(&call->out, p9_dirent_type(entry->kind));
  p9_put_text(&call->out, entry->name, entry->name_length);
  return true;
}

static void put_entries(struct p9_call *call, struct p9_fid *fid, const struct file_status *directory, uint64_t cookie,
                        uint64_t room) {
  struct p9_entry entry = {.name = "..", .kind = FILE_DIRECTORY, .inode = directory->inode};
  for (; cookie < COOKIE_FIRST; cookie++) {
    entry.name_length = (size_t)cookie + 1;
    entry.next = cookie + 1;
    if (!put_entry(call, room, directory->device, &entry))
      return;
  }
  while (p9_listing_read(&fid->listing, cookie - COOKIE_FIRST, &entry)) {
    entry.next += COOKIE_FIRST;
    if (!put_entry(call, room, directory->device, &entry))
      return;
    cookie = entry.next;
  }
}

int p9_readdir(struct p9_call *call) {
  struct p9_fid *fid = p9_take_fid(call);
  const uint64_t cookie = p9_take_u64(&call->in);
  uint32_t count = smaller(p9_take_u32(&call->in), reply_room(call, READ_HEADER));
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid || !fid->open)
    return LINUX_EBADF;
  if (fid->node->kind != FILE_DIRECTORY)
    return LINUX_ENOTDIR;
  struct file_status status;
  int error = p9_fid_status(call, fid, &status);
  if (!error && cookie == COOKIE_DOT)
    error = make_listing(call, fid);
  if (error)
    return error;
  count = smaller(count, P9_REPLY_MAX - READ_HEADER);
  call->out.length += sizeof count; // known later
  put_entries(call, fid, &status, cookie, sizeof count + (uint64_t)count);
  count = (uint32_t)(call->out.length - sizeof count);
  memcpy(call->out.bytes, &count, sizeof count);
  return 0;
}

int p9_fsync(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call);
  const bool data_only = p9_take_u32(&call->in) != 0;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid || !fid->open)
    return LINUX_EBADF;
  if (fid->node->kind != FILE_DIRECTORY)
    return files_sync(fid->file, data_only);
  // A host that cannot do it for directories says so in several ways; programs that ask need not fail for that.
  files_sync(fid->file, false);
  return 0;
}

// The guest is the only one to hold locks here, and its kernel has settled them before it asks.
int p9_lock(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call);
  p9_take_u8(&call->in);  // type
  p9_take_u32(&call->in); // flags
  p9_take_u64(&call->in); // start
  p9_take_u64(&call->in); // length
  p9_take_u32(&call->in); // process
  p9_take_text(&call->in);
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  p9_put_u8(&call->out, 0); // success
  return fid ? 0 : LINUX_EBADF;
}

int p9_getlock(struct p9_call *call) {
  enum { UNLOCKED = 2 };
  const struct p9_fid *fid = p9_take_fid(call);
  p9_take_u8(&call->in);
  const uint64_t start = p9_take_u64(&call->in), length = p9_take_u64(&call->in);
  const uint32_t process = p9_take_u32(&call->in);
  const struct p9_text client = p9_take_text(&call->in);
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  p9_put_u8(&call->out, UNLOCKED);
  p9_put_u64(&call->out, start);
  p9_put_u64(&call->out, length);
  p9_put_u32(&call->out, process);
  p9_put_text(&call->out, client.bytes, client.length);
  return fid ? 0 : LINUX_EBADF;
}
