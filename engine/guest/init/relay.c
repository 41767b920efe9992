#include "relay.h"

#include "flow.h"
#include "launch.h"

enum { IN, OUT, ERR, FLOWS };

// The engine's control lines as far as they have arrived.
struct control {
  int port;
  size_t length;
  bool too_long; // the rest of the line is being skipped
  char line[128];
};

static void obey(char *line, const struct container *container, const struct terminal *terminal) {
  char *value;
  uint64_t signal;
  uint16_t rows;
  uint16_t columns;
  enum { LAST_SIGNAL = 64 };
  if ((value = after_prefix(line, "signal ")) != NULL && parse_decimal(value, LAST_SIGNAL, &signal))
    sys_signal_process(container->pidfd, (int)signal);
  else if (terminal != NULL && (value = after_prefix(line, "winsize ")) != NULL &&
           parse_window_size(value, &rows, &columns))
    terminal_resize(terminal, rows, columns);
}

static void read_control(struct control *control, const struct container *container, const struct terminal *terminal) {
  char bytes[256];
  long size = sys_read(control->port, bytes, sizeof bytes);
  if (size == -EAGAIN)
    return;
  if (size <= 0)
    control->port = -1;
  for (long i = 0; i < size; i++) {
    if (bytes[i] != '\n') {
      control->too_long |= control->length + 1 >= sizeof control->line;
      if (!control->too_long)
        control->line[control->length++] = bytes[i];
      continue;
    }
    control->line[control->length] = '\0';
    if (!control->too_long)
      obey(control->line, container, terminal);
    control->length = 0;
    control->too_long = false;
  }
}

void relay_run(const struct container *container, const struct ports *ports, struct terminal *terminal, bool ask_size) {
  static struct flow flows[FLOWS];
  struct size_query query = {0};
  bool pipes = terminal == NULL;
  flows[IN].from = ports->in;
  flows[IN].to = container->in;
  flows[IN].closes = pipes ? container->in : -1;
  flows[IN].ends_with_eot = !pipes;
  flows[OUT].from = flows[OUT].closes = container->out;
  flows[OUT].to = ports->out;
  flows[ERR].from = flows[ERR].closes = container->err;
  flows[ERR].to = ports->err;
  flows[ERR].over = !pipes;

  if (ask_size) {
    flows[IN].query = &query;
    flows[OUT].end = strlen(SIZE_QUESTION);
    memcpy(flows[OUT].buffer, SIZE_QUESTION, flows[OUT].end);
  }

  struct control control = {.port = ports->control};
  bool running = true;
  while (running || !flows[OUT].over || !flows[ERR].over) {
    enum { CONTAINER = FLOWS, CONTROL, WAITS };
    struct pollfd waits[WAITS];
    for (int i = 0; i < FLOWS; i++)
      waits[i] = flow_awaits(&flows[i]);
    waits[CONTAINER] = (struct pollfd){.fd = running ? container->pidfd : -1, .events = POLLIN};
    waits[CONTROL] = (struct pollfd){.fd = control.port, .events = POLLIN};
    sys_poll(waits, WAITS, NULL);

    for (int i = 0; i < FLOWS; i++) {
      if (waits[i].revents != 0)
        flow_advance(&flows[i], waits[i].revents);
    }
    if (flows[IN].query != NULL && query.answered) {
      flows[IN].query = NULL;
      terminal_resize(terminal, query.rows, query.columns);
    }
    if (waits[CONTROL].revents != 0)
      read_control(&control, container, terminal);
    if (waits[CONTAINER].revents != 0) {
      running = false;
      flow_close(&flows[IN]);
      // From now on the terminal's master gives what is left, and then its end.
      if (!pipes)
        sys_close(terminal->slave);
    }
  }
}
