// The frame of every message: header, dispatch, error replies. See the protocol at
// https://github.com/chaos/diod/blob/master/protocol.md and Linux's fs/9p and net/9p.
#include "device/virtio_9p_serve.h"

#include "device/virtio_9p_attributes.h"
#include "device/virtio_9p_file.h"
#include "device/virtio_9p_name.h"
#include "device/virtio_9p_session.h"
#include "host/linux_errno.h"

static int dispatch(struct p9_call *call, uint8_t type) {
  switch (type) {
  case P9_TATTACH: return p9_attach(call);
  case P9_TWALK: return p9_walk(call);
  case P9_TCLUNK: return p9_clunk(call);
  case P9_TFLUSH: return p9_flush(call);
  case P9_TLOPEN: return p9_lopen(call);
  case P9_TLCREATE: return p9_lcreate(call);
  case P9_TREAD: return p9_read(call);
  case P9_TWRITE: return p9_write(call);
  case P9_TREADDIR: return p9_readdir(call);
  case P9_TFSYNC: return p9_fsync(call);
  case P9_TLOCK: return p9_lock(call);
  case P9_TGETLOCK: return p9_getlock(call);
  case P9_TMKDIR: return p9_mkdir(call);
  case P9_TMKNOD: return p9_mknod(call);
  case P9_TSYMLINK: return p9_symlink(call);
  case P9_TREADLINK: return p9_readlink(call);
  case P9_TLINK: return p9_link(call);
  case P9_TRENAME: return p9_rename(call);
  case P9_TRENAMEAT: return p9_renameat(call);
  case P9_TUNLINKAT: return p9_unlinkat(call);
  case P9_TREMOVE: return p9_remove(call);
  case P9_TGETATTR: return p9_getattr(call);
  case P9_TSETATTR: return p9_setattr(call);
  case P9_TSTATFS: return p9_statfs(call);
  default: return p9_unsupported(call);
  }
}

uint32_t p9_serve(struct p9_server *server, const struct p9_buffers *buffers, const uint8_t *request, size_t length,
                  uint8_t *reply, size_t *reply_length) {
  struct p9_reader header = {.bytes = request, .length = length};
  const uint32_t size = p9_take_u32(&header);
  const uint8_t type = p9_take_u8(&header);
  const uint16_t tag = p9_take_u16(&header);
  *reply_length = 0;
  if (header.failed || size < P9_HEADER_SIZE || size > buffers->readable || buffers->writable < P9_ERROR_SIZE)
    return 0;
  struct p9_call call = {
      .server = server,
      .buffers = buffers,
      .size = size,
      .in = {.bytes = request + P9_HEADER_SIZE, .length = (size < length ? size : length) - P9_HEADER_SIZE},
      .out = {.bytes = reply + P9_HEADER_SIZE, .capacity = P9_REPLY_MAX - P9_HEADER_SIZE}};
  int error;
  if (type == P9_TVERSION)
    error = size <= length ? p9_version(&call) : LINUX_EMSGSIZE;
  else if (server->message_max == 0)
    error = LINUX_EINVAL; // nothing is agreed on yet
  else if (size > server->message_max || (size > length && type != P9_TWRITE))
    error = LINUX_EMSGSIZE;
  else
    error = dispatch(&call, type);
  if (!error && (call.out.failed || P9_HEADER_SIZE + call.out.length + call.payload > buffers->writable))
    error = LINUX_EMSGSIZE;
  if (error) {
    call.out.length = call.payload = 0;
    call.out.failed = false;
    p9_put_u32(&call.out, (uint32_t)error);
  }
  struct p9_writer head = {.bytes = reply, .capacity = P9_HEADER_SIZE};
  const uint32_t total = P9_HEADER_SIZE + (uint32_t)call.out.length + call.payload;
  p9_put_u32(&head, total);
  p9_put_u8(&head, error ? P9_RLERROR : (uint8_t)(type + 1));
  p9_put_u16(&head, tag);
  *reply_length = head.length + call.out.length;
  return total;
}
