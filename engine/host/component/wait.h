// What is waited for at once.
#ifndef HOST_COMPONENT_WAIT_H
#define HOST_COMPONENT_WAIT_H

#include "host/component/wasi.h"

enum { WAIT_MAX = 4096 };

struct wait_list {
  size_t count;
  handle pollables[WAIT_MAX];
  bool *ready[WAIT_MAX]; // set when it is
};

// A pollable that is waited for; NO_HANDLE is left out.
void wait_add(struct wait_list *list, handle pollable, bool *ready);
// Waits at least until one of them is ready.
void wait_for(const struct wait_list *list);

#endif
