// How a guest gets to its files: a function for each kind of message (virtio_9p_call.h).
#ifndef DEVICE_VIRTIO_9P_SESSION_H
#define DEVICE_VIRTIO_9P_SESSION_H

#include "device/virtio_9p_call.h"

int p9_version(struct p9_call *call);
int p9_attach(struct p9_call *call);
int p9_walk(struct p9_call *call);
int p9_clunk(struct p9_call *call);
int p9_flush(struct p9_call *call);
int p9_unsupported(struct p9_call *call);

#endif
