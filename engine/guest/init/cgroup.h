// The container's control group, which it sees as the root of a hierarchy (version 2).
#ifndef INIT_CGROUP_H
#define INIT_CGROUP_H

#include "launch.h"

// Makes the group. /sys must be mounted.
void cgroup_make(void);

// Puts this process into the group and its own namespace of groups, and mounts the group at /sys/fs/cgroup:
// read-only, unless privileged. The process must have its own mount namespace.
void cgroup_enter(const struct launch *launch);

#endif
