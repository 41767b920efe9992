// Names: made, moved, removed.
#include "device/virtio_9p_name.h"

#include "device/virtio_9p_attributes.h"
#include "device/virtio_9p_special.h"

#include "host/host.h"
#include "host/linux_errno.h"

#include <string.h>

enum {
  REMOVE_DIRECTORY = 0x200,
  MODE_FIFO = 0010000,
  MODE_CHARACTER = 0020000,
  MODE_BLOCK = 0060000,
  MODE_SOCKET = 0140000
};

int p9_mkdir(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  const uint32_t mode = p9_take_u32(&call->in), group = p9_take_u32(&call->in);
  struct p9_path path;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  int error = p9_new_path_in(directory, name, &path);
  if (!error)
    error = files_make_directory(call->server->share, path.text);
  return error ? error : p9_put_made(call, directory, name, &path, mode, group);
}

// As Linux encodes them to give to programs.
static uint32_t device_number(uint32_t major, uint32_t minor) {
  return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
}

// Sockets, pipes and devices are the server's own: WASI makes none.
static int make_special(struct p9_call *call, const struct p9_fid *directory, struct p9_text name,
                        const struct p9_kept *wanted, const char *path) {
  struct file_status status;
  if (files_path_status(call->server->share, path, &status) == 0)
    return LINUX_EEXIST;
  int error = p9_keep_directory(call, directory);
  if (error)
    return error;
  const struct p9_special *special = p9_special_make(&directory->node->identity, name.bytes, name.length);
  if (!special)
    return LINUX_ENOSPC;
  struct p9_kept *kept = p9_kept_find(&special->identity);
  kept->mode = wanted->mode;
  kept->owner = wanted->owner;
  kept->device_number = wanted->device_number;
  kept->shown_accessed_ns = kept->shown_modified_ns = kept->changed_ns = host_realtime_ns();
  if (p9_special_status(&special->identity, &status))
    p9_put_qid(&call->out, &status);
  return 0;
}

// mknod(2) also makes regular files.
int p9_mknod(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  struct p9_kept wanted = {.mode = p9_take_u32(&call->in)};
  const uint32_t major = p9_take_u32(&call->in), minor = p9_take_u32(&call->in);
  wanted.owner.gid = p9_take_u32(&call->in);
  const uint32_t type = wanted.mode & MODE_TYPE;
  struct p9_path path;
  int file;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  int error = p9_new_path_in(directory, name, &path);
  if (error)
    return error;
  wanted.mode &= MODE_TYPE | MODE_BITS;
  wanted.owner.uid = directory->user;
  if (type == MODE_CHARACTER || type == MODE_BLOCK)
    wanted.device_number = device_number(major, minor);
  else if (type != MODE_REGULAR && type != MODE_FIFO && type != MODE_SOCKET)
    return LINUX_EPERM;
  if (type != MODE_REGULAR)
    return make_special(call, directory, name, &wanted, path.text);
  error = files_open(call->server->share, path.text, FILES_WRITE | FILES_CREATE | FILES_EXCLUSIVE, &file);
  if (error)
    return error;
  files_close(file);
  return p9_put_made(call, directory, name, &path, wanted.mode, wanted.owner.gid);
}

int p9_symlink(struct p9_call *call) {
  char *target = call->server->scratch;
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in), text = p9_take_text(&call->in);
  const uint32_t group = p9_take_u32(&call->in);
  struct p9_path path;
  if (!p9_ended(&call->in) || memchr(text.bytes, 0, text.length))
    return LINUX_EINVAL;
  if (text.length >= FILES_PATH_MAX)
    return LINUX_ENAMETOOLONG;
  memcpy(target, text.bytes, text.length);
  target[text.length] = 0;
  int error = p9_new_path_in(directory, name, &path);
  if (!error)
    error = files_symlink(call->server->share, target, path.text);
  return error ? error : p9_put_made(call, directory, name, &path, MODE_BITS & 0777, group);
}

int p9_readlink(struct p9_call *call) {
  char *target = call->server->scratch;
  const struct p9_fid *fid = p9_take_fid(call);
  struct p9_path path;
  size_t length = 0;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  int error = p9_node_path(fid->node, path.text);
  if (!error)
    error = files_read_link(call->server->share, path.text, target, FILES_PATH_MAX, &length);
  if (!error)
    p9_put_text(&call->out, target, length);
  return error;
}

int p9_link(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call), *fid = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  char *from = call->server->scratch;
  struct p9_path to;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  int error = p9_node_path(fid->node, from);
  if (!error)
    error = p9_new_path_in(directory, name, &to);
  if (!error && fid->node->identity.device == P9_SPECIAL_DEVICE)
    error = LINUX_EPERM; // the guest's kernel knows a socket or pipe by one name only
  return error ? error : files_link(call->server->share, from, to.text);
}

// A name in a directory, and what is there.
struct entry {
  struct p9_node *directory;
  struct p9_text name;
  const struct p9_path *path;
  struct p9_node *node;       // if a fid leads to it
  struct p9_special *special; // if it is a special file
  bool found;                 // or the host has something there:
  struct file_status status;
};

// 0, or why the host does not answer. The path is that of the name.
static int look(const struct p9_call *call, struct p9_node *directory, struct p9_text name, const struct p9_path *path,
                struct entry *entry) {
  *entry = (struct entry){.directory = directory, .name = name, .path = path};
  entry->node = p9_node_known(&call->server->tree, directory, name.bytes, name.length);
  const int error = files_path_status(call->server->share, path->text, &entry->status);
  entry->found = error == 0;
  if (entry->found)
    p9_special_give_way(&directory->identity, name.bytes, name.length);
  entry->special = p9_special_find(&directory->identity, name.bytes, name.length);
  return error == LINUX_ENOENT ? 0 : error;
}

static bool holds_specials(const struct entry *entry) {
  const struct p9_identity identity = p9_identity_of(&entry->status);
  return entry->found && entry->status.kind == FILE_DIRECTORY && p9_special_next(&identity, NULL);
}

// The name leads nowhere any more, or to something else.
static void lose(const struct p9_call *call, const struct entry *entry) {
  const struct p9_identity identity = p9_identity_of(&entry->status);
  struct p9_kept *kept = entry->found ? p9_kept_find(&identity) : NULL;
  if (entry->special)
    p9_special_remove(entry->special);
  if (!kept)
    return;
  if (entry->status.kind != FILE_DIRECTORY && entry->status.links > 1)
    kept->place = 0; // it has another name
  else if (p9_fid_is_open(&call->server->fids, &identity))
    kept->removed = true;
  else
    p9_kept_forget(&identity);
}

static int move_special(const struct p9_call *call, const struct entry *from, const struct entry *to) {
  int error = 0;
  if (to->found)
    error = to->status.kind == FILE_DIRECTORY ? LINUX_EISDIR : files_unlink(call->server->share, to->path->text);
  if (!error)
    p9_special_move(from->special, &to->directory->identity, to->name.bytes, to->name.length);
  return error;
}

static int move_file(const struct p9_call *call, const struct entry *from, const struct entry *to) {
  if (from->status.kind == FILE_DIRECTORY && to->special)
    return LINUX_ENOTDIR;
  if (holds_specials(to))
    return LINUX_ENOTEMPTY;
  const int error = files_rename(call->server->share, from->path->text, to->path->text);
  const struct p9_identity identity = p9_identity_of(&from->status);
  struct p9_kept *kept = error ? NULL : p9_kept_find(&identity);
  if (kept)
    kept->place = p9_place_of(&to->directory->identity, to->name.bytes, to->name.length);
  return error;
}

static bool is_same(const struct entry *a, const struct entry *b) {
  const struct p9_identity first = p9_identity_of(&a->status), second = p9_identity_of(&b->status);
  return a->found && b->found && first.inode && p9_identity_equal(&first, &second);
}

static int move(struct p9_call *call, struct p9_node *directory, struct p9_text old_name, const struct p9_path *path,
                const struct p9_fid *target, struct p9_text name) {
  struct p9_tree *tree = &call->server->tree;
  struct entry from, to;
  struct p9_path new_path;
  int error = p9_path_in(target, name, &new_path);
  if (!error)
    error = look(call, directory, old_name, path, &from);
  if (!error)
    error = look(call, target->node, name, &new_path, &to);
  if (error)
    return error;
  if (!from.found && !from.special)
    return LINUX_ENOENT;
  if (from.special && from.special == to.special)
    return 0;
  const bool same = is_same(&from, &to);
  error = from.found ? move_file(call, &from, &to) : move_special(call, &from, &to);
  if (error || same) // of two names of one file, both stay
    return error;
  lose(call, &to);
  if (from.node)
    p9_node_move(tree, from.node, to.directory, name.bytes, name.length);
  else if (to.node)
    p9_node_detach(tree, to.node);
  return 0;
}

int p9_rename(struct p9_call *call) {
  const struct p9_fid *fid = p9_take_fid(call), *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  struct p9_path from;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  struct p9_node *node = fid->node;
  if (node == &call->server->tree.root)
    return LINUX_EINVAL;
  const int error = p9_node_path(node, from.text);
  if (error)
    return error;
  return move(call, node->parent, (struct p9_text){node->name, node->name_length}, &from, directory, name);
}

int p9_renameat(struct p9_call *call) {
  const struct p9_fid *before = p9_take_fid(call);
  const struct p9_text old_name = p9_take_text(&call->in);
  const struct p9_fid *after = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  struct p9_path from;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  const int error = p9_path_in(before, old_name, &from);
  return error ? error : move(call, before->node, old_name, &from, after, name);
}

static int remove_entry(struct p9_call *call, struct entry *entry, bool is_directory) {
  const unsigned share = call->server->share;
  if (entry->special) {
    if (is_directory)
      return LINUX_ENOTDIR;
  } else {
    if (is_directory && holds_specials(entry))
      return LINUX_ENOTEMPTY;
    const int error = is_directory ? files_remove_directory(share, entry->path->text) //
                                   : files_unlink(share, entry->path->text);
    if (error)
      return error;
  }
  lose(call, entry);
  if (entry->node)
    p9_node_detach(&call->server->tree, entry->node);
  return 0;
}

int p9_unlinkat(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  const uint32_t flags = p9_take_u32(&call->in);
  struct entry entry;
  struct p9_path path;
  if (!p9_ended(&call->in) || (flags & ~(uint32_t)REMOVE_DIRECTORY))
    return LINUX_EINVAL;
  int error = p9_path_in(directory, name, &path);
  if (!error)
    error = look(call, directory->node, name, &path, &entry);
  return error ? error : remove_entry(call, &entry, flags != 0);
}

// The fid is given up in any case.
int p9_remove(struct p9_call *call) {
  struct p9_server *server = call->server;
  struct p9_fid *fid = p9_take_fid(call);
  struct entry entry;
  struct p9_path path;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  struct p9_node *node = fid->node;
  int error = node == &server->tree.root ? LINUX_EINVAL : p9_node_path(node, path.text);
  if (!error)
    error = look(call, node->parent, (struct p9_text){node->name, node->name_length}, &path, &entry);
  if (!error)
    error = remove_entry(call, &entry, node->kind == FILE_DIRECTORY);
  p9_fid_drop(&server->fids, &server->tree, fid);
  return error;
}
