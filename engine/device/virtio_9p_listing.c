#include "device/virtio_9p_listing.h"

#include "host/host.h"
#include "host/linux_errno.h"

#include <string.h>

enum { BLOCK_SIZE = 4096, BLOCKS = P9_LISTING_POOL_SIZE / BLOCK_SIZE };

struct entry_header {
  uint64_t inode;
  uint8_t kind, name_length;
  uint8_t zero[6];
};
_Static_assert(sizeof(struct entry_header) == 16, "no hidden padding");

enum { DATA_SIZE = BLOCK_SIZE - 2 * sizeof(uint64_t) };

struct p9_block {
  union {
    struct p9_block *next;
    uint64_t space; // the same size on every host
  };
  uint64_t length;
  uint8_t bytes[DATA_SIZE];
};
_Static_assert(sizeof(struct p9_block) == BLOCK_SIZE, "a page each");

static struct {
  struct p9_block *blocks, *free;
  unsigned used; // of `blocks`, from the front
} pool;

bool p9_listing_init(void) {
  if (!pool.blocks)
    pool.blocks = host_allocate(P9_LISTING_POOL_SIZE);
  return pool.blocks != NULL;
}

static struct p9_block *take_block(void) {
  struct p9_block *block = pool.free;
  if (block)
    pool.free = block->next;
  else if (pool.used < BLOCKS)
    block = &pool.blocks[pool.used++];
  else
    return NULL;
  block->next = NULL;
  block->length = 0;
  return block;
}

int p9_listing_add(struct p9_listing *listing, const struct file_entry *entry) {
  if (entry->name_length > FILES_NAME_MAX)
    return 0; // longer than a name can be on Linux: the guest could not use it
  const size_t size = sizeof(struct entry_header) + entry->name_length;
  struct p9_block *block = listing->last;
  if (!block || block->length + size > DATA_SIZE) {
    block = take_block();
    if (!block)
      return LINUX_ENOMEM;
    *(listing->last ? &listing->last->next : &listing->first) = block;
    listing->last = block;
  }
  const struct entry_header header = {
      .inode = entry->inode, .kind = (uint8_t)entry->kind, .name_length = (uint8_t)entry->name_length};
  memcpy(block->bytes + block->length, &header, sizeof header);
  memcpy(block->bytes + block->length + sizeof header, entry->name, entry->name_length);
  block->length += size;
  return 0;
}

// A place is DATA_SIZE times the number of blocks before its own, plus the offset there.
static struct p9_block *block_at(struct p9_listing *listing, uint64_t place) {
  if (!listing->current || place < listing->current_start) {
    listing->current = listing->first;
    listing->current_start = 0;
  }
  while (listing->current && place - listing->current_start >= listing->current->length) {
    const uint64_t offset = place - listing->current_start;
    if (offset != listing->current->length && offset < DATA_SIZE)
      return NULL;
    if (offset < DATA_SIZE) // the end of a block's entries: the next begins with the next block
      place = listing->current_start + DATA_SIZE;
    listing->current = listing->current->next;
    listing->current_start += DATA_SIZE;
  }
  return listing->current;
}

bool p9_listing_read(struct p9_listing *listing, uint64_t place, struct p9_entry *entry) {
  struct p9_block *block = block_at(listing, place);
  if (!block)
    return false;
  const uint64_t offset = place > listing->current_start ? place - listing->current_start : 0;
  struct entry_header header;
  if (block->length - offset < sizeof header)
    return false;
  memcpy(&header, block->bytes + offset, sizeof header);
  // A place the guest made up may lie within an entry: what is there is then anything, but it is still the block's.
  if (header.name_length > block->length - offset - sizeof header || header.kind > FILE_OTHER)
    return false;
  *entry = (struct p9_entry){.name = (const char *)block->bytes + offset + sizeof header,
                             .name_length = header.name_length,
                             .inode = header.inode,
                             .kind = (enum file_kind)header.kind,
                             .next = listing->current_start + offset + sizeof header + header.name_length};
  return true;
}

void p9_listing_clear(struct p9_listing *listing) {
  if (listing->last) {
    listing->last->next = pool.free;
    pool.free = listing->first;
  }
  *listing = (struct p9_listing){0};
}
