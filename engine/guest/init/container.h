// The container's first process.
#ifndef INIT_CONTAINER_H
#define INIT_CONTAINER_H

#include "identity.h"
#include "launch.h"
#include "network.h"
#include "terminal.h"
#include "text.h"

struct container_plan {
  const struct network *network; // or NULL
  struct string_list command;
  struct string_list environment;
  struct identity identity;
  const struct launch *launch;
  const struct terminal *terminal; // NULL: three pipes
};

struct container {
  long pid;
  int pidfd; // readable once the process, and with it every process of the container, has ended
  // Init's ends of the standard streams, for reads and writes that do not wait.
  int in;
  int out;
  int err; // -1 with a terminal, which is `in` and `out`
};

// Starts the process as number 1 of its own process and mount namespaces.
void container_start(const struct container_plan *plan, struct container *container);

// Its exit code once it has ended: 128+n where signal n ended it.
uint8_t container_exit_code(const struct container *container);

#endif
