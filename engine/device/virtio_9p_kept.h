// What a guest has set about a file and the host cannot tell: its mode, its owner, and times that the host would not
// take. A record lasts as long as the machine. It belongs to the file by the numbers the host tells of it, so that it
// stays through renames, and shares that overlap agree.
//
// A record goes with the last name that the guest removes, and when the numbers are found to be another file's:
// another name, and another time of change or size than the host told last. (What the host writes into a file, or
// renames, keeps its record; what it puts in a file's place has none.)
#ifndef DEVICE_VIRTIO_9P_KEPT_H
#define DEVICE_VIRTIO_9P_KEPT_H

#include "host/files.h"

enum { P9_KEPT_MAX = 1 << 17 };

enum { MODE_TYPE = 0170000, MODE_BITS = 07777, MODE_REGULAR = 0100000 };

// Inode 0: the host does not tell, and nothing is kept.
struct p9_identity {
  uint64_t device, inode;
};

// The device of special files (virtio_9p_special.h), which the host knows nothing of. No host has it.
#define P9_SPECIAL_DEVICE UINT64_MAX

struct p9_owner {
  uint32_t uid, gid;
};

struct p9_kept {
  struct p9_kept *next; // in its bucket, or among the free ones
  struct p9_identity identity;
  enum file_kind kind;
  uint32_t mode; // with its type
  struct p9_owner owner;
  uint32_t device_number; // of a device file, as Linux encodes it
  bool expendable;        // may be forgotten when there is no more room
  bool pinned;            // stays even if it says no more than what is shown without it
  bool removed;           // has no name any more, and is open
  bool timed;             // these hold as long as the host's time of change is `modified_ns`:
  uint64_t shown_accessed_ns, shown_modified_ns;
  uint64_t changed_ns; // when the guest changed what is kept here
  // How to know the file again: the directory and the name it had last (0: any), and what the host said.
  uint64_t place, modified_ns, size;
};

// Makes the table, once; false if the host has not enough memory.
bool p9_kept_init(void);
uint64_t p9_kept_memory(void);

struct p9_identity p9_identity_of(const struct file_status *status);
bool p9_identity_equal(const struct p9_identity *a, const struct p9_identity *b);
uint64_t p9_place_of(const struct p9_identity *directory, const char *name, size_t length);

// NULL if nothing is kept.
struct p9_kept *p9_kept_find(const struct p9_identity *identity);
// Is there room for one more? If not, creating a file must fail.
bool p9_kept_has_room(void);
// A record that is all zero but for identity and kind, in place of the one there was. NULL if there is no room.
struct p9_kept *p9_kept_make(const struct p9_identity *identity, enum file_kind kind);
void p9_kept_forget(const struct p9_identity *identity);
// A name (0: a share's own directory, which cannot be another) leads to the file: notes that, and what the host says.
// False if the record was another file's, and is forgotten.
bool p9_kept_check(const struct p9_identity *identity, uint64_t place, const struct file_status *status);

#endif
