// Between the engine's ports and the container's streams, until the container has ended.
#ifndef INIT_RELAY_H
#define INIT_RELAY_H

#include "container.h"
#include "ports.h"

// Passes everything on in both directions, does what control lines say, and returns once the container has ended and
// all its output has been handed to the engine. `terminal` is NULL where the container has pipes; `ask_size` asks the
// user's terminal for its size.
void relay_run(const struct container *container, const struct ports *ports, struct terminal *terminal, bool ask_size);

#endif
