// The control lines of docs/FORMATS.md, "The board": where they go, and how a run ends. Takes no memory.
#ifndef INIT_CONTROL_H
#define INIT_CONTROL_H

// Exit codes that are docker's for a container that could not be run.
enum exit_code {
  EXIT_INIT_FAILED = 125,
  EXIT_NOT_EXECUTABLE = 126,
  EXIT_NOT_FOUND = 127,
};

// Lines go to this file from now on; before, failures are told on the kernel's console.
void report_to(int control);

// The caller is now the container's process: its failures end it, and init passes its exit code on.
void report_from_container(void);

// The next thing done is the container's execve.
void report_started(void);

// Writes the line's text, as it is.
void write_control(const char *line);

// Ends the caller if it is the container's process.
void exit_container(enum exit_code code);

_Noreturn void power_off(void);

// Says that there is no more memory, and ends the run with EXIT_INIT_FAILED.
_Noreturn void fail_out_of_memory(void);

#endif
