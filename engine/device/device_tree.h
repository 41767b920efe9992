// Writer of flattened device trees (devicetree specification 0.4, chapter 5).
#ifndef DEVICE_DEVICE_TREE_H
#define DEVICE_DEVICE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICE_TREE_STRUCTURE_MAX = 8192, DEVICE_TREE_STRINGS_MAX = 1024 };

struct device_tree {
  uint8_t structure[DEVICE_TREE_STRUCTURE_MAX];
  char strings[DEVICE_TREE_STRINGS_MAX];
  size_t structure_size, strings_size;
  bool overflow; // something did not fit
};

void device_tree_begin(struct device_tree *tree, const char *name);
// A node with a unit address: NAME@ADDRESS.
void device_tree_begin_at(struct device_tree *tree, const char *name, uint64_t address);
void device_tree_end(struct device_tree *tree);
void device_tree_bytes(struct device_tree *tree, const char *name, const void *bytes, size_t length);
void device_tree_string(struct device_tree *tree, const char *name, const char *value);
void device_tree_u32(struct device_tree *tree, const char *name, uint32_t value);
void device_tree_u32_pair(struct device_tree *tree, const char *name, uint32_t first, uint32_t second);
void device_tree_u64(struct device_tree *tree, const char *name, uint64_t value);
// "reg" of two cells each.
void device_tree_region(struct device_tree *tree, uint64_t address, uint64_t size);
// The finished blob's size, once all nodes are ended; 0 after an overflow.
size_t device_tree_size(const struct device_tree *tree);
void device_tree_write(const struct device_tree *tree, uint8_t *blob);

#endif
