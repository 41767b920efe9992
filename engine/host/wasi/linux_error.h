#ifndef HOST_WASI_LINUX_ERROR_H
#define HOST_WASI_LINUX_ERROR_H

#include <wasi/api.h>

// A WASI error number as Linux counts it; EIO for one that WASI does not define.
int linux_error(__wasi_errno_t error);

#endif
