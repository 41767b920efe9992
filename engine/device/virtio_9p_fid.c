#include "device/virtio_9p_fid.h"

struct p9_fid *p9_fid_find(const struct p9_fids *fids, uint32_t number) {
  struct p9_fid *fid = fids->buckets[number % P9_FID_BUCKETS];
  while (fid && fid->number != number)
    fid = fid->next;
  return fid;
}

struct p9_fid *p9_fid_create(struct p9_fids *fids, uint32_t number, struct p9_node *node, uint32_t user) {
  struct p9_fid *fid = fids->free;
  if (fid)
    fids->free = fid->next;
  else if (fids->used < P9_FIDS_MAX)
    fid = &fids->fids[fids->used++];
  else
    return NULL;
  struct p9_fid **bucket = &fids->buckets[number % P9_FID_BUCKETS];
  *fid = (struct p9_fid){.next = *bucket, .number = number, .node = node, .user = user};
  *bucket = fid;
  return fid;
}

static void close_file(const struct p9_fids *fids, struct p9_fid *fid) {
  const struct p9_kept *kept = p9_kept_find(&fid->identity);
  files_close(fid->file);
  fid->open = false;
  if (kept && kept->removed && !p9_fid_is_open(fids, &fid->identity))
    p9_kept_forget(&fid->identity);
}

void p9_fid_drop(struct p9_fids *fids, struct p9_tree *tree, struct p9_fid *fid) {
  struct p9_fid **at = &fids->buckets[fid->number % P9_FID_BUCKETS];
  while (*at != fid)
    at = &(*at)->next;
  *at = fid->next;
  if (fid->open)
    close_file(fids, fid);
  p9_listing_clear(&fid->listing);
  p9_node_release(tree, fid->node);
  *fid = (struct p9_fid){.next = fids->free};
  fids->free = fid;
}

void p9_fids_drop_all(struct p9_fids *fids, struct p9_tree *tree) {
  for (unsigned i = 0; i < P9_FID_BUCKETS; i++) {
    while (fids->buckets[i])
      p9_fid_drop(fids, tree, fids->buckets[i]);
  }
}

struct p9_fid *p9_fid_open_on(struct p9_fids *fids, const struct p9_node *node) {
  for (unsigned i = 0; i < fids->used; i++) {
    if (fids->fids[i].open && fids->fids[i].node == node)
      return &fids->fids[i];
  }
  return NULL;
}

bool p9_fid_is_open(const struct p9_fids *fids, const struct p9_identity *identity) {
  for (unsigned i = 0; i < fids->used; i++) {
    if (fids->fids[i].open && p9_identity_equal(&fids->fids[i].identity, identity))
      return true;
  }
  return false;
}
