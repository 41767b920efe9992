// A device's wire to an interrupt controller.
#ifndef DEVICE_INTERRUPT_LINE_H
#define DEVICE_INTERRUPT_LINE_H

#include <stdbool.h>

struct interrupt_line {
  void (*set)(void *controller, unsigned source, bool level);
  void *controller;
  unsigned source; // number of the controller's input
};

static inline void interrupt_line_set(const struct interrupt_line *line, bool level) {
  line->set(line->controller, line->source, level);
}

#endif
