// The host as WASI preview 1, but for waiting and reading (input.c).
#include "host/host.h"

#include "host/wasi/host_wasi.h"

#include <wasi/api.h>

extern char **__wasilibc_get_environ(void);

enum { WASM_PAGE = 65536, CHUNK = 1 << 20, ALIGNMENT = 16 };

// Everything lives as long as the module: memory is only ever added. New wasm pages are zero and cost the host nothing
// until they are touched.
static uint64_t free_start, free_end;

static uint64_t grow(uint64_t size) {
  const uint64_t pages = (size + WASM_PAGE - 1) / WASM_PAGE;
  const size_t first = pages > UINT16_MAX ? SIZE_MAX : __builtin_wasm_memory_grow(0, (size_t)pages);
  return first == SIZE_MAX ? 0 : (uint64_t)first * WASM_PAGE;
}

bool host_reserve(uint64_t size) {
  const uint64_t start = grow(size);
  if (start) {
    free_start = start;
    free_end = start + size;
  }
  return start != 0;
}

void *host_allocate(uint64_t size) {
  const uint64_t wanted = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (wanted > free_end - free_start && !host_reserve(wanted > CHUNK ? wanted : CHUNK))
    return NULL;
  void *memory = (void *)(uintptr_t)free_start;
  free_start += wanted;
  return memory;
}

void host_wasi_end_collection(void) {
  static bool done;
  if (!done)
    grow(1);
  done = true;
}

bool host_yield(void) {
  host_wasi_end_collection();
  (void)__wasi_sched_yield();
  return true;
}

static uint64_t clock_ns(__wasi_clockid_t clock) {
  __wasi_timestamp_t now = 0;
  (void)__wasi_clock_time_get(clock, 1, &now);
  return now;
}

uint64_t host_monotonic_ns(void) {
  return clock_ns(__WASI_CLOCKID_MONOTONIC);
}

uint64_t host_realtime_ns(void) {
  return clock_ns(__WASI_CLOCKID_REALTIME);
}

void host_random(uint8_t *bytes, size_t length) {
  if (__wasi_random_get(bytes, length) != __WASI_ERRNO_SUCCESS)
    __builtin_trap();
}

__wasi_subscription_t host_wasi_clock(uint64_t timeout_ns) {
  __wasi_subscription_t subscription = {.userdata = 0};
  subscription.u.tag = __WASI_EVENTTYPE_CLOCK;
  subscription.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
  subscription.u.u.clock.timeout = timeout_ns;
  subscription.u.u.clock.precision = 1;
  return subscription;
}

void host_wasi_sleep(uint64_t timeout_ns) {
  const __wasi_subscription_t subscription = host_wasi_clock(timeout_ns);
  __wasi_event_t event;
  __wasi_size_t count;
  (void)__wasi_poll_oneoff(&subscription, &event, 1, &count);
}

bool host_write(int stream, const uint8_t *bytes, size_t length) {
  host_wasi_end_collection();
  while (length) {
    const __wasi_ciovec_t vector = {.buf = bytes, .buf_len = length};
    __wasi_size_t written = 0;
    const __wasi_errno_t error = __wasi_fd_write(stream, &vector, 1, &written);
    if (error == __WASI_ERRNO_AGAIN)
      host_wasi_sleep(1000000);
    else if (error != __WASI_ERRNO_SUCCESS && error != __WASI_ERRNO_INTR)
      return false;
    bytes += written;
    length -= written;
  }
  return true;
}

char **host_environment(void) {
  return __wasilibc_get_environ();
}
