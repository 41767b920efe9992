// The pseudo-terminal of a container run with --tty.
#ifndef INIT_TERMINAL_H
#define INIT_TERMINAL_H

#include <stdint.h>

struct terminal {
  int master;
  int slave;  // held by init, so that the terminal lives on when no program of the container has it open
  char *path; // the container's side
};

// Makes a terminal in the /dev/pts of this process' root; its device is also the container's /dev/console.
void terminal_make(struct terminal *terminal);

// Makes the terminal this process' standard streams and controlling terminal; it must lead a new session.
void terminal_take(const struct terminal *terminal);

// Tells the terminal, and so the programs on it, its size.
void terminal_resize(const struct terminal *terminal, uint16_t rows, uint16_t columns);

#endif
