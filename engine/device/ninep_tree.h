// The files a 9P client holds: fids, and the names that lead to them.
//
// A fid names a node, a node its parent: renaming a directory moves everything below it, whichever fid it was reached
// by. A node whose file was removed is detached: it has no path any more, but an open handle of it still works.
#ifndef DEVICE_NINEP_TREE_H
#define DEVICE_NINEP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NINEP_FIDS_MAX = 2048, NINEP_NODES_MAX = 2048, NINEP_NAME_MAX = 255, NINEP_PATH_MAX = 4096 };

struct ninep_node {
  struct ninep_node *parent;          // NULL for the root and for detached nodes
  struct ninep_node *children, *next; // first child; next child of the same parent, or next unused node
  uint32_t references;                // fids and children
  bool detached;
  uint8_t name_length;
  char name[NINEP_NAME_MAX];
};

struct ninep_fid {
  uint32_t number;
  bool used;
  int handle; // of the open file, or -1
  struct ninep_node *node;
};

struct ninep_tree {
  struct ninep_node root;
  struct ninep_node *unused;
  uint32_t nodes_taken, fids_taken; // from the arrays so far
  struct ninep_node nodes[NINEP_NODES_MAX];
  struct ninep_fid fids[NINEP_FIDS_MAX];
};

struct ninep_fid *ninep_fid_find(struct ninep_tree *tree, uint32_t number);
// A new fid for the node, or NULL if there are too many. The number must not be in use.
struct ninep_fid *ninep_fid_add(struct ninep_tree *tree, uint32_t number, struct ninep_node *node);
// Forgets the fid. Its handle must be closed.
void ninep_fid_drop(struct ninep_tree *tree, struct ninep_fid *fid);
void ninep_fid_move(struct ninep_tree *tree, struct ninep_fid *fid, struct ninep_node *node);

// The node of a name in a directory, with a reference for the caller; NULL if there are too many.
struct ninep_node *ninep_node_enter(struct ninep_tree *tree, struct ninep_node *parent, const char *name,
                                    size_t length);
void ninep_node_hold(struct ninep_node *node);
void ninep_node_release(struct ninep_tree *tree, struct ninep_node *node);
// What the host did: the name is gone, or is another one now. Nobody need hold the name.
void ninep_node_removed(struct ninep_node *parent, const char *name, size_t length);
void ninep_node_renamed(struct ninep_tree *tree, struct ninep_node *old_parent, const char *old_name, size_t old_length,
                        struct ninep_node *new_parent, const char *new_name, size_t new_length);
// The node's path, or a name's in its directory (`name` may be NULL), terminated. 0 or an error number.
int ninep_node_path(const struct ninep_node *node, const char *name, size_t length, char path[NINEP_PATH_MAX]);

#endif
