// One function for each kind of message. It reads all of `in` before it does anything, puts the reply's body to `out`,
// and returns 0 or the error the reply shall hold instead.
#ifndef DEVICE_VIRTIO_9P_OPERATIONS_H
#define DEVICE_VIRTIO_9P_OPERATIONS_H

#include "device/virtio_9p_server.h"

struct p9_call {
  struct p9_server *server;
  const struct p9_buffers *buffers;
  uint32_t size;       // of the message, header and payload included
  struct p9_reader in; // without the header
  struct p9_writer out;
  uint32_t payload; // bytes of the reply that are in the guest's memory already, after `out`
};

// virtio_9p_session.c
int p9_version(struct p9_call *call);
int p9_attach(struct p9_call *call);
int p9_walk(struct p9_call *call);
int p9_clunk(struct p9_call *call);
int p9_flush(struct p9_call *call);
int p9_unsupported(struct p9_call *call);
// virtio_9p_file.c
int p9_lopen(struct p9_call *call);
int p9_lcreate(struct p9_call *call);
int p9_read(struct p9_call *call);
int p9_write(struct p9_call *call);
int p9_readdir(struct p9_call *call);
int p9_fsync(struct p9_call *call);
int p9_lock(struct p9_call *call);
int p9_getlock(struct p9_call *call);
// virtio_9p_name.c
int p9_mkdir(struct p9_call *call);
int p9_mknod(struct p9_call *call);
int p9_symlink(struct p9_call *call);
int p9_readlink(struct p9_call *call);
int p9_link(struct p9_call *call);
int p9_rename(struct p9_call *call);
int p9_renameat(struct p9_call *call);
int p9_unlinkat(struct p9_call *call);
int p9_remove(struct p9_call *call);
// virtio_9p_attributes.c
int p9_getattr(struct p9_call *call);
int p9_setattr(struct p9_call *call);
int p9_statfs(struct p9_call *call);

// The next field as a fid: NULL if there is none of that number.
struct p9_fid *p9_take_fid(struct p9_call *call);
// 0 if the text can be the name of something in a directory, which a walk must find or a request may make.
int p9_check_name(struct p9_text name);
// A path in the share, for as long as a call lasts.
struct p9_path {
  char text[FILES_PATH_MAX];
};
// The path of a name in a fid's directory, or the reason why there can be none. Checks fid and name.
int p9_path_in(const struct p9_fid *directory, struct p9_text name, struct p9_path *path);
// The same for a name that the guest is about to make: EEXIST if a special file has it (the host knows the others),
// ENOSPC if no more can be kept of files.
int p9_new_path_in(const struct p9_fid *directory, struct p9_text name, struct p9_path *path);
// The host's word on a name's file, or the server's own on a special one; the node is told which it is and what kind.
int p9_node_status(const struct p9_call *call, struct p9_node *node, struct file_status *status);
// The same on a fid's, by its open file if there is one: that can be asked when its name is gone. Some hosts answer
// for an open file by the name it was opened under, which may be another by now; the node knows better then.
int p9_fid_status(struct p9_call *call, const struct p9_fid *fid, struct file_status *status);
uint64_t p9_qid_path(const struct p9_identity *identity);
void p9_put_qid(struct p9_writer *out, const struct file_status *status);
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
