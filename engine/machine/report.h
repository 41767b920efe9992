// What the engine says on standard error: lines that begin with "oci2wasm: ".
#ifndef MACHINE_REPORT_H
#define MACHINE_REPORT_H

// One line; the end of line is added.
__attribute__((format(printf, 1, 2))) void report(const char *format, ...);

#endif
