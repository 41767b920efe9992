// Waiting and reading of a component. Preview 1 cannot wait for its sockets, so standard input is taken the same way.
#include "host/component/net.h"
#include "host/component/sockets.h"
#include "host/component/wait.h"
#include "host/host.h"

#include <string.h>

static struct wait_list list;

void host_set_control(int descriptor) {
  (void)descriptor;
}

static handle standard_input(void) {
  static handle stream = NO_HANDLE;
  if (stream == NO_HANDLE)
    stream = wasi_get_stdin();
  return stream;
}

// Ready from the start: a wait that has it does not wait.
static handle at_once(void) {
  static handle pollable = NO_HANDLE;
  if (pollable == NO_HANDLE)
    pollable = wasi_subscribe_duration(0);
  return pollable;
}

static handle standard_input_ready(void) {
  static handle pollable = NO_HANDLE;
  if (pollable == NO_HANDLE)
    pollable = wasi_subscribe_input(standard_input());
  return pollable;
}

enum { STDIN = 1 << HOST_INPUT_STDIN, NET = 1 << HOST_INPUT_NET };

unsigned host_wait(uint64_t timeout_ns, unsigned wanted) {
  bool time_is_up = false, can_read = false, net_ready = false;
  list.count = 0;
  if (wanted & STDIN)
    wait_add(&list, standard_input_ready(), &can_read);
  if (wanted & NET) {
    net_ready = component_net_has_news();
    const uint64_t most = component_net_add(&list);
    timeout_ns = net_ready ? 0 : most < timeout_ns ? most : timeout_ns;
  }
  if (list.count == 0 && timeout_ns == 0)
    return net_ready ? NET : 0;
  const handle timer = timeout_ns ? wasi_subscribe_duration(timeout_ns) : at_once();
  wait_add(&list, timer, &time_is_up);
  wait_for(&list);
  if (timeout_ns)
    wasi_drop_pollable(timer);
  return (can_read ? (unsigned)STDIN : 0) |
         (wanted & NET && (net_ready || component_net_is_ready()) ? (unsigned)NET : 0);
}

size_t host_read(enum host_input input, uint8_t *bytes, size_t capacity) {
  enum { PIECE = 65536 };
  struct wasi_read result;
  static bool ended;
  if (input != HOST_INPUT_STDIN || ended)
    return 0;
  for (;;) {
    sockets_clear_lists();
    wasi_read(standard_input(), capacity < PIECE ? capacity : PIECE, &result);
    if (!result.failed && result.list.length) {
      memcpy(bytes, result.list.bytes, result.list.length);
      return result.list.length;
    }
    ended = result.failed;
    if (ended)
      return 0;
    wasi_block(standard_input_ready());
  }
}
