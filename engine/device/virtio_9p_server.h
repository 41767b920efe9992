// What a 9P2000.L server for one share knows. It knows nothing of virtio.
#ifndef DEVICE_VIRTIO_9P_SERVER_H
#define DEVICE_VIRTIO_9P_SERVER_H

#include "device/virtio_9p_fid.h"
#include "device/virtio_9p_message.h"

enum {
  P9_MESSAGE_MAX = 512 << 10, // the largest msize agreed to
  P9_MESSAGE_MIN = 4096,
  P9_REQUEST_MAX = 8192, // of a message without its payload: 16 names of 255 bytes, or a link's target, and more
  P9_REPLY_MAX = 65536,  // the same for a reply
  P9_VECTORS_MAX = 256
};

struct p9_server {
  unsigned share;
  uint32_t message_max;  // msize; 0 before the version is agreed on
  bool owned;            // somebody has attached, and everything is
  struct p9_owner owner; // theirs, but for what is kept
  struct p9_fids fids;
  struct p9_tree tree;
  char scratch[FILES_PATH_MAX]; // a link's target or a second path, while a call lasts
};

// Where a message and its reply are in the guest's memory.
struct p9_buffers {
  uint64_t readable, writable; // bytes of both
  // Fills `vectors` (P9_VECTORS_MAX) with the places of `length` bytes from `offset` on, of the reply or of the
  // message; returns how many. Fewer bytes than asked for if there are too many pieces.
  unsigned (*locate)(void *owner, bool reply, uint64_t offset, uint64_t length, struct files_vector *vectors);
  void *owner;
};

// The server must be all zero. False if the host has not enough memory.
bool p9_server_init(struct p9_server *server, unsigned share);
// Forgets everything the guest has done, but for what is kept of files.
void p9_server_reset(struct p9_server *server);

#endif
