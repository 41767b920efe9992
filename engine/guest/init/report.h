// What init tells the engine: the control lines of docs/FORMATS.md, "The board".
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include <stdint.h>

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

// Says `error TEXT`; the run goes on.
void report_error(const char *text);

// Says `exit CODE` and turns the machine off. All output must have been handed to the host before.
_Noreturn void finish(uint8_t code);

// Says `error WHAT OBJECT: REASON` and ends the run with `code`. `object` may be NULL; `error` is the
// kernel's negative errno, or 0 where `what` says it all.
_Noreturn void fail(enum exit_code code, const char *what, const char *object, long error);

// The same for want of memory, which it therefore takes none of.
_Noreturn void fail_out_of_memory(void);

#endif
