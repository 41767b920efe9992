// One message in, one reply out, all at once.
#ifndef DEVICE_VIRTIO_9P_SERVE_H
#define DEVICE_VIRTIO_9P_SERVE_H

#include "device/virtio_9p_server.h"

// `request` is the message's first `length` bytes: all of it, or P9_REQUEST_MAX. The reply's bytes that are not written
// through `locate` go to `reply` (P9_REPLY_MAX bytes; their number to `*reply_length`). Returns the reply's whole size,
// 0 if the message has no header or the guest left no room even for an error.
uint32_t p9_serve(struct p9_server *server, const struct p9_buffers *buffers, const uint8_t *request, size_t length,
                  uint8_t *reply, size_t *reply_length);

#endif
