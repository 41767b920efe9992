// Version, attach, walk, clunk: how a guest gets to its files.
#include "device/virtio_9p_session.h"

#include "device/virtio_9p_special.h"

#include "host/linux_errno.h"

#include <string.h>

enum { WALK_NAMES_MAX = 16 };
#define NO_FID UINT32_MAX
#define NO_USER UINT32_MAX

int p9_version(struct p9_call *call) {
  const uint32_t wanted = p9_take_u32(&call->in);
  const struct p9_text version = p9_take_text(&call->in);
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (wanted < P9_MESSAGE_MIN)
    return LINUX_EMSGSIZE;
  p9_server_reset(call->server);
  const bool known = p9_text_is(version, "9P2000.L");
  const uint32_t agreed = wanted < P9_MESSAGE_MAX ? wanted : P9_MESSAGE_MAX;
  if (known)
    call->server->message_max = agreed;
  p9_put_u32(&call->out, agreed);
  const char *const answer = known ? "9P2000.L" : "unknown";
  p9_put_text(&call->out, answer, strlen(answer));
  return 0;
}

static bool take_number(struct p9_text *text, uint32_t *number) {
  uint64_t value = 0;
  size_t digits = 0;
  for (; digits < text->length && text->bytes[digits] >= '0' && text->bytes[digits] <= '9'; digits++) {
    value = value * 10 + (uint64_t)(text->bytes[digits] - '0');
    if (value > UINT32_MAX)
      return false;
  }
  text->bytes += digits;
  text->length -= digits;
  *number = (uint32_t)value;
  return digits > 0;
}

// What the guest has given to nobody else belongs to whoever attaches first. Its user name says "UID:GID"; a client
// that gives a number only has the group of the same number.
static void set_owner(struct p9_server *server, struct p9_text name, uint32_t user) {
  uint32_t uid, gid;
  if (server->owned)
    return;
  server->owned = true;
  server->owner.uid = server->owner.gid = user == NO_USER ? 0 : user;
  if (!take_number(&name, &uid) || name.length == 0 || *name.bytes != ':')
    return;
  name.bytes++;
  name.length--;
  if (!take_number(&name, &gid) || name.length)
    return;
  server->owner = (struct p9_owner){uid, gid};
}

int p9_attach(struct p9_call *call) {
  struct p9_server *server = call->server;
  const uint32_t number = p9_take_u32(&call->in), authentication = p9_take_u32(&call->in);
  const struct p9_text user_name = p9_take_text(&call->in), tree_name = p9_take_text(&call->in);
  const uint32_t user = p9_take_u32(&call->in);
  if (!p9_ended(&call->in) || authentication != NO_FID || number == NO_FID || p9_fid_find(&server->fids, number))
    return LINUX_EINVAL;
  if (tree_name.length && !p9_text_is(tree_name, "/"))
    return LINUX_ENOENT; // one tree, without a name
  struct p9_node *root = &server->tree.root;
  struct file_status status;
  const int error = p9_node_status(call, root, &status);
  if (error)
    return error;
  set_owner(server, user_name, user);
  if (!p9_fid_create(&server->fids, number, root, user == NO_USER ? server->owner.uid : user))
    return LINUX_ENFILE;
  p9_node_hold(root);
  p9_put_qid(&call->out, &status);
  return 0;
}

// One step: the node of `name` in `*at`, which it replaces, reference and all.
static int step(struct p9_call *call, struct p9_node **at, struct p9_text name) {
  struct p9_tree *tree = &call->server->tree;
  struct file_status status;
  struct p9_node *next;
  if ((*at)->kind != FILE_DIRECTORY)
    return LINUX_ENOTDIR; // a link too: only the guest may follow it
  if (p9_text_is(name, "..")) {
    next = (*at)->parent ? (*at)->parent : *at; // the share's directory is its own parent
    p9_node_hold(next);
  } else {
    const int error = p9_check_name(name);
    if (error)
      return error;
    next = p9_node_child(tree, *at, name.bytes, name.length);
  }
  if (!next)
    return LINUX_ENFILE;
  const int error = p9_node_status(call, next, &status);
  if (error) {
    p9_node_release(tree, next);
    return error;
  }
  p9_node_release(tree, *at);
  *at = next;
  p9_put_qid(&call->out, &status);
  return 0;
}

static int finish_walk(struct p9_server *server, struct p9_fid *fid, uint32_t number, struct p9_node *node) {
  if (number != fid->number)
    return p9_fid_create(&server->fids, number, node, fid->user) ? 0 : LINUX_ENFILE;
  p9_node_release(&server->tree, fid->node);
  fid->node = node;
  return 0;
}

int p9_walk(struct p9_call *call) {
  struct p9_server *server = call->server;
  struct p9_text names[WALK_NAMES_MAX];
  struct p9_fid *fid = p9_take_fid(call);
  const uint32_t number = p9_take_u32(&call->in);
  const unsigned count = p9_take_u16(&call->in);
  if (count > WALK_NAMES_MAX)
    return LINUX_EINVAL;
  for (unsigned i = 0; i < count; i++)
    names[i] = p9_take_text(&call->in);
  if (!p9_ended(&call->in) || number == NO_FID)
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  if (number == fid->number ? fid->open : p9_fid_find(&server->fids, number) != NULL)
    return LINUX_EINVAL;
  struct p9_node *node = fid->node;
  p9_node_hold(node);
  uint16_t done = 0;
  int error = 0;
  call->out.length += sizeof done; // the number of qids, known later
  while (done < count && !error) {
    error = step(call, &node, names[done]);
    done += !error;
  }
  memcpy(call->out.bytes, &done, sizeof done);
  // Where the first name is not there the walk fails; where a later one is not, the reply is short and no fid made.
  if (error) {
    p9_node_release(&server->tree, node);
    return done ? 0 : error;
  }
  error = finish_walk(server, fid, number, node);
  if (error)
    p9_node_release(&server->tree, node);
  return error;
}

int p9_clunk(struct p9_call *call) {
  struct p9_fid *fid = p9_take_fid(call);
  if (!p9_ended(&call->in))
    return LINUX_EINVAL;
  if (!fid)
    return LINUX_EBADF;
  p9_fid_drop(&call->server->fids, &call->server->tree, fid);
  return 0;
}

// Nothing is ever under way when a message comes.
int p9_flush(struct p9_call *call) {
  p9_take_u16(&call->in);
  return p9_ended(&call->in) ? 0 : LINUX_EINVAL;
}

// Authentication is not asked for, and the host has no extended attributes.
int p9_unsupported(struct p9_call *call) {
  (void)call;
  return LINUX_EOPNOTSUPP;
}
