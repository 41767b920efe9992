#include "device/device_tree.h"

#include <stdio.h>
#include <string.h>

enum { TOKEN_BEGIN_NODE = 1, TOKEN_END_NODE = 2, TOKEN_PROPERTY = 3, TOKEN_END = 9 };
enum { MAGIC = 0xd00dfeed, VERSION = 17, LAST_COMPATIBLE = 16, HEADER_SIZE = 40, RESERVATIONS_SIZE = 16, CELL = 4 };

static void put_big_endian(uint8_t *bytes, uint32_t value) {
  for (unsigned i = 0; i < CELL; i++)
    bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void append(struct device_tree *tree, const void *bytes, size_t length) {
  const size_t padded = (length + CELL - 1) / CELL * CELL;
  if (padded > sizeof tree->structure - CELL - tree->structure_size) { // one cell stays free for the end token
    tree->overflow = true;
    return;
  }
  memcpy(tree->structure + tree->structure_size, bytes, length);
  memset(tree->structure + tree->structure_size + length, 0, padded - length);
  tree->structure_size += padded;
}

static void append_cell(struct device_tree *tree, uint32_t value) {
  uint8_t cell[CELL];
  put_big_endian(cell, value);
  append(tree, cell, sizeof cell);
}

static uint32_t string_offset(struct device_tree *tree, const char *name) {
  const size_t length = strlen(name) + 1;
  for (size_t at = 0; at < tree->strings_size; at += strlen(tree->strings + at) + 1) {
    if (strcmp(tree->strings + at, name) == 0)
      return (uint32_t)at;
  }
  if (length > sizeof tree->strings - tree->strings_size) {
    tree->overflow = true;
    return 0;
  }
  memcpy(tree->strings + tree->strings_size, name, length);
  tree->strings_size += length;
  return (uint32_t)(tree->strings_size - length);
}

void device_tree_begin(struct device_tree *tree, const char *name) {
  append_cell(tree, TOKEN_BEGIN_NODE);
  append(tree, name, strlen(name) + 1);
}

void device_tree_begin_at(struct device_tree *tree, const char *name, uint64_t address) {
  char full[64];
  snprintf(full, sizeof full, "%s@%llx", name, (unsigned long long)address);
  device_tree_begin(tree, full);
}

void device_tree_end(struct device_tree *tree) {
  append_cell(tree, TOKEN_END_NODE);
}

void device_tree_bytes(struct device_tree *tree, const char *name, const void *bytes, size_t length) {
  append_cell(tree, TOKEN_PROPERTY);
  append_cell(tree, (uint32_t)length);
  append_cell(tree, string_offset(tree, name));
  append(tree, bytes, length);
}

void device_tree_string(struct device_tree *tree, const char *name, const char *value) {
  device_tree_bytes(tree, name, value, strlen(value) + 1);
}

void device_tree_u32(struct device_tree *tree, const char *name, uint32_t value) {
  uint8_t cell[CELL];
  put_big_endian(cell, value);
  device_tree_bytes(tree, name, cell, sizeof cell);
}

void device_tree_u32_pair(struct device_tree *tree, const char *name, uint32_t first, uint32_t second) {
  uint8_t cells[2 * CELL];
  put_big_endian(cells, first);
  put_big_endian(cells + CELL, second);
  device_tree_bytes(tree, name, cells, sizeof cells);
}

void device_tree_u64(struct device_tree *tree, const char *name, uint64_t value) {
  device_tree_u32_pair(tree, name, (uint32_t)(value >> 32), (uint32_t)value);
}

void device_tree_region(struct device_tree *tree, uint64_t address, uint64_t size) {
  uint8_t cells[4 * CELL];
  put_big_endian(cells, (uint32_t)(address >> 32));
  put_big_endian(cells + CELL, (uint32_t)address);
  put_big_endian(cells + 2 * CELL, (uint32_t)(size >> 32));
  put_big_endian(cells + 3 * CELL, (uint32_t)size);
  device_tree_bytes(tree, "reg", cells, sizeof cells);
}

size_t device_tree_size(const struct device_tree *tree) {
  return tree->overflow ? 0 : HEADER_SIZE + RESERVATIONS_SIZE + tree->structure_size + CELL + tree->strings_size;
}

void device_tree_write(const struct device_tree *tree, uint8_t *blob) {
  const uint32_t structure_at = HEADER_SIZE + RESERVATIONS_SIZE;
  const uint32_t structure_size = (uint32_t)tree->structure_size + CELL;
  const uint32_t strings_at = structure_at + structure_size;
  const uint32_t header[] = {MAGIC,
                             (uint32_t)device_tree_size(tree),
                             structure_at,
                             strings_at,
                             HEADER_SIZE /* of the reservations */,
                             VERSION,
                             LAST_COMPATIBLE,
                             0 /* boot hart */,
                             (uint32_t)tree->strings_size,
                             structure_size};
  _Static_assert(sizeof header == HEADER_SIZE, "ten cells");
  for (unsigned i = 0; i < HEADER_SIZE / CELL; i++)
    put_big_endian(blob + i * CELL, header[i]);
  memset(blob + HEADER_SIZE, 0, RESERVATIONS_SIZE); // none
  memcpy(blob + structure_at, tree->structure, tree->structure_size);
  put_big_endian(blob + structure_at + tree->structure_size, TOKEN_END);
  memcpy(blob + strings_at, tree->strings, tree->strings_size);
}
