// What init tells the engine, in words.
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include "control.h"

#include <stdint.h>

// Says `error TEXT`; the run goes on.
void report_error(const char *text);

// Says `exit CODE` and turns the machine off. All output must have been handed to the host before.
_Noreturn void finish(uint8_t code);

// Says `error WHAT OBJECT: REASON` and ends the run with `code`. `object` may be NULL; `error` is the
// kernel's negative errno, or 0 where `what` says it all.
_Noreturn void fail(enum exit_code code, const char *what, const char *object, long error);

#endif
