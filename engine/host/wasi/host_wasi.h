#ifndef HOST_WASI_HOST_WASI_H
#define HOST_WASI_HOST_WASI_H

#include <stdbool.h>
#include <stdint.h>
#include <wasi/api.h>

// To be called before a WASI call for which the runtime allocates memory.
//
// A large step of memory.grow makes V8 begin a garbage collection, which it ends at the next thing that reports memory
// to it. In node 20 that is the first WASI call that allocates: called from wasm without a frame V8 can walk ("fast
// API"), so that the collection misses what the JavaScript below uses, and node crashes when the module returns. The
// first call of this function grows by one more page: there the collection may end.
void host_wasi_end_collection(void);

// The folder of a split bundle's data file (docs/FORMATS.md, "Split bundles"), which is no share; false if there is
// none. Its descriptor must not be closed before this was called.
bool host_wasi_data_folder(__wasi_fd_t *folder);

// So long from now, for poll_oneoff.
__wasi_subscription_t host_wasi_clock(uint64_t timeout_ns);
void host_wasi_sleep(uint64_t timeout_ns);

#endif
