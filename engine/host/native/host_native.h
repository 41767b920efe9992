// What only native builds have: parts of the bundle that are files.
#ifndef HOST_NATIVE_HOST_NATIVE_H
#define HOST_NATIVE_HOST_NATIVE_H

#include "host/host.h"

// False if the file cannot be read.
bool host_native_map_part(enum host_part part, const char *path);
// The directory becomes the next share, called `name` (which must stay). False if it cannot be opened.
bool host_native_share(const char *directory, const char *name);

#endif
