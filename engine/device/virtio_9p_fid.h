// Fids: a guest's numbers for the files it has walked to, some of them open.
#ifndef DEVICE_VIRTIO_9P_FID_H
#define DEVICE_VIRTIO_9P_FID_H

#include "device/virtio_9p_listing.h"
#include "device/virtio_9p_node.h"

enum { P9_FIDS_MAX = 8192, P9_FID_BUCKETS = 1024 };

struct p9_fid {
  struct p9_fid *next; // in its bucket, or among the free ones
  uint32_t number;
  struct p9_node *node;
  uint32_t user; // whose requests come with it
  bool open, append, writable;
  int file; // if open:
  struct p9_identity identity;
  struct p9_listing listing;
};

// All zero: none.
struct p9_fids {
  struct p9_fid *free;
  unsigned used; // of `fids`, from the front
  struct p9_fid *buckets[P9_FID_BUCKETS];
  struct p9_fid fids[P9_FIDS_MAX];
};

struct p9_fid *p9_fid_find(const struct p9_fids *fids, uint32_t number);
// Takes over the caller's reference to the node. NULL if there are too many (the reference is the caller's still); the
// number must be free.
struct p9_fid *p9_fid_create(struct p9_fids *fids, uint32_t number, struct p9_node *node, uint32_t user);
// Closes its file if it is open, and forgets what is kept of it if it has no name and is open no more.
void p9_fid_drop(struct p9_fids *fids, struct p9_tree *tree, struct p9_fid *fid);
void p9_fids_drop_all(struct p9_fids *fids, struct p9_tree *tree);
// An open fid of the node, or NULL: the way to a file whose name is gone. Looks at all fids.
struct p9_fid *p9_fid_open_on(struct p9_fids *fids, const struct p9_node *node);
bool p9_fid_is_open(const struct p9_fids *fids, const struct p9_identity *identity);

#endif
