// Names: made, moved, removed.
#include "device/virtio_9p_operations.h"

#include "host/linux_errno.h"

#include <string.h>

enum { REMOVE_DIRECTORY = 0x200, MODE_TYPE = 0170000, MODE_REGULAR = 0100000 };

int p9_mkdir(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  p9_take_u32(&call->in); // mode
  p9_take_u32(&call->in); // group
  struct p9_path path;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  int error = p9_path_in(directory, name, &path);
  if (!error)
    error = files_make_directory(call->server->share, path.text);
  return error ? error : p9_put_new_qid(call, &path);
}

// WASI makes no devices, pipes and sockets; mknod(2) also makes regular files.
int p9_mknod(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  const uint32_t mode = p9_take_u32(&call->in);
  p9_take_u32(&call->in); // major
  p9_take_u32(&call->in); // minor
  p9_take_u32(&call->in); // group
  struct p9_path path;
  int file;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  int error = p9_path_in(directory, name, &path);
  if (error)
    return error;
  if ((mode & MODE_TYPE) != MODE_REGULAR)
    return LINUX_EPERM;
  error = files_open(call->server->share, path.text, FILES_WRITE | FILES_CREATE | FILES_EXCLUSIVE, &file);
  if (error)
    return error;
  files_close(file);
  return p9_put_new_qid(call, &path);
}

int p9_symlink(struct p9_call *call) {
  char *target = call->server->scratch;
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in), text = p9_take_text(&call->in);
  p9_take_u32(&call->in); // group
  struct p9_path path;
  if (!p9_ended(&call->in) || memchr(text.bytes, 0, text.length))
    return LINUX_EINVAL;
  if (text.length >= FILES_PATH_MAX)
    return LINUX_ENAMETOOLONG;
  memcpy(target, text.bytes, text.length);
  target[text.length] = 0;
  int error = p9_path_in(directory, name, &path);
  if (!error)
    error = files_symlink(call->server->share, target, path.text);
  return error ? error : p9_put_new_qid(call, &path);
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
    error = p9_path_in(directory, name, &to);
  return error ? error : files_link(call->server->share, from, to.text);
}

// `known` is the moved name's node, if a fid leads to it.
static int move(struct p9_call *call, const struct p9_path *from, struct p9_node *known, const struct p9_fid *directory,
                struct p9_text name) {
  struct p9_path to;
  int error = p9_path_in(directory, name, &to);
  if (!error)
    error = files_rename(call->server->share, from->text, to.text);
  if (error)
    return error;
  struct p9_tree *tree = &call->server->tree;
  struct p9_node *replaced = p9_node_known(tree, directory->node, name.bytes, name.length);
  if (known)
    p9_node_move(tree, known, directory->node, name.bytes, name.length);
  else if (replaced)
    p9_node_detach(tree, replaced);
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
  if (fid->node == &call->server->tree.root)
    return LINUX_EINVAL;
  const int error = p9_node_path(fid->node, from.text);
  return error ? error : move(call, &from, fid->node, directory, name);
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
  if (error)
    return error;
  struct p9_node *known = p9_node_known(&call->server->tree, before->node, old_name.bytes, old_name.length);
  return move(call, &from, known, after, name);
}

int p9_unlinkat(struct p9_call *call) {
  const struct p9_fid *directory = p9_take_fid(call);
  const struct p9_text name = p9_take_text(&call->in);
  const uint32_t flags = p9_take_u32(&call->in);
  struct p9_path path;
  if (!p9_ended(&call->in) || (flags & ~(uint32_t)REMOVE_DIRECTORY))
    return LINUX_EINVAL;
  int error = p9_path_in(directory, name, &path);
  if (error)
    return error;
  error = flags ? files_remove_directory(call->server->share, path.text) : files_unlink(call->server->share, path.text);
  if (error)
    return error;
  struct p9_node *node = p9_node_known(&call->server->tree, directory->node, name.bytes, name.length);
  if (node)
    p9_node_detach(&call->server->tree, node);
  return 0;
}

// The fid is given up in any case.
int p9_remove(struct p9_call *call) {
  struct p9_server *server = call->server;
  struct p9_fid *fid = p9_take_fid(call);
  struct p9_path path;
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  int error = fid->node == &server->tree.root ? LINUX_EINVAL : p9_node_path(fid->node, path.text);
  if (!error)
    error = fid->node->kind == FILE_DIRECTORY ? files_remove_directory(server->share, path.text)
                                              : files_unlink(server->share, path.text);
  if (!error)
    p9_node_detach(&server->tree, fid->node);
  p9_fid_drop(&server->fids, &server->tree, fid);
  return error;
}
