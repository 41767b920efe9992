// Open files and listings: a function for each kind of message (virtio_9p_call.h).
#ifndef DEVICE_VIRTIO_9P_FILE_H
#define DEVICE_VIRTIO_9P_FILE_H

#include "device/virtio_9p_call.h"

int p9_lopen(struct p9_call *call);
int p9_lcreate(struct p9_call *call);
int p9_read(struct p9_call *call);
int p9_write(struct p9_call *call);
int p9_readdir(struct p9_call *call);
int p9_fsync(struct p9_call *call);
int p9_lock(struct p9_call *call);
int p9_getlock(struct p9_call *call);

#endif
