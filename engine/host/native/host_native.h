// What only native builds have: parts of the bundle that are files.
#ifndef HOST_NATIVE_HOST_NATIVE_H
#define HOST_NATIVE_HOST_NATIVE_H

#include "host/host.h"

// False if the file cannot be read.
bool host_native_map_part(enum host_part part, const char *path);
// The same for an image of the root filesystem, as frames that are stored as they are.
bool host_native_map_rootfs(const char *path);
// What host_bundle_memory says.
void host_native_ask_memory(uint64_t bytes);

#endif
