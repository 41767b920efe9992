// Waiting and reading with WASI preview 1. The calls are made directly where libc would hide what matters: node 20
// fails a whole poll_oneoff when standard input is a file, /dev/null or closed.
#include "host/host.h"
#include "host/wasi/host_wasi.h"

#include <string.h>

static __wasi_fd_t inputs[HOST_INPUTS] = {[HOST_INPUT_STDIN] = 0};

void host_set_control(int descriptor) {
  inputs[HOST_INPUT_CONTROL] = descriptor;
}

void host_set_net(int descriptor) {
  inputs[HOST_INPUT_NET] = descriptor;
}

enum { STDIN = 1 << HOST_INPUT_STDIN, NET = 1 << HOST_INPUT_NET, OTHERS = STDIN | 1 << HOST_INPUT_CONTROL };

// Waits for the wanted inputs; false where they cannot be waited for.
static bool poll(uint64_t timeout_ns, unsigned wanted, unsigned *ready) {
  __wasi_subscription_t subscriptions[1 + HOST_INPUTS] = {host_wasi_clock(timeout_ns)};
  __wasi_event_t events[1 + HOST_INPUTS];
  __wasi_size_t asked = 1, count = 0;
  for (unsigned input = 0; input < HOST_INPUTS; input++) {
    if (wanted & 1U << input) {
      subscriptions[asked] = (__wasi_subscription_t){.userdata = 1U << input};
      subscriptions[asked].u.tag = __WASI_EVENTTYPE_FD_READ;
      subscriptions[asked++].u.u.fd_read.file_descriptor = inputs[input];
    }
  }
  if (__wasi_poll_oneoff(subscriptions, events, asked, &count) != __WASI_ERRNO_SUCCESS)
    return false;
  *ready = 0;
  for (__wasi_size_t i = 0; i < count; i++)
    *ready |= (unsigned)events[i].userdata; // with an error too: reading will tell; the clock's is 0
  return true;
}

static __wasi_errno_t read_some(enum host_input input, uint8_t *bytes, size_t capacity, size_t *got) {
  const __wasi_iovec_t vector = {.buf = bytes, .buf_len = capacity};
  return __wasi_fd_read(inputs[input], &vector, 1, got);
}

// node looks at the clock before it looks at the inputs: with no time to wait it finds none of them ready. But there an
// input that has been polled does not block any more: so the network is read ahead. Where it would block, there is at
// least a millisecond to wait.
static bool clock_comes_first;
static struct {
  bool used, ended;
  size_t start, end;
  uint8_t bytes[65536];
} ahead;

static bool read_ahead(void) {
  if (ahead.start != ahead.end || ahead.ended)
    return true;
  ahead.start = ahead.end = 0;
  const __wasi_errno_t error = read_some(HOST_INPUT_NET, ahead.bytes, sizeof ahead.bytes, &ahead.end);
  ahead.ended = error == __WASI_ERRNO_SUCCESS ? ahead.end == 0 : error != __WASI_ERRNO_AGAIN;
  return ahead.ended || ahead.end != 0;
}

// Does a look at the clock hide what is ready? To be asked while the network is.
static void try_clock(void) {
  // node tells the system's flags: Linux', or the other systems', which is WASI's too.
  enum { NONBLOCK = __WASI_FDFLAGS_NONBLOCK | 0x800 };
  static bool tried;
  unsigned ready;
  __wasi_fdstat_t status;
  if (tried)
    return;
  tried = true;
  clock_comes_first = poll(0, NET, &ready) && !(ready & NET);
  ahead.used = clock_comes_first && __wasi_fd_fdstat_get(inputs[HOST_INPUT_NET], &status) == __WASI_ERRNO_SUCCESS &&
               status.fs_flags & NONBLOCK;
}

// Other inputs are waited for there instead: a guest that is never idle could not be interrupted otherwise. That takes
// time where nothing comes, so it is done ten times a second. A host whose clock hides nothing finds that output can be
// written, and is asked for what is there, no more: how long its inputs take must not be seen in deterministic mode.
static bool clock_hides_inputs(void) {
  enum { OUTPUT = 1 };
  static bool tried, hides;
  __wasi_event_t events[2];
  __wasi_size_t count = 0;
  if (tried)
    return hides;
  __wasi_subscription_t subscriptions[2] = {host_wasi_clock(0), {.userdata = OUTPUT}};
  subscriptions[1].u.tag = __WASI_EVENTTYPE_FD_WRITE;
  subscriptions[1].u.u.fd_write.file_descriptor = 1;
  const __wasi_errno_t error = __wasi_poll_oneoff(subscriptions, events, 2, &count);
  tried = hides = true;
  for (__wasi_size_t i = 0; error == __WASI_ERRNO_SUCCESS && i < count; i++)
    hides &= events[i].userdata != OUTPUT;
  return hides;
}

static uint64_t silent_ns; // when nothing had come in a millisecond; 0 where something has
static bool is_worth_waiting(void) {
  enum { SELDOM_NS = 100000000 };
  return clock_hides_inputs() && host_monotonic_ns() - silent_ns >= SELDOM_NS;
}

unsigned host_wait(uint64_t timeout_ns, unsigned wanted) {
  enum { MILLISECOND_NS = 1000000 };
  static bool stdin_cannot_be_polled;
  unsigned ready;
  host_wasi_end_collection();
  if (wanted & STDIN && stdin_cannot_be_polled)
    return STDIN; // a file, or closed: reading does not wait
  if (wanted & NET && ahead.used) {
    if (read_ahead())
      return NET;
    if (timeout_ns == 0)
      wanted &= ~(unsigned)NET;
  }
  if (!wanted && timeout_ns == 0)
    return 0;
  if (wanted & NET && clock_comes_first && timeout_ns < MILLISECOND_NS)
    timeout_ns = MILLISECOND_NS;
  if (wanted & OTHERS && timeout_ns < MILLISECOND_NS && is_worth_waiting())
    timeout_ns = MILLISECOND_NS;
  if (!poll(timeout_ns, wanted, &ready)) {
    stdin_cannot_be_polled = true;
    return wanted & (STDIN | NET); // a network that cannot be polled ends by what is read
  }
  if (ready & OTHERS)
    silent_ns = 0;
  else if (wanted & OTHERS && timeout_ns != 0)
    silent_ns = host_monotonic_ns();
  if (ready & NET)
    try_clock();
  return ready;
}

size_t host_read(enum host_input input, uint8_t *bytes, size_t capacity) {
  if (input == HOST_INPUT_NET && ahead.start != ahead.end) {
    const size_t there = ahead.end - ahead.start, part = there < capacity ? there : capacity;
    memcpy(bytes, ahead.bytes + ahead.start, part);
    ahead.start += part;
    return part;
  }
  for (;;) {
    size_t got = 0;
    const __wasi_errno_t error = read_some(input, bytes, capacity, &got);
    if (error == __WASI_ERRNO_SUCCESS)
      return got;
    if (error == __WASI_ERRNO_AGAIN)
      host_wasi_sleep(1000000);
    else if (error != __WASI_ERRNO_INTR)
      return 0;
  }
}
