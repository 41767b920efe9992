// Server of the 9P2000.L protocol for one shared directory.
#ifndef DEVICE_NINEP_H
#define DEVICE_NINEP_H

#include "device/ninep_tree.h"
#include "device/ninep_wire.h"
#include "host/files.h"

// Largest message, header included. The client asks for less or gets this.
enum { NINEP_MESSAGE_MAX = 131072 + 24 };

struct ninep_server {
  unsigned share;
  uint32_t message_size; // agreed with the client
  uint32_t user, group;  // as whose all files appear: from the attach's user name, "UID:GID"
  struct ninep_tree tree;
};

// One request of `size` bytes; returns the reply's size, at most `capacity`. 0 if the request is too broken to answer.
size_t ninep_serve(struct ninep_server *server, const uint8_t *request, size_t size, uint8_t *reply, size_t capacity);
// Forgets the client: all fids.
void ninep_reset(struct ninep_server *server);

// One request being answered, for the functions of ninep_names.c and ninep_files.c.
struct ninep_call {
  struct ninep_server *server;
  struct ninep_reader in;
  struct ninep_writer out;
};

// Each returns 0 or an error number; on success the reply's body is in call->out.
int ninep_walk(struct ninep_call *call);
int ninep_get_attributes(struct ninep_call *call);
int ninep_set_attributes(struct ninep_call *call);
int ninep_read_link(struct ninep_call *call);
int ninep_make_symlink(struct ninep_call *call);
int ninep_make_link(struct ninep_call *call);
int ninep_make_directory(struct ninep_call *call);
int ninep_rename(struct ninep_call *call);
int ninep_rename_at(struct ninep_call *call);
int ninep_unlink_at(struct ninep_call *call);
int ninep_remove(struct ninep_call *call);
int ninep_open(struct ninep_call *call);
int ninep_create(struct ninep_call *call);
int ninep_read(struct ninep_call *call);
int ninep_write(struct ninep_call *call);
int ninep_read_directory(struct ninep_call *call);
int ninep_sync(struct ninep_call *call);
int ninep_clunk(struct ninep_call *call);

// The fid named next in the request, or NULL.
struct ninep_fid *ninep_take_fid(struct ninep_call *call);
// A name that may stand in a directory: not empty, not "." or "..", without '/' and NUL. 0 or an error number.
int ninep_check_name(const struct ninep_string *name);
// The file of a fid: by its handle if it is open, else by its path.
int ninep_status(struct ninep_server *server, const struct ninep_fid *fid, struct ninep_qid *qid,
                 struct host_file_status *status);
int ninep_status_of_node(struct ninep_server *server, const struct ninep_node *node, struct ninep_qid *qid,
                         struct host_file_status *status);
struct ninep_qid ninep_qid_of(const struct host_file_status *status);
void ninep_close_fid(struct ninep_server *server, struct ninep_fid *fid);

#endif
