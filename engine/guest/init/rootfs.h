// The container's root file system: the image's EROFS under a writable layer, in memory or on the scratch disk, and
// what docker adds.
#ifndef INIT_ROOTFS_H
#define INIT_ROOTFS_H

#include "launch.h"
#include "text.h"
#include <stdint.h>

// Puts the image together and makes it this process' root.
void rootfs_enter(const struct launch *launch);

// After the last file that init makes, before the container's first.
void rootfs_settle(void);

// Writes back what is to stay after the run.
void rootfs_leave(const struct launch *launch);

// Fills /dev and /sys as docker does, /sys read-only unless privileged; /proc comes with the container's process.
void rootfs_mount_system(const struct launch *launch);

// What names mean beside the container's own.
struct names {
  const char *address;                 // the container's; NULL where it has no network
  const char *name_server;             // likewise
  const struct string_list *hosts;     // `NAME ADDRESS`
  const struct string_list *resolving; // lines of /etc/resolv.conf
};

// Writes /etc/hosts, /etc/hostname and /etc/resolv.conf, and links /etc/mtab.
void rootfs_write_names(const char *hostname, const struct names *names);

// Mounts the host's folders (`TAG PATH` each); their files appear as owned by the user given.
void rootfs_mount_shares(const struct string_list *shares, uint32_t uid, uint32_t gid);

#endif
