// Where the host's shares appear in the guest. docs/FORMATS.md, "Host directories".
#ifndef MACHINE_MOUNTS_H
#define MACHINE_MOUNTS_H

#include <stddef.h>

enum { MOUNT_TAG_SIZE = 16, MOUNT_PATH_MAX = 4096 };

// The tag a share's device has.
void mount_tag(unsigned share, char tag[MOUNT_TAG_SIZE]);
// The guest path of a share by its name; cut off at MOUNT_PATH_MAX with the ending 0.
void mount_path(const char *name, char path[MOUNT_PATH_MAX]);

#endif
