// A directory's entries as they were when a guest began to read them. WASI hosts number entries by their position at
// the moment of the call, so that deleting while reading would skip some; a copy has places that stay.
#ifndef DEVICE_VIRTIO_9P_LISTING_H
#define DEVICE_VIRTIO_9P_LISTING_H

#include "host/files.h"

struct p9_block;

enum { P9_LISTING_POOL_SIZE = 16 << 20 }; // some 400,000 entries read at the same time

// All zero: empty. Blocks are from one pool for all devices.
struct p9_listing {
  struct p9_block *first, *last;
  // Where the last entry read was, as the next one is usually asked for.
  struct p9_block *current;
  uint64_t current_start; // the place of `current`'s first byte
};

struct p9_entry {
  const char *name;
  size_t name_length;
  uint64_t inode;
  enum file_kind kind;
  uint64_t next; // place of the one after it
};

// Makes the pool, once; false if the host has not enough memory.
bool p9_listing_init(void);
// 0, or ENOMEM when the pool is empty.
int p9_listing_add(struct p9_listing *listing, const struct file_entry *entry);
// The entry at a place: 0, or the `next` of another. False at the end, and where no entry begins.
bool p9_listing_read(struct p9_listing *listing, uint64_t place, struct p9_entry *entry);
void p9_listing_clear(struct p9_listing *listing);

#endif
