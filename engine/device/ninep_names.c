// 9P requests about names: walking, attributes, links, renaming and removing.
#include "device/ninep.h"

enum { WALK_MAX = 16, REMOVE_DIRECTORY = 0x200 };
enum { MODE_DIRECTORY = 0040755, MODE_FILE = 0100644, MODE_SYMLINK = 0120777, ATTRIBUTES_BASIC = 0x7ff };
enum { BLOCK_SIZE = 4096, SECTOR_SIZE = 512 };
#define SECOND_NS UINT64_C(1000000000)

// Bits of Tsetattr's `valid`. Mode, owner and ctime are accepted and change nothing: WASI has none to set.
enum { SET_SIZE = 1 << 3, SET_ATIME = 1 << 4, SET_MTIME = 1 << 5, SET_ATIME_TO = 1 << 7, SET_MTIME_TO = 1 << 8 };

static struct ninep_node *step(struct ninep_server *server, struct ninep_node *from, const struct ninep_string *name,
                               int *error) {
  if (name->length == 2 && name->text[0] == '.' && name->text[1] == '.') {
    struct ninep_node *up = from->parent ? from->parent : &server->tree.root;
    ninep_node_hold(up);
    return up;
  }
  *error = ninep_check_name(name);
  if (*error)
    return NULL;
  struct ninep_node *node = ninep_node_enter(&server->tree, from, name->text, name->length);
  if (!node)
    *error = LINUX_ENFILE;
  return node;
}

// Follows the request's names from `node` as far as they exist. `*reached` is held for the caller.
static int follow(struct ninep_call *call, struct ninep_node *node, unsigned count, struct ninep_qid *qids,
                  unsigned *walked, struct ninep_node **reached) {
  int error = 0;
  ninep_node_hold(node);
  for (*walked = 0; *walked < count && !error;) {
    const struct ninep_string name = ninep_get_string(&call->in);
    struct host_file_status status;
    struct ninep_node *next = call->in.bad ? NULL : step(call->server, node, &name, &error);
    if (!next) {
      error = error ? error : LINUX_EPROTO;
      break;
    }
    error = ninep_status_of_node(call->server, next, &qids[*walked], &status);
    if (error) {
      ninep_node_release(&call->server->tree, next);
      break;
    }
    ninep_node_release(&call->server->tree, node);
    node = next;
    ++*walked;
  }
  *reached = node;
  return error;
}

int ninep_walk(struct ninep_call *call) {
  struct ninep_server *server = call->server;
  struct ninep_fid *fid = ninep_take_fid(call);
  const uint32_t number = (uint32_t)ninep_get(&call->in, 4);
  const unsigned count = (unsigned)ninep_get(&call->in, 2);
  if (!fid)
    return LINUX_EBADF;
  if (call->in.bad || count > WALK_MAX || (number != fid->number && ninep_fid_find(&server->tree, number)))
    return LINUX_EINVAL;
  struct ninep_qid qids[WALK_MAX];
  unsigned walked;
  struct ninep_node *reached;
  int error = follow(call, fid->node, count, qids, &walked, &reached);
  // Only the first step's failure is an error; later ones give a short answer and no new fid.
  if (walked == count) {
    if (number == fid->number)
      ninep_fid_move(&server->tree, fid, reached);
    else
      error = ninep_fid_add(&server->tree, number, reached) ? 0 : LINUX_ENFILE;
  } else if (walked > 0) {
    error = 0;
  }
  ninep_node_release(&server->tree, reached);
  ninep_put(&call->out, walked, 2);
  for (unsigned i = 0; i < walked; i++)
    ninep_put_qid(&call->out, &qids[i]);
  return error;
}

static void put_time(struct ninep_writer *out, uint64_t time_ns) {
  ninep_put(out, time_ns / SECOND_NS, 8);
  ninep_put(out, time_ns % SECOND_NS, 8);
}

int ninep_get_attributes(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  struct ninep_qid qid;
  struct host_file_status status;
  if (!fid)
    return LINUX_EBADF;
  const int error = ninep_status(call->server, fid, &qid, &status);
  if (error)
    return error;
  struct ninep_writer *out = &call->out;
  ninep_put(out, ATTRIBUTES_BASIC, 8);
  ninep_put_qid(out, &qid);
  ninep_put(out,
            status.type == HOST_FILE_DIRECTORY ? MODE_DIRECTORY
            : status.type == HOST_FILE_SYMLINK ? MODE_SYMLINK
                                               : MODE_FILE,
            4);
  ninep_put(out, call->server->user, 4);
  ninep_put(out, call->server->group, 4);
  ninep_put(out, status.links, 8);
  ninep_put(out, 0, 8); // device number
  ninep_put(out, status.size, 8);
  ninep_put(out, BLOCK_SIZE, 8);
  ninep_put(out, (status.size + SECTOR_SIZE - 1) / SECTOR_SIZE, 8);
  put_time(out, status.accessed_ns);
  put_time(out, status.modified_ns);
  put_time(out, status.changed_ns);
  put_time(out, 0);     // birth
  ninep_put(out, 0, 8); // generation
  ninep_put(out, 0, 8); // data version
  return 0;
}

static uint64_t take_time(struct ninep_reader *in, bool wanted, bool given) {
  const uint64_t seconds = ninep_get(in, 8), nanoseconds = ninep_get(in, 8);
  if (!wanted)
    return HOST_TIME_OMIT;
  return given ? seconds * SECOND_NS + nanoseconds : HOST_TIME_NOW;
}

static int set_size(struct ninep_server *server, const struct ninep_fid *fid, const char *path, uint64_t size) {
  int handle;
  if (fid->handle >= 0 && host_handle_set_size(fid->handle, size) == 0)
    return 0;
  // Not open, or not for writing.
  int error = host_file_open(server->share, path, HOST_OPEN_WRITE, &handle);
  if (error)
    return error;
  error = host_handle_set_size(handle, size);
  host_handle_close(handle);
  return error;
}

int ninep_set_attributes(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  const uint32_t valid = (uint32_t)ninep_get(&call->in, 4);
  ninep_get_bytes(&call->in, 12); // mode, owner, group
  const uint64_t size = ninep_get(&call->in, 8);
  const uint64_t accessed = take_time(&call->in, valid & SET_ATIME, valid & SET_ATIME_TO);
  const uint64_t modified = take_time(&call->in, valid & SET_MTIME, valid & SET_MTIME_TO);
  char path[NINEP_PATH_MAX];
  if (!fid)
    return LINUX_EBADF;
  if (call->in.bad)
    return LINUX_EPROTO;
  int error = ninep_node_path(fid->node, NULL, 0, path);
  if (!error && (valid & SET_SIZE))
    error = set_size(call->server, fid, path, size);
  if (!error && (valid & (SET_ATIME | SET_MTIME)))
    error = host_file_set_times(call->server->share, path, accessed, modified);
  return error;
}

int ninep_read_link(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  char path[NINEP_PATH_MAX], target[NINEP_PATH_MAX];
  size_t length;
  if (!fid)
    return LINUX_EBADF;
  int error = ninep_node_path(fid->node, NULL, 0, path);
  if (!error)
    error = host_file_read_symlink(call->server->share, path, target, sizeof target, &length);
  if (!error)
    ninep_put_string(&call->out, target, length);
  return error;
}

// A directory's fid and a name to be made in it.
static int take_new_name(struct ninep_call *call, struct ninep_fid **directory, struct ninep_string *name, char *path) {
  *directory = ninep_take_fid(call);
  *name = ninep_get_string(&call->in);
  if (!*directory)
    return LINUX_EBADF;
  if (call->in.bad)
    return LINUX_EPROTO;
  const int error = ninep_check_name(name);
  return error ? error : ninep_node_path((*directory)->node, name->text, name->length, path);
}

static int put_qid_of_path(struct ninep_call *call, const char *path) {
  struct host_file_status status;
  const int error = host_file_status(call->server->share, path, &status);
  if (error)
    return error;
  const struct ninep_qid qid = ninep_qid_of(&status);
  ninep_put_qid(&call->out, &qid);
  return 0;
}

int ninep_make_directory(struct ninep_call *call) {
  struct ninep_fid *directory;
  struct ninep_string name;
  char path[NINEP_PATH_MAX];
  int error = take_new_name(call, &directory, &name, path);
  if (!error)
    error = host_file_create_directory(call->server->share, path);
  return error ? error : put_qid_of_path(call, path);
}

int ninep_make_symlink(struct ninep_call *call) {
  struct ninep_fid *directory;
  struct ninep_string name;
  char path[NINEP_PATH_MAX], target[NINEP_PATH_MAX];
  int error = take_new_name(call, &directory, &name, path);
  if (error)
    return error;
  const struct ninep_string text = ninep_get_string(&call->in);
  if (call->in.bad || text.length == 0)
    return LINUX_EINVAL;
  if (text.length >= sizeof target)
    return LINUX_ENAMETOOLONG;
  for (size_t i = 0; i < text.length; i++)
    target[i] = text.text[i];
  target[text.length] = 0;
  error = host_file_create_symlink(call->server->share, path, target);
  return error ? error : put_qid_of_path(call, path);
}

int ninep_make_link(struct ninep_call *call) {
  struct ninep_fid *directory = ninep_take_fid(call);
  const struct ninep_fid *existing = ninep_take_fid(call);
  const struct ninep_string name = ninep_get_string(&call->in);
  char from[NINEP_PATH_MAX], to[NINEP_PATH_MAX];
  if (!directory || !existing)
    return LINUX_EBADF;
  int error = call->in.bad ? LINUX_EPROTO : ninep_check_name(&name);
  if (!error)
    error = ninep_node_path(existing->node, NULL, 0, from);
  if (!error)
    error = ninep_node_path(directory->node, name.text, name.length, to);
  return error ? error : host_file_create_link(call->server->share, from, to);
}

static int rename_node(struct ninep_call *call, struct ninep_node *old_parent, const struct ninep_string *old_name,
                       struct ninep_node *new_parent, const struct ninep_string *new_name) {
  char from[NINEP_PATH_MAX], to[NINEP_PATH_MAX];
  int error = ninep_check_name(old_name);
  if (!error)
    error = ninep_check_name(new_name);
  if (!error)
    error = ninep_node_path(old_parent, old_name->text, old_name->length, from);
  if (!error)
    error = ninep_node_path(new_parent, new_name->text, new_name->length, to);
  if (!error)
    error = host_file_rename(call->server->share, from, to);
  if (!error)
    ninep_node_renamed(&call->server->tree, old_parent, old_name->text, old_name->length, new_parent, new_name->text,
                       new_name->length);
  return error;
}

int ninep_rename(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call), *directory = ninep_take_fid(call);
  const struct ninep_string name = ninep_get_string(&call->in);
  if (!fid || !directory)
    return LINUX_EBADF;
  if (call->in.bad || !fid->node->parent)
    return LINUX_EINVAL;
  const struct ninep_string old_name = {fid->node->name, fid->node->name_length};
  return rename_node(call, fid->node->parent, &old_name, directory->node, &name);
}

int ninep_rename_at(struct ninep_call *call) {
  const struct ninep_fid *old_directory = ninep_take_fid(call);
  const struct ninep_string old_name = ninep_get_string(&call->in);
  const struct ninep_fid *new_directory = ninep_take_fid(call);
  const struct ninep_string new_name = ninep_get_string(&call->in);
  if (!old_directory || !new_directory)
    return LINUX_EBADF;
  if (call->in.bad)
    return LINUX_EPROTO;
  return rename_node(call, old_directory->node, &old_name, new_directory->node, &new_name);
}

int ninep_unlink_at(struct ninep_call *call) {
  struct ninep_fid *directory;
  struct ninep_string name;
  char path[NINEP_PATH_MAX];
  int error = take_new_name(call, &directory, &name, path);
  const uint32_t flags = (uint32_t)ninep_get(&call->in, 4);
  if (!error)
    error = host_file_remove(call->server->share, path, flags & REMOVE_DIRECTORY);
  if (!error)
    ninep_node_removed(directory->node, name.text, name.length);
  return error;
}

// Whatever comes of it, the fid is gone afterwards.
int ninep_remove(struct ninep_call *call) {
  struct ninep_fid *fid = ninep_take_fid(call);
  char path[NINEP_PATH_MAX];
  struct host_file_status status;
  struct ninep_qid qid;
  if (!fid)
    return LINUX_EBADF;
  struct ninep_node *node = fid->node;
  int error = node->parent ? ninep_status_of_node(call->server, node, &qid, &status) : LINUX_EPERM;
  if (!error)
    error = ninep_node_path(node, NULL, 0, path);
  if (!error)
    error = host_file_remove(call->server->share, path, status.type == HOST_FILE_DIRECTORY);
  if (!error)
    ninep_node_removed(node->parent, node->name, node->name_length);
  ninep_close_fid(call->server, fid);
  return error;
}
