#include "device/ninep_tree.h"

#include "host/files.h"

#include <string.h>

struct ninep_fid *ninep_fid_find(struct ninep_tree *tree, uint32_t number) {
  for (uint32_t i = 0; i < tree->fids_taken; i++) {
    if (tree->fids[i].used && tree->fids[i].number == number)
      return &tree->fids[i];
  }
  return NULL;
}

struct ninep_fid *ninep_fid_add(struct ninep_tree *tree, uint32_t number, struct ninep_node *node) {
  uint32_t slot = 0;
  while (slot < tree->fids_taken && tree->fids[slot].used)
    slot++;
  if (slot == NINEP_FIDS_MAX)
    return NULL;
  if (slot == tree->fids_taken)
    tree->fids_taken++;
  tree->fids[slot] = (struct ninep_fid){.number = number, .used = true, .handle = -1, .node = node};
  ninep_node_hold(node);
  return &tree->fids[slot];
}

void ninep_fid_drop(struct ninep_tree *tree, struct ninep_fid *fid) {
  ninep_node_release(tree, fid->node);
  fid->used = false;
  while (tree->fids_taken && !tree->fids[tree->fids_taken - 1].used)
    tree->fids_taken--;
}

void ninep_fid_move(struct ninep_tree *tree, struct ninep_fid *fid, struct ninep_node *node) {
  ninep_node_hold(node);
  ninep_node_release(tree, fid->node);
  fid->node = node;
}

static struct ninep_node *find_child(const struct ninep_node *parent, const char *name, size_t length) {
  for (struct ninep_node *child = parent->children; child; child = child->next) {
    if (child->name_length == length && memcmp(child->name, name, length) == 0)
      return child;
  }
  return NULL;
}

static struct ninep_node *take_node(struct ninep_tree *tree) {
  struct ninep_node *node = tree->unused;
  if (node)
    tree->unused = node->next;
  else if (tree->nodes_taken < NINEP_NODES_MAX)
    node = &tree->nodes[tree->nodes_taken++];
  return node;
}

static void attach(struct ninep_node *node, struct ninep_node *parent, const char *name, size_t length) {
  node->parent = parent;
  node->next = parent->children;
  parent->children = node;
  ninep_node_hold(parent);
  node->name_length = (uint8_t)length;
  memcpy(node->name, name, length);
}

// The caller keeps the reference that the child held of its parent.
static void unlink_from_parent(struct ninep_node *node) {
  struct ninep_node **link = &node->parent->children;
  while (*link != node)
    link = &(*link)->next;
  *link = node->next;
  node->parent = NULL;
}

struct ninep_node *ninep_node_enter(struct ninep_tree *tree, struct ninep_node *parent, const char *name,
                                    size_t length) {
  struct ninep_node *node = find_child(parent, name, length);
  if (!node) {
    node = take_node(tree);
    if (!node)
      return NULL;
    *node = (struct ninep_node){.references = 0};
    attach(node, parent, name, length);
  }
  ninep_node_hold(node);
  return node;
}

void ninep_node_hold(struct ninep_node *node) {
  node->references++;
}

void ninep_node_release(struct ninep_tree *tree, struct ninep_node *node) {
  while (node && node != &tree->root && --node->references == 0) {
    struct ninep_node *parent = node->parent;
    if (parent)
      unlink_from_parent(node);
    node->next = tree->unused;
    tree->unused = node;
    node = parent; // which the child held
  }
}

// The references that detached children hold of `parent` go with them: those are given back here, and `parent` itself
// stays, for its caller holds it.
void ninep_node_removed(struct ninep_node *parent, const char *name, size_t length) {
  struct ninep_node *node = find_child(parent, name, length);
  if (!node)
    return;
  unlink_from_parent(node);
  node->detached = true;
  parent->references--;
}

void ninep_node_renamed(struct ninep_tree *tree, struct ninep_node *old_parent, const char *old_name, size_t old_length,
                        struct ninep_node *new_parent, const char *new_name, size_t new_length) {
  struct ninep_node *node = find_child(old_parent, old_name, old_length);
  struct ninep_node *replaced = find_child(new_parent, new_name, new_length);
  if (node && node == replaced)
    return;
  ninep_node_removed(new_parent, new_name, new_length);
  if (!node)
    return;
  unlink_from_parent(node);
  attach(node, new_parent, new_name, new_length);
  ninep_node_release(tree, old_parent);
}

int ninep_node_path(const struct ninep_node *node, const char *name, size_t length, char path[NINEP_PATH_MAX]) {
  // From the end to the front, then moved to the start.
  size_t start = NINEP_PATH_MAX - 1;
  path[start] = 0;
  if (name) {
    start -= length;
    memcpy(path + start, name, length);
  }
  for (; node->parent; node = node->parent) {
    const bool separator = path[start] != 0;
    if (start < node->name_length + 1U)
      return LINUX_ENAMETOOLONG;
    if (separator)
      path[--start] = '/';
    start -= node->name_length;
    memcpy(path + start, node->name, node->name_length);
  }
  if (node->detached)
    return LINUX_ENOENT;
  memmove(path, path + start, NINEP_PATH_MAX - start);
  return 0;
}
