// Attributes: a function for each kind of message (virtio_9p_call.h), and what others ask and keep of a file.
#ifndef DEVICE_VIRTIO_9P_ATTRIBUTES_H
#define DEVICE_VIRTIO_9P_ATTRIBUTES_H

#include "device/virtio_9p_call.h"

int p9_getattr(struct p9_call *call);
int p9_setattr(struct p9_call *call);
int p9_statfs(struct p9_call *call);

// What p9_node_status() says, of a fid: by its open file, if there is one, which can be asked when its name is gone.
// Some hosts answer for an open file by the name it was opened under, which may be another by now; the node knows
// better then.
int p9_fid_status(struct p9_call *call, const struct p9_fid *fid, struct file_status *status);
// The guest has just made that file: by this user and group, with these permissions.
void p9_keep_made(const struct p9_call *call, const struct p9_fid *directory, struct p9_text name,
                  const struct file_status *status, uint32_t mode, uint32_t group);
// The directory is to hold a special file: it is known again from now on. EPERM on a host that does not tell files from
// each other.
int p9_keep_directory(struct p9_call *call, const struct p9_fid *directory);
// The same as p9_keep_made() for what is at that path now; puts its qid too.
int p9_put_made(struct p9_call *call, const struct p9_fid *directory, struct p9_text name, const struct p9_path *path,
                uint32_t mode, uint32_t group);
uint8_t p9_dirent_type(enum file_kind kind); // DT_REG and so on

#endif
