// The engine's console ports: docs/FORMATS.md, "The board".
#ifndef INIT_PORTS_H
#define INIT_PORTS_H

struct ports {
  int in;
  int out;
  int err;
  int control;
};

// Opens all ports, for reads and writes that do not wait, once the engine has connected them; reports go to it then.
void ports_open(struct ports *ports);

#endif
