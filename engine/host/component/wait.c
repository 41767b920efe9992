#include "host/component/wait.h"

#include "host/component/sockets.h"

#include <string.h>

void wait_add(struct wait_list *list, handle pollable, bool *ready) {
  if (pollable == NO_HANDLE || list->count == WAIT_MAX)
    return;
  list->pollables[list->count] = pollable;
  list->ready[list->count++] = ready;
}

void wait_for(const struct wait_list *list) {
  struct wasi_list found;
  sockets_clear_lists();
  wasi_poll(list->pollables, list->count, &found);
  for (size_t i = 0; i < found.length; i++) {
    uint32_t index;
    memcpy(&index, found.bytes + i * sizeof index, sizeof index);
    *list->ready[index] = true;
  }
}
