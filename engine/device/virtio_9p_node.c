#include "device/virtio_9p_node.h"

#include "host/linux_errno.h"

#include <string.h>

void p9_tree_init(struct p9_tree *tree) {
  tree->root.kind = FILE_DIRECTORY;
  tree->root.references = 1; // never freed
}

// FNV-1a over the parent's number and the name.
static unsigned bucket_of(const struct p9_tree *tree, const struct p9_node *parent, const char *name, size_t length) {
  uint32_t hash = 2166136261U ^ (uint32_t)(parent == &tree->root ? P9_NODES_MAX : parent - tree->nodes);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (uint8_t)name[i]) * 16777619U;
  return (hash ^ hash >> 16) % P9_NODE_BUCKETS;
}

struct p9_node *p9_node_known(const struct p9_tree *tree, const struct p9_node *parent, const char *name,
                              size_t length) {
  struct p9_node *node = tree->buckets[bucket_of(tree, parent, name, length)];
  while (node && !(node->parent == parent && node->name_length == length && memcmp(node->name, name, length) == 0))
    node = node->next;
  return node;
}

static void link_node(struct p9_tree *tree, struct p9_node *node, struct p9_node *parent, const char *name,
                      size_t length) {
  struct p9_node **bucket = &tree->buckets[bucket_of(tree, parent, name, length)];
  node->parent = parent;
  node->name_length = (uint8_t)length;
  memcpy(node->name, name, length);
  node->next = *bucket;
  *bucket = node;
  parent->references++;
}

// Takes the node out of its bucket; its parent's reference remains.
static void unlink_node(struct p9_tree *tree, struct p9_node *node) {
  struct p9_node **at = &tree->buckets[bucket_of(tree, node->parent, node->name, node->name_length)];
  while (*at != node)
    at = &(*at)->next;
  *at = node->next;
}

struct p9_node *p9_node_child(struct p9_tree *tree, struct p9_node *parent, const char *name, size_t length) {
  struct p9_node *node = p9_node_known(tree, parent, name, length);
  if (node) {
    node->references++;
    return node;
  }
  node = tree->free;
  if (node)
    tree->free = node->next;
  else if (tree->used < P9_NODES_MAX)
    node = &tree->nodes[tree->used++];
  else
    return NULL;
  node->gone = false;
  node->references = 1;
  node->kind = FILE_OTHER;
  node->identity = (struct p9_identity){0};
  link_node(tree, node, parent, name, length);
  return node;
}

void p9_node_hold(struct p9_node *node) {
  node->references++;
}

void p9_node_release(struct p9_tree *tree, struct p9_node *node) {
  while (node && --node->references == 0) {
    struct p9_node *parent = node->parent;
    if (parent)
      unlink_node(tree, node);
    node->parent = NULL;
    node->next = tree->free;
    tree->free = node;
    node = parent;
  }
}

int p9_node_path(const struct p9_node *node, char *path) {
  size_t at = FILES_PATH_MAX;
  path[--at] = 0;
  for (; node->parent; node = node->parent) {
    const bool last = path[at] == 0;
    if (node->name_length + (last ? 0U : 1U) > at)
      return LINUX_ENAMETOOLONG;
    if (!last)
      path[--at] = '/';
    at -= node->name_length;
    memcpy(path + at, node->name, node->name_length);
  }
  if (node->gone)
    return LINUX_ENOENT;
  if (path[at] == 0)
    path[--at] = '.';
  memmove(path, path + at, FILES_PATH_MAX - at);
  return 0;
}

uint64_t p9_node_place(const struct p9_node *node) {
  return node->parent ? p9_place_of(&node->parent->identity, node->name, node->name_length) : 0;
}

void p9_node_detach(struct p9_tree *tree, struct p9_node *node) {
  struct p9_node *parent = node->parent;
  if (!parent)
    return;
  unlink_node(tree, node);
  node->parent = NULL;
  node->gone = true;
  p9_node_release(tree, parent);
}

static bool is_below(const struct p9_node *node, const struct p9_node *ancestor) {
  while (node && node != ancestor)
    node = node->parent;
  return node != NULL;
}

void p9_node_move(struct p9_tree *tree, struct p9_node *node, struct p9_node *parent, const char *name, size_t length) {
  struct p9_node *replaced = p9_node_known(tree, parent, name, length);
  if (replaced == node)
    return;
  if (replaced)
    p9_node_detach(tree, replaced);
  // A host refuses to move a directory below itself, but what the tree says may be out of date: no cycles in any case.
  if (is_below(parent, node)) {
    p9_node_detach(tree, node);
    return;
  }
  struct p9_node *before = node->parent;
  unlink_node(tree, node);
  link_node(tree, node, parent, name, length);
  p9_node_release(tree, before);
}
