// What makes, moves and removes names: a function for each kind of message (virtio_9p_call.h).
#ifndef DEVICE_VIRTIO_9P_NAME_H
#define DEVICE_VIRTIO_9P_NAME_H

#include "device/virtio_9p_call.h"

int p9_mkdir(struct p9_call *call);
int p9_mknod(struct p9_call *call);
int p9_symlink(struct p9_call *call);
int p9_readlink(struct p9_call *call);
int p9_link(struct p9_call *call);
int p9_rename(struct p9_call *call);
int p9_renameat(struct p9_call *call);
int p9_unlinkat(struct p9_call *call);
int p9_remove(struct p9_call *call);

#endif
