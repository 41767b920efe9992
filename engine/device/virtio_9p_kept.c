#include "device/virtio_9p_kept.h"

#include "host/host.h"

enum { BUCKETS = 1 << 15 };

static struct {
  struct p9_kept *records, *free;
  unsigned used; // of `records`, from the front
  unsigned hand; // where to look next for one that may go
  struct p9_kept *buckets[BUCKETS];
} *table;

bool p9_kept_init(void) {
  if (!table) {
    table = host_allocate(sizeof *table);
    if (table)
      table->records = host_allocate(P9_KEPT_MAX * sizeof *table->records);
  }
  return table && table->records;
}

uint64_t p9_kept_memory(void) {
  return sizeof *table + P9_KEPT_MAX * sizeof *table->records;
}

struct p9_identity p9_identity_of(const struct file_status *status) {
  return (struct p9_identity){status->device, status->inode};
}

bool p9_identity_equal(const struct p9_identity *a, const struct p9_identity *b) {
  return a->device == b->device && a->inode == b->inode;
}

static uint64_t mix(uint64_t value) {
  value = (value ^ value >> 32) * UINT64_C(0x9e3779b97f4a7c15);
  return value ^ value >> 29;
}

// FNV-1a, begun with the directory. Never 0.
uint64_t p9_place_of(const struct p9_identity *directory, const char *name, size_t length) {
  uint64_t hash = mix(directory->device) ^ directory->inode ^ UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
  return mix(hash) | 1;
}

static struct p9_kept **bucket_of(const struct p9_identity *identity) {
  return &table->buckets[mix(mix(identity->device) ^ identity->inode) % BUCKETS];
}

struct p9_kept *p9_kept_find(const struct p9_identity *identity) {
  struct p9_kept *kept = identity->inode ? *bucket_of(identity) : NULL;
  while (kept && !p9_identity_equal(&kept->identity, identity))
    kept = kept->next;
  return kept;
}

void p9_kept_forget(const struct p9_identity *identity) {
  struct p9_kept *kept = p9_kept_find(identity);
  if (!kept)
    return;
  struct p9_kept **at = bucket_of(identity);
  while (*at != kept)
    at = &(*at)->next;
  *at = kept->next;
  *kept = (struct p9_kept){.next = table->free};
  table->free = kept;
}

// Leaves the hand at it.
static bool find_expendable(void) {
  for (unsigned looked = 0; looked < P9_KEPT_MAX; looked++) {
    if (table->records[table->hand].expendable)
      return true;
    table->hand = (table->hand + 1) % P9_KEPT_MAX;
  }
  return false;
}

bool p9_kept_has_room(void) {
  return table->free || table->used < P9_KEPT_MAX || find_expendable();
}

struct p9_kept *p9_kept_make(const struct p9_identity *identity, enum file_kind kind) {
  p9_kept_forget(identity);
  if (!table->free && table->used == P9_KEPT_MAX) {
    if (!find_expendable())
      return NULL;
    const struct p9_identity gone = table->records[table->hand].identity;
    p9_kept_forget(&gone);
    table->hand = (table->hand + 1) % P9_KEPT_MAX; // not the new one at once
  }
  struct p9_kept *kept = table->free;
  if (kept)
    table->free = kept->next;
  else
    kept = &table->records[table->used++];
  struct p9_kept **bucket = bucket_of(identity);
  *kept = (struct p9_kept){.next = *bucket, .identity = *identity, .kind = kind};
  *bucket = kept;
  return kept;
}

bool p9_kept_check(const struct p9_identity *identity, uint64_t place, const struct file_status *status) {
  struct p9_kept *kept = p9_kept_find(identity);
  if (!kept)
    return true;
  const bool known = place == 0 || kept->place == 0 || kept->place == place;
  const bool linked = status->kind != FILE_DIRECTORY && status->links > 1; // it may have other names
  const bool unchanged = kept->modified_ns == status->modified_ns && kept->size == status->size;
  if (kept->kind != status->kind || !(known || linked || unchanged)) {
    p9_kept_forget(identity);
    return false;
  }
  if (place)
    kept->place = place;
  if (kept->modified_ns != status->modified_ns)
    kept->timed = false;
  kept->modified_ns = status->modified_ns;
  kept->size = status->size;
  return true;
}
