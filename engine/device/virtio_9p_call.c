#include "device/virtio_9p_call.h"

#include "device/virtio_9p_special.h"
#include "host/linux_errno.h"

#include <string.h>

enum { QID_DIRECTORY = 0x80, QID_LINK = 0x02 };

struct p9_fid *p9_take_fid(struct p9_call *call) {
  return p9_fid_find(&call->server->fids, p9_take_u32(&call->in));
}

int p9_check_name(struct p9_text name) {
  if (name.length == 0 || p9_text_is(name, ".") || p9_text_is(name, "..") || memchr(name.bytes, '/', name.length) ||
      memchr(name.bytes, 0, name.length))
    return LINUX_EINVAL;
  return name.length > FILES_NAME_MAX ? LINUX_ENAMETOOLONG : 0;
}

int p9_path_in(const struct p9_fid *directory, struct p9_text name, struct p9_path *path) {
  if (!directory)
    return LINUX_EBADF;
  if (directory->node->kind != FILE_DIRECTORY)
    return LINUX_ENOTDIR;
  int error = p9_check_name(name);
  if (!error)
    error = p9_node_path(directory->node, path->text);
  if (error)
    return error;
  size_t length = strlen(path->text);
  if (strcmp(path->text, ".") == 0)
    length = 0;
  if (length + 1 + name.length >= FILES_PATH_MAX)
    return LINUX_ENAMETOOLONG;
  if (length)
    path->text[length++] = '/';
  memcpy(path->text + length, name.bytes, name.length);
  path->text[length + name.length] = 0;
  return 0;
}

int p9_new_path_in(const struct p9_fid *directory, struct p9_text name, struct p9_path *path) {
  const int error = p9_path_in(directory, name, path);
  if (error)
    return error;
  if (p9_special_find(&directory->node->identity, name.bytes, name.length))
    return LINUX_EEXIST;
  return p9_kept_has_room() ? 0 : LINUX_ENOSPC;
}

// A name that the host has nothing of may be a special file's.
static int special_status(struct p9_node *node, int error, struct file_status *status) {
  if (error != LINUX_ENOENT && error != 0)
    return error;
  if (!node->parent)
    return error;
  const struct p9_identity *directory = &node->parent->identity;
  if (!error)
    p9_special_give_way(directory, node->name, node->name_length);
  const struct p9_special *special = p9_special_find(directory, node->name, node->name_length);
  return special && p9_special_status(&special->identity, status) ? 0 : error;
}

int p9_node_status(const struct p9_call *call, struct p9_node *node, struct file_status *status) {
  struct p9_path path;
  int error = p9_node_path(node, path.text);
  if (!error)
    error = files_path_status(call->server->share, path.text, status);
  error = special_status(node, error, status);
  if (error)
    return error;
  node->kind = status->kind;
  node->identity = p9_identity_of(status);
  if (node->identity.device == P9_SPECIAL_DEVICE)
    return 0;
  if (!p9_kept_check(&node->identity, p9_node_place(node), status))
    p9_special_forget_all(&node->identity);
  return 0;
}

// Files of several host file systems can be in one share: their numbers shall not meet.
uint64_t p9_qid_path(const struct p9_identity *identity) {
  return identity->inode ^ identity->device * UINT64_C(0x9e3779b97f4a7c15);
}

void p9_put_qid(struct p9_writer *out, const struct file_status *status) {
  const uint8_t type = status->kind == FILE_DIRECTORY ? QID_DIRECTORY : status->kind == FILE_LINK ? QID_LINK : 0;
  p9_put_u8(out, type);
  // The version is for caches: it changes when the file does.
  p9_put_u32(out, (uint32_t)(status->modified_ns ^ status->modified_ns >> 32 ^ status->size));
  const struct p9_identity identity = p9_identity_of(status);
  p9_put_u64(out, p9_qid_path(&identity));
}
