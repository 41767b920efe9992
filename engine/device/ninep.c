// The protocol as Linux speaks it (Documentation/filesystems/9p.rst; messages as in the diod project's protocol.md):
// session, dispatch, and what all requests need.
#include "device/ninep.h"

#include <string.h>

enum { HEADER_SIZE = 7, MESSAGE_MIN = 4096 };

enum message {
  RLERROR = 7,
  TSTATFS = 8,
  TLOPEN = 12,
  TLCREATE = 14,
  TSYMLINK = 16,
  TMKNOD = 18,
  TRENAME = 20,
  TREADLINK = 22,
  TGETATTR = 24,
  TSETATTR = 26,
  TXATTRWALK = 30,
  TXATTRCREATE = 32,
  TREADDIR = 40,
  TFSYNC = 50,
  TLOCK = 52,
  TGETLOCK = 54,
  TLINK = 70,
  TMKDIR = 72,
  TRENAMEAT = 74,
  TUNLINKAT = 76,
  TVERSION = 100,
  TATTACH = 104,
  TFLUSH = 108,
  TWALK = 110,
  TREAD = 116,
  TWRITE = 118,
  TCLUNK = 120,
  TREMOVE = 122
};

enum { QID_DIRECTORY = 0x80, QID_SYMLINK = 0x02, QID_FILE = 0 };

struct ninep_fid *ninep_take_fid(struct ninep_call *call) {
  return ninep_fid_find(&call->server->tree, (uint32_t)ninep_get(&call->in, 4));
}

int ninep_check_name(const struct ninep_string *name) {
  if (name->length > NINEP_NAME_MAX)
    return LINUX_ENAMETOOLONG;
  const bool dots = (name->length == 1 && name->text[0] == '.') ||
                    (name->length == 2 && name->text[0] == '.' && name->text[1] == '.');
  if (name->length == 0 || dots || memchr(name->text, '/', name->length) || memchr(name->text, 0, name->length))
    return LINUX_EINVAL;
  return 0;
}

struct ninep_qid ninep_qid_of(const struct host_file_status *status) {
  const uint8_t type = status->type == HOST_FILE_DIRECTORY ? QID_DIRECTORY
                       : status->type == HOST_FILE_SYMLINK ? QID_SYMLINK
                                                           : QID_FILE;
  return (struct ninep_qid){.type = type, .version = 0, .path = status->inode};
}

// Where the host tells no inode numbers, the path stands for the file.
static uint64_t hash_path(const char *path) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *path; path++)
    hash = (hash ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
  return hash;
}

int ninep_status_of_node(struct ninep_server *server, const struct ninep_node *node, struct ninep_qid *qid,
                         struct host_file_status *status) {
  char path[NINEP_PATH_MAX];
  int error = ninep_node_path(node, NULL, 0, path);
  if (!error)
    error = host_file_status(server->share, path, status);
  if (error)
    return error;
  if (status->inode == 0)
    status->inode = hash_path(path);
  *qid = ninep_qid_of(status);
  return 0;
}

int ninep_status(struct ninep_server *server, const struct ninep_fid *fid, struct ninep_qid *qid,
                 struct host_file_status *status) {
  if (fid->handle < 0 || !fid->node->detached)
    return ninep_status_of_node(server, fid->node, qid, status);
  const int error = host_handle_status(fid->handle, status);
  *qid = ninep_qid_of(status);
  return error;
}

void ninep_close_fid(struct ninep_server *server, struct ninep_fid *fid) {
  if (fid->handle >= 0)
    host_handle_close(fid->handle);
  ninep_fid_drop(&server->tree, fid);
}

void ninep_reset(struct ninep_server *server) {
  while (server->tree.fids_taken)
    ninep_close_fid(server, &server->tree.fids[server->tree.fids_taken - 1]);
}

static int version(struct ninep_call *call) {
  static const char VERSION[] = "9P2000.L", UNKNOWN[] = "unknown";
  const uint32_t asked = (uint32_t)ninep_get(&call->in, 4);
  const struct ninep_string name = ninep_get_string(&call->in);
  const bool known = name.length == sizeof VERSION - 1 && memcmp(name.text, VERSION, name.length) == 0;
  if (call->in.bad || asked < MESSAGE_MIN)
    return LINUX_EINVAL;
  ninep_reset(call->server);
  call->server->message_size = asked < NINEP_MESSAGE_MAX ? asked : NINEP_MESSAGE_MAX;
  ninep_put(&call->out, call->server->message_size, 4);
  ninep_put_string(&call->out, known ? VERSION : UNKNOWN, known ? sizeof VERSION - 1 : sizeof UNKNOWN - 1);
  return 0;
}

// Digits at the front of the text, which goes on behind them.
static uint32_t take_number(struct ninep_string *text) {
  uint32_t value = 0;
  while (text->length && *text->text >= '0' && *text->text <= '9') {
    value = value * 10 + (uint32_t)(*text->text - '0');
    text->text++;
    text->length--;
  }
  return value;
}

static int attach(struct ninep_call *call) {
  struct ninep_server *server = call->server;
  const uint32_t number = (uint32_t)ninep_get(&call->in, 4);
  ninep_get(&call->in, 4); // afid: there is no authentication
  struct ninep_string user = ninep_get_string(&call->in);
  if (call->in.bad || ninep_fid_find(&server->tree, number))
    return LINUX_EINVAL;
  struct ninep_qid qid;
  struct host_file_status status;
  const int error = ninep_status_of_node(server, &server->tree.root, &qid, &status);
  if (error)
    return error;
  server->user = take_number(&user);
  if (user.length && *user.text == ':') {
    user.text++;
    user.length--;
    server->group = take_number(&user);
  }
  if (!ninep_fid_add(&server->tree, number, &server->tree.root))
    return LINUX_ENFILE;
  ninep_put_qid(&call->out, &qid);
  return 0;
}

// WASI tells nothing about the file system below: large and empty enough.
static int statistics(struct ninep_call *call) {
  enum { V9FS_MAGIC = 0x01021997, BLOCK_SIZE = 4096, BLOCKS = 1 << 28, FILES = 1 << 20 };
  if (!ninep_take_fid(call))
    return LINUX_EBADF;
  ninep_put(&call->out, V9FS_MAGIC, 4);
  ninep_put(&call->out, BLOCK_SIZE, 4);
  for (unsigned i = 0; i < 3; i++) // blocks, free, available
    ninep_put(&call->out, BLOCKS, 8);
  for (unsigned i = 0; i < 2; i++) // files, free
    ninep_put(&call->out, FILES, 8);
  ninep_put(&call->out, call->server->share, 8);
  ninep_put(&call->out, NINEP_NAME_MAX, 4);
  return 0;
}

// One guest is the only client, and its kernel keeps the locks among its processes.
static int lock(struct ninep_call *call) {
  enum { LOCK_SUCCESS = 0 };
  if (!ninep_take_fid(call))
    return LINUX_EBADF;
  ninep_put(&call->out, LOCK_SUCCESS, 1);
  return 0;
}

static int get_lock(struct ninep_call *call) {
  enum { LOCK_UNLOCKED = 2 };
  if (!ninep_take_fid(call))
    return LINUX_EBADF;
  ninep_get(&call->in, 1);
  const uint64_t start = ninep_get(&call->in, 8), length = ninep_get(&call->in, 8), process = ninep_get(&call->in, 4);
  const struct ninep_string client = ninep_get_string(&call->in);
  if (call->in.bad)
    return LINUX_EPROTO;
  ninep_put(&call->out, LOCK_UNLOCKED, 1);
  ninep_put(&call->out, start, 8);
  ninep_put(&call->out, length, 8);
  ninep_put(&call->out, process, 4);
  ninep_put_string(&call->out, client.text, client.length);
  return 0;
}

static int dispatch(struct ninep_call *call, uint8_t type) {
  switch (type) {
  case TVERSION: return version(call);
  case TATTACH: return attach(call);
  case TFLUSH: return 0; // every request is done before the next is looked at
  case TWALK: return ninep_walk(call);
  case TGETATTR: return ninep_get_attributes(call);
  case TSETATTR: return ninep_set_attributes(call);
  case TLOPEN: return ninep_open(call);
  case TLCREATE: return ninep_create(call);
  case TREAD: return ninep_read(call);
  case TWRITE: return ninep_write(call);
  case TREADDIR: return ninep_read_directory(call);
  case TFSYNC: return ninep_sync(call);
  case TCLUNK: return ninep_clunk(call);
  case TREMOVE: return ninep_remove(call);
  case TREADLINK: return ninep_read_link(call);
  case TSYMLINK: return ninep_make_symlink(call);
  case TLINK: return ninep_make_link(call);
  case TMKDIR: return ninep_make_directory(call);
  case TRENAME: return ninep_rename(call);
  case TRENAMEAT: return ninep_rename_at(call);
  case TUNLINKAT: return ninep_unlink_at(call);
  case TSTATFS: return statistics(call);
  case TLOCK: return lock(call);
  case TGETLOCK: return get_lock(call);
  case TMKNOD: return LINUX_EPERM;  // WASI has no devices
  default: return LINUX_EOPNOTSUPP; // extended attributes and authentication among them
  }
}

size_t ninep_serve(struct ninep_server *server, const uint8_t *request, size_t size, uint8_t *reply, size_t capacity) {
  struct ninep_call call = {.server = server,
                            .in = {.bytes = request, .size = size},
                            .out = {.bytes = reply, .capacity = capacity, .at = HEADER_SIZE}};
  const uint64_t stated = ninep_get(&call.in, 4);
  const uint8_t type = (uint8_t)ninep_get(&call.in, 1);
  const uint64_t tag = ninep_get(&call.in, 2);
  if (call.in.bad || stated < HEADER_SIZE || stated > size || capacity < HEADER_SIZE + 4)
    return 0;
  call.in.size = (size_t)stated;
  int error = dispatch(&call, type);
  if (!error && (call.in.bad || call.out.bad))
    error = LINUX_EPROTO;
  if (error) {
    call.out.at = HEADER_SIZE;
    call.out.bad = false;
    ninep_put(&call.out, (uint64_t)error, 4);
  }
  const size_t reply_size = call.out.at;
  call.out.at = 0;
  ninep_put(&call.out, reply_size, 4);
  ninep_put(&call.out, error ? RLERROR : type + 1U, 1);
  ninep_put(&call.out, tag, 2);
  return reply_size;
}
