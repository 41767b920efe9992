// Special files that the guest makes in a share: sockets, pipes and devices. WASI has none, and they mean something to
// the guest's kernel only: so they are names that the server keeps, as long as the machine runs, each in a directory of
// the host. What is known of them is a record of virtio_9p_kept.h.
#ifndef DEVICE_VIRTIO_9P_SPECIAL_H
#define DEVICE_VIRTIO_9P_SPECIAL_H

#include "device/virtio_9p_kept.h"

enum { P9_SPECIALS_MAX = 4096 };

struct p9_special {
  struct p9_special *next; // in its bucket, or among the free ones
  struct p9_identity directory, identity;
  uint8_t name_length;
  char name[FILES_NAME_MAX];
};

// Makes the table, once; false if the host has not enough memory.
bool p9_specials_init(void);
uint64_t p9_specials_memory(void);

struct p9_special *p9_special_find(const struct p9_identity *directory, const char *name, size_t length);
// The first in a directory (after NULL), or the one after another. NULL at the end.
struct p9_special *p9_special_next(const struct p9_identity *directory, const struct p9_special *after);
// A new name; its record is all zero but for identity and kind. NULL if there is no room.
struct p9_special *p9_special_make(const struct p9_identity *directory, const char *name, size_t length);
void p9_special_move(struct p9_special *special, const struct p9_identity *directory, const char *name, size_t length);
// With its record.
void p9_special_remove(struct p9_special *special);
// The host has something under that name, put there by somebody else: it goes before a special file.
void p9_special_give_way(const struct p9_identity *directory, const char *name, size_t length);
// All of a directory.
void p9_special_forget_all(const struct p9_identity *directory);

// What a host would say of a special file; false if it is none, or there is no record.
bool p9_special_status(const struct p9_identity *identity, struct file_status *status);

#endif
