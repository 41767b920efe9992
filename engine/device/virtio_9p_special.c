#include "device/virtio_9p_special.h"

#include "host/host.h"

#include <string.h>

enum { BUCKETS = 256 };

static struct {
  struct p9_special *free;
  unsigned used; // of `specials`, from the front
  uint64_t made; // ever: their inode numbers
  struct p9_special *buckets[BUCKETS];
  struct p9_special specials[P9_SPECIALS_MAX];
} *table;

bool p9_specials_init(void) {
  if (!table)
    table = host_allocate(sizeof *table);
  return table != NULL;
}

uint64_t p9_specials_memory(void) {
  return sizeof *table;
}

// All of a directory are in one bucket.
static struct p9_special **bucket_of(const struct p9_identity *directory) {
  return &table->buckets[p9_place_of(directory, "", 0) / 2 % BUCKETS];
}

struct p9_special *p9_special_next(const struct p9_identity *directory, const struct p9_special *after) {
  struct p9_special *special = after ? after->next : *bucket_of(directory);
  while (special && !p9_identity_equal(&special->directory, directory))
    special = special->next;
  return special;
}

struct p9_special *p9_special_find(const struct p9_identity *directory, const char *name, size_t length) {
  struct p9_special *special = p9_special_next(directory, NULL);
  while (special && !(special->name_length == length && memcmp(special->name, name, length) == 0))
    special = p9_special_next(directory, special);
  return special;
}

static void put(struct p9_special *special, const struct p9_identity *directory, const char *name, size_t length) {
  struct p9_special **bucket = bucket_of(directory);
  special->directory = *directory;
  special->name_length = (uint8_t)length;
  memmove(special->name, name, length);
  special->next = *bucket;
  *bucket = special;
}

static void take(const struct p9_special *special) {
  struct p9_special **at = bucket_of(&special->directory);
  while (*at != special)
    at = &(*at)->next;
  *at = special->next;
}

struct p9_special *p9_special_make(const struct p9_identity *directory, const char *name, size_t length) {
  const struct p9_identity identity = {P9_SPECIAL_DEVICE, table->made + 1};
  struct p9_special *special = table->free;
  if ((!special && table->used == P9_SPECIALS_MAX) || !p9_kept_make(&identity, FILE_OTHER))
    return NULL;
  if (special)
    table->free = special->next;
  else
    special = &table->specials[table->used++];
  table->made++;
  special->identity = identity;
  put(special, directory, name, length);
  return special;
}

void p9_special_move(struct p9_special *special, const struct p9_identity *directory, const char *name, size_t length) {
  take(special);
  put(special, directory, name, length);
}

void p9_special_remove(struct p9_special *special) {
  p9_kept_forget(&special->identity);
  take(special);
  special->next = table->free;
  table->free = special;
}

void p9_special_give_way(const struct p9_identity *directory, const char *name, size_t length) {
  struct p9_special *special = p9_special_find(directory, name, length);
  if (special)
    p9_special_remove(special);
}

void p9_special_forget_all(const struct p9_identity *directory) {
  struct p9_special *special;
  while ((special = p9_special_next(directory, NULL)))
    p9_special_remove(special);
}

bool p9_special_status(const struct p9_identity *identity, struct file_status *status) {
  const struct p9_kept *kept = identity->device == P9_SPECIAL_DEVICE ? p9_kept_find(identity) : NULL;
  if (!kept)
    return false;
  *status = (struct file_status){.kind = FILE_OTHER,
                                 .device = identity->device,
                                 .inode = identity->inode,
                                 .links = 1,
                                 .accessed_ns = kept->shown_accessed_ns,
                                 .modified_ns = kept->shown_modified_ns,
                                 .changed_ns = kept->changed_ns};
  return true;
}
