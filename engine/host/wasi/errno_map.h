// WASI's error numbers as Linux's.
#ifndef HOST_WASI_ERRNO_MAP_H
#define HOST_WASI_ERRNO_MAP_H

#include <wasi/api.h>

int linux_error_of(__wasi_errno_t error);

#endif
