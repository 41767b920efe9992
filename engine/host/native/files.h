// Directories that are named on the command line.
#ifndef HOST_NATIVE_FILES_H
#define HOST_NATIVE_FILES_H

#include <stdbool.h>

// False if there is no such directory, or there are too many shares.
bool host_native_share(const char *name, const char *path);

#endif
