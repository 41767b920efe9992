// A 9P client for tests: one message at a time, put together field by field, straight to the server. Replies are read
// in the same way. The share is a new directory of the host.
#ifndef TEST_CLIENT_9P_H
#define TEST_CLIENT_9P_H

#include "device/virtio_9p_serve.h"
#include "host/native/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENT_MSIZE = P9_MESSAGE_MAX, CLIENT_TAG = 7, CLIENT_NO_FID = -1 };
enum { QID_FILE = 0, QID_LINK = 2, QID_DIRECTORY = 0x80 };

static struct p9_server server;
static struct p9_server *serving = &server; // who gets the messages
static char share_path[64];                 // on the host
// The message being put together, header included, and the reply's body being read.
static uint8_t request_bytes[CLIENT_MSIZE + 64], reply_bytes[CLIENT_MSIZE + 64];
static struct p9_writer request;
static struct p9_reader reply;
static uint64_t reply_room = CLIENT_MSIZE;
static uint8_t request_type;

// Guest memory in two pieces, so that every transfer has a seam.
static unsigned locate(void *owner, bool is_reply, uint64_t offset, uint64_t length, struct files_vector *vectors) {
  uint8_t *bytes = (is_reply ? reply_bytes : request_bytes) + offset;
  const size_t first = (size_t)length / 3;
  (void)owner;
  vectors[0] = (struct files_vector){bytes, first};
  vectors[1] = (struct files_vector){bytes + first, (size_t)length - first};
  return length ? 2 : 0;
}

static void begin(uint8_t type) {
  request = (struct p9_writer){.bytes = request_bytes, .capacity = sizeof request_bytes};
  request_type = type;
  p9_put_u32(&request, 0);
  p9_put_u8(&request, type);
  p9_put_u16(&request, CLIENT_TAG);
}

static void u8(unsigned value) {
  p9_put_u8(&request, (uint8_t)value);
}

static void u16(unsigned value) {
  p9_put_u16(&request, (uint16_t)value);
}

static void u32(int64_t value) {
  p9_put_u32(&request, (uint32_t)value);
}

static void u64(uint64_t value) {
  p9_put_u64(&request, value);
}

static void text(const char *value) {
  p9_put_text(&request, value, strlen(value));
}

// Sends `length` bytes of the message under the size it claims; returns the reply's size, 0 for none.
static uint32_t send_as(uint32_t claimed_size, size_t length) {
  const struct p9_buffers buffers = {.readable = length, .writable = reply_room, .locate = locate};
  size_t head;
  // Heap copies, so that ASan sees a step over the end.
  const size_t request_head = length < P9_REQUEST_MAX ? length : P9_REQUEST_MAX;
  uint8_t *copy = malloc(request_head ? request_head : 1), *answer = malloc(P9_REPLY_MAX);
  memcpy(request_bytes, &claimed_size, sizeof claimed_size);
  memcpy(copy, request_bytes, request_head);
  const uint32_t total = p9_serve(serving, &buffers, copy, request_head, answer, &head);
  memcpy(reply_bytes, answer, head);
  free(copy);
  free(answer);
  reply = (struct p9_reader){.bytes = reply_bytes, .length = total, .at = total ? P9_HEADER_SIZE : 0};
  return total;
}

// Sends the message; returns 0, or the error the reply holds. Its body is then in `reply`.
static int send(void) {
  if (!send_as((uint32_t)request.length, request.length))
    return -1;
  const uint8_t type = reply_bytes[4];
  if (type == P9_RLERROR)
    return (int)p9_take_u32(&reply);
  return type == request_type + 1 && reply_bytes[5] == CLIENT_TAG ? 0 : -1;
}

static int send_version(uint32_t msize, const char *version) {
  begin(P9_TVERSION);
  u32(msize);
  text(version);
  return send();
}

static int send_attach(int64_t fid, const char *user, int64_t uid) {
  begin(P9_TATTACH);
  u32(fid);
  u32(CLIENT_NO_FID);
  text(user);
  text("");
  u32(uid);
  return send();
}

// Names separated by '/' ("" for none), as one walk.
static int send_walk(int64_t fid, int64_t new_fid, const char *names) {
  unsigned count = *names != 0;
  for (const char *at = names; *at; at++)
    count += *at == '/';
  begin(P9_TWALK);
  u32(fid);
  u32(new_fid);
  u16(count);
  for (; count; count--) {
    const size_t length = strcspn(names, "/");
    p9_put_text(&request, names, length);
    names += length + (names[length] != 0);
  }
  return send();
}

// A message of one fid and nothing else.
static int send_fid(uint8_t type, int64_t fid) {
  begin(type);
  u32(fid);
  return send();
}

static int send_open(int64_t fid, uint32_t flags) {
  begin(P9_TLOPEN);
  u32(fid);
  u32(flags);
  return send();
}

static int send_create_with(int64_t fid, const char *name, uint32_t flags, uint32_t mode, uint32_t group) {
  begin(P9_TLCREATE);
  u32(fid);
  text(name);
  u32(flags);
  u32(mode);
  u32(group);
  return send();
}

static int send_create(int64_t fid, const char *name, uint32_t flags) {
  return send_create_with(fid, name, flags, 0600, 0);
}

static int send_mknod(int64_t fid, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
  begin(P9_TMKNOD);
  u32(fid);
  text(name);
  u32(mode);
  u32(major);
  u32(minor);
  u32(44);
  return send();
}

static int send_write(int64_t fid, uint64_t offset, const void *bytes, size_t length) {
  begin(P9_TWRITE);
  u32(fid);
  u64(offset);
  u32((int64_t)length);
  memcpy(request_bytes + request.length, bytes, length);
  request.length += length;
  const int error = send();
  return error ? -error : (int)p9_take_u32(&reply);
}

// Bytes read, negative for an error; they are in reply_bytes after the first 11.
static int send_read(int64_t fid, uint64_t offset, uint32_t count) {
  begin(P9_TREAD);
  u32(fid);
  u64(offset);
  u32(count);
  const int error = send();
  return error ? -error : (int)p9_take_u32(&reply);
}

static int send_name(uint8_t type, int64_t fid, const char *name) {
  begin(type);
  u32(fid);
  text(name);
  if (type == P9_TUNLINKAT) {
    u32(0);
  } else { // mkdir
    u32(0700);
    u32(0);
  }
  return send();
}

static int send_mkdir_with(int64_t fid, const char *name, uint32_t mode, uint32_t group) {
  begin(P9_TMKDIR);
  u32(fid);
  text(name);
  u32(mode);
  u32(group);
  return send();
}

static int send_link(int64_t fid, const char *name, int64_t file) {
  begin(P9_TLINK);
  u32(fid);
  u32(file);
  text(name);
  return send();
}

static int send_remove_directory(int64_t fid, const char *name) {
  begin(P9_TUNLINKAT);
  u32(fid);
  text(name);
  u32(0x200);
  return send();
}

static int send_rename(int64_t from_fid, const char *from, int64_t to_fid, const char *to) {
  begin(P9_TRENAMEAT);
  u32(from_fid);
  text(from);
  u32(to_fid);
  text(to);
  return send();
}

static int send_symlink(int64_t fid, const char *name, const char *target) {
  begin(P9_TSYMLINK);
  u32(fid);
  text(name);
  text(target);
  u32(0);
  return send();
}

enum { SET_MODE = 1, SET_UID = 2, SET_GID = 4, SET_SIZE = 8, SET_TIMES = 0x30, TIMES_GIVEN = 0x180 };

// The bits of `valid` that are given, of mode, uid and gid.
static int send_chown(int64_t fid, uint32_t valid, uint32_t mode, uint32_t uid, uint32_t gid) {
  begin(P9_TSETATTR);
  u32(fid);
  u32(valid);
  u32(mode);
  u32(uid);
  u32(gid);
  for (int unused = 0; unused < 5; unused++)
    u64(0);
  return send();
}

static int send_setattr(int64_t fid, uint32_t valid, uint64_t size, uint64_t seconds) {
  begin(P9_TSETATTR);
  u32(fid);
  u32(valid);
  u32(0777);
  u32(1);
  u32(1);
  u64(size);
  u64(seconds);
  u64(5);
  u64(seconds + 1);
  u64(6);
  return send();
}

struct attributes {
  uint8_t qid_type;
  uint64_t qid_path;
  uint32_t mode, uid, gid;
  uint64_t links, device, size, accessed, accessed_ns, modified, modified_ns;
};

static uint8_t take_qid(uint64_t *path) {
  const uint8_t type = p9_take_u8(&reply);
  p9_take_u32(&reply);
  *path = p9_take_u64(&reply);
  return type;
}

static int send_getattr(int64_t fid, struct attributes *found) {
  begin(P9_TGETATTR);
  u32(fid);
  u64(0x7ff);
  *found = (struct attributes){0};
  const int error = send();
  if (error)
    return error;
  p9_take_u64(&reply);
  found->qid_type = take_qid(&found->qid_path);
  found->mode = p9_take_u32(&reply);
  found->uid = p9_take_u32(&reply);
  found->gid = p9_take_u32(&reply);
  found->links = p9_take_u64(&reply);
  found->device = p9_take_u64(&reply);
  found->size = p9_take_u64(&reply);
  p9_take_u64(&reply);
  p9_take_u64(&reply);
  found->accessed = p9_take_u64(&reply);
  found->accessed_ns = p9_take_u64(&reply);
  found->modified = p9_take_u64(&reply);
  found->modified_ns = p9_take_u64(&reply);
  return 0;
}

#ifndef __wasi__ // where the host makes the folders
static bool client_make_share(const char *name) {
  snprintf(share_path, sizeof share_path, "%s/oci2wasm-9p-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  return mkdtemp(share_path) && host_native_share(name, share_path) && p9_server_init(&server, 0);
}
#endif

// Forgets all fids; fid 0 is the share's directory then.
static bool client_start(void) {
  reply_room = CLIENT_MSIZE;
  return send_version(CLIENT_MSIZE, "9P2000.L") == 0 && send_attach(0, "1000:100", CLIENT_NO_FID) == 0;
}

#endif
