// 9P requests about open files and directories.
#include "device/ninep.h"

// Flags of Tlopen and Tlcreate: Linux's, in its generic numbers.
enum { FLAG_ACCESS = 3, FLAG_WRITE_ONLY = 1, FLAG_READ_WRITE = 2, FLAG_EXCLUSIVE = 0200, FLAG_TRUNCATE = 01000 };

enum { COUNT_SIZE = 4, ENTRY_SIZE = NINEP_QID_SIZE + 8 + 1 + 2 };
enum { TYPE_UNKNOWN = 0, TYPE_DIRECTORY = 4, TYPE_REGULAR = 8, TYPE_SYMLINK = 10 }; // DT_* of getdents

static unsigned how_of(uint32_t flags) {
  const unsigned access = flags & FLAG_ACCESS;
  unsigned how = access == FLAG_WRITE_ONLY   ? HOST_OPEN_WRITE
                 : access == FLAG_READ_WRITE ? HOST_OPEN_READ | HOST_OPEN_WRITE
                                             : HOST_OPEN_READ;
  if (flags & FLAG_TRUNCATE)
    how |= HOST_OPEN_TRUNCATE;
  return how;
}

static void put_opened(struct ninep_call *call, const struct ninep_qid *qid) {
  ninep_put_qid(&call->out, qid);
  ninep_put(&call->out, 0, 4); // iounit: as much as a message holds
}

int ninep_open(struct ninep_call *call) {
  struct ninep_fid *fid = ninep_take_fid(call);
  const uint32_t flags = (uint32_t)ninep_get(&call->in, 4);
  char path[NINEP_PATH_MAX];
  struct ninep_qid qid;
  struct host_file_status status;
  if (!fid || fid->handle >= 0)
    return LINUX_EBADF;
  int error = ninep_status_of_node(call->server, fid->node, &qid, &status);
  if (!error)
    error = ninep_node_path(fid->node, NULL, 0, path);
  if (error)
    return error;
  const unsigned how = status.type == HOST_FILE_DIRECTORY ? HOST_OPEN_READ | HOST_OPEN_DIRECTORY : how_of(flags);
  error = host_file_open(call->server->share, path, how, &fid->handle);
  if (error) {
    fid->handle = -1;
    return error;
  }
  put_opened(call, &qid);
  return 0;
}

int ninep_create(struct ninep_call *call) {
  struct ninep_fid *fid = ninep_take_fid(call);
  const struct ninep_string name = ninep_get_string(&call->in);
  const uint32_t flags = (uint32_t)ninep_get(&call->in, 4);
  char path[NINEP_PATH_MAX];
  if (!fid || fid->handle >= 0)
    return LINUX_EBADF;
  int error = call->in.bad ? LINUX_EPROTO : ninep_check_name(&name);
  if (!error)
    error = ninep_node_path(fid->node, name.text, name.length, path);
  if (error)
    return error;
  struct ninep_node *node = ninep_node_enter(&call->server->tree, fid->node, name.text, name.length);
  if (!node)
    return LINUX_ENFILE;
  int handle;
  const unsigned exclusive = flags & FLAG_EXCLUSIVE ? HOST_OPEN_EXCLUSIVE : 0;
  error = host_file_open(call->server->share, path, how_of(flags) | HOST_OPEN_CREATE | exclusive, &handle);
  struct ninep_qid qid;
  struct host_file_status status;
  if (!error) {
    fid->handle = handle;
    ninep_fid_move(&call->server->tree, fid, node); // the fid of the directory becomes that of the file
    error = ninep_status(call->server, fid, &qid, &status);
  }
  ninep_node_release(&call->server->tree, node);
  if (!error)
    put_opened(call, &qid);
  return error;
}

// How many bytes of data fit into the reply behind their count.
static size_t room(const struct ninep_call *call, uint64_t wanted) {
  const uint32_t agreed = call->server->message_size;
  const size_t limit = call->out.capacity < agreed ? call->out.capacity : agreed;
  const size_t left = limit > call->out.at + COUNT_SIZE ? limit - call->out.at - COUNT_SIZE : 0;
  return wanted < left ? (size_t)wanted : left;
}

int ninep_read(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  const uint64_t offset = ninep_get(&call->in, 8), count = ninep_get(&call->in, 4);
  if (!fid || fid->handle < 0)
    return LINUX_EBADF;
  if (call->in.bad)
    return LINUX_EPROTO;
  size_t got = 0;
  const size_t length = room(call, count);
  const int error = host_handle_read(fid->handle, offset, call->out.bytes + call->out.at + COUNT_SIZE, length, &got);
  ninep_put(&call->out, got, COUNT_SIZE);
  call->out.at += got;
  return error;
}

int ninep_write(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  const uint64_t offset = ninep_get(&call->in, 8);
  const size_t count = (size_t)ninep_get(&call->in, 4);
  const uint8_t *bytes = ninep_get_bytes(&call->in, count);
  if (!fid || fid->handle < 0)
    return LINUX_EBADF;
  if (!bytes)
    return LINUX_EPROTO;
  size_t written = 0;
  const int error = host_handle_write(fid->handle, offset, bytes, count, &written);
  ninep_put(&call->out, written, 4);
  return error;
}

static bool take_entry(void *owner, const struct host_directory_entry *entry) {
  struct ninep_call *call = owner;
  if (ENTRY_SIZE + entry->name_length > call->out.capacity - call->out.at) // capacity: what the client wants
    return false;
  const struct host_file_status status = {.type = entry->type, .inode = entry->inode};
  const struct ninep_qid qid = ninep_qid_of(&status);
  ninep_put_qid(&call->out, &qid);
  ninep_put(&call->out, entry->next, 8);
  ninep_put(&call->out,
            entry->type == HOST_FILE_DIRECTORY ? TYPE_DIRECTORY
            : entry->type == HOST_FILE_REGULAR ? TYPE_REGULAR
            : entry->type == HOST_FILE_SYMLINK ? TYPE_SYMLINK
                                               : TYPE_UNKNOWN,
            1);
  ninep_put_string(&call->out, entry->name, entry->name_length);
  return true;
}

int ninep_read_directory(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  const uint64_t offset = ninep_get(&call->in, 8), count = ninep_get(&call->in, 4);
  if (!fid || fid->handle < 0)
    return LINUX_EBADF;
  if (call->in.bad)
    return LINUX_EPROTO;
  const size_t count_at = call->out.at;
  const size_t length = room(call, count);
  ninep_put(&call->out, 0, COUNT_SIZE);
  call->out.capacity = call->out.at + length;
  const int error = host_directory_read(fid->handle, offset, take_entry, call);
  const size_t end = call->out.at;
  call->out.at = count_at;
  ninep_put(&call->out, end - count_at - COUNT_SIZE, COUNT_SIZE);
  call->out.at = end;
  return error;
}

int ninep_sync(struct ninep_call *call) {
  const struct ninep_fid *fid = ninep_take_fid(call);
  if (!fid)
    return LINUX_EBADF;
  return fid->handle < 0 ? 0 : host_handle_sync(fid->handle);
}

int ninep_clunk(struct ninep_call *call) {
  struct ninep_fid *fid = ninep_take_fid(call);
  if (!fid)
    return LINUX_EBADF;
  ninep_close_fid(call->server, fid);
  return 0;
}
