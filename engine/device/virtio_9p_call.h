// A message that is being answered, and what the answers share. There is a function for each kind of message. It reads
// all of `in` before it does anything, puts the reply's body to `out`, and returns 0 or the error the reply shall hold
// instead.
#ifndef DEVICE_VIRTIO_9P_CALL_H
#define DEVICE_VIRTIO_9P_CALL_H

#include "device/virtio_9p_server.h"

struct p9_call {
  struct p9_server *server;
  const struct p9_buffers *buffers;
  uint32_t size;       // of the message, header and payload included
  struct p9_reader in; // without the header
  struct p9_writer out;
  uint32_t payload; // bytes of the reply that are in the guest's memory already, after `out`
};

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
uint64_t p9_qid_path(const struct p9_identity *identity);
void p9_put_qid(struct p9_writer *out, const struct file_status *status);

#endif
