// The names a guest has walked to, as a tree. The host is asked by path, so a fid must learn of renames: it holds a
// node, and a path is put together from the node's ancestors when it is needed. Moving one node moves all below it.
#ifndef DEVICE_VIRTIO_9P_NODE_H
#define DEVICE_VIRTIO_9P_NODE_H

#include "device/virtio_9p_kept.h"

enum { P9_NODES_MAX = 16384, P9_NODE_BUCKETS = 4096 };

struct p9_node {
  struct p9_node *parent; // NULL: the share's directory, or a name that is gone (unlinked, replaced)
  struct p9_node *next;   // in its bucket, or among the free ones
  uint32_t references;    // fids and children
  bool gone;
  enum file_kind kind; // as the host said last
  struct p9_identity identity;
  uint8_t name_length;
  char name[FILES_NAME_MAX];
};

struct p9_tree {
  struct p9_node *free;
  unsigned used; // of `nodes`, from the front
  struct p9_node *buckets[P9_NODE_BUCKETS];
  struct p9_node root;
  struct p9_node nodes[P9_NODES_MAX];
};

// The tree must be all zero.
void p9_tree_init(struct p9_tree *tree);

// The node of a name in a directory; the caller owns a reference. NULL if there are too many. The name is at most
// FILES_NAME_MAX long.
struct p9_node *p9_node_child(struct p9_tree *tree, struct p9_node *parent, const char *name, size_t length);
// The same, if a fid holds it or something below it: else NULL. Gives no reference.
struct p9_node *p9_node_known(const struct p9_tree *tree, const struct p9_node *parent, const char *name,
                              size_t length);
void p9_node_hold(struct p9_node *node);
void p9_node_release(struct p9_tree *tree, struct p9_node *node);

// 0 or an error: ENOENT for what is gone, ENAMETOOLONG. `path` has room for FILES_PATH_MAX bytes.
int p9_node_path(const struct p9_node *node, char *path);
// As p9_kept_check() wants it.
uint64_t p9_node_place(const struct p9_node *node);

// The name was removed, or something else took its place: paths through it do not exist any more.
void p9_node_detach(struct p9_tree *tree, struct p9_node *node);
// The name was moved. Whatever had the new name is gone.
void p9_node_move(struct p9_tree *tree, struct p9_node *node, struct p9_node *parent, const char *name, size_t length);

#endif
