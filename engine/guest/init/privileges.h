// What the container's processes may do, without --privileged: docker's defaults.
#ifndef INIT_PRIVILEGES_H
#define INIT_PRIVILEGES_H

// Hides parts of /proc and /sys, and makes others read-only, in this mount namespace.
void privileges_mask_paths(void);

// Takes from this process' execve all capabilities but docker's. Whoever calls it may still change its user.
void privileges_bound_capabilities(void);

#endif
