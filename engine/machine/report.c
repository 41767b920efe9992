#include "machine/report.h"

#include "host/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report(const char *format, ...) {
  static const char PREFIX[] = "oci2wasm: ";
  enum { PREFIX_LENGTH = sizeof PREFIX - 1 };
  char line[1024];
  memcpy(line, PREFIX, PREFIX_LENGTH);
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line + PREFIX_LENGTH, sizeof line - PREFIX_LENGTH - 1, format, arguments);
  va_end(arguments);
  const size_t room = sizeof line - PREFIX_LENGTH - 2;
  const size_t used = PREFIX_LENGTH + (length < 0 ? 0 : (size_t)length < room ? (size_t)length : room);
  line[used] = '\n';
  host_write(HOST_STDERR, (const uint8_t *)line, used + 1);
}
