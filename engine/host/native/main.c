// The engine as a native program, for tests: the bundle's parts are files named on the command line.
//
//   engine-native --kernel FILE --initramfs FILE --launch FILE [--rootfs FILE | --frame-table FILE --frames FILE]
//   [--bundle-memory BYTES]
//   [--share GUEST-PATH=DIRECTORY]… -- [ARGUMENT…]
#include "machine/main.h"
#include "host/native/files.h"
#include "host/native/host_native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_option(const char *option, char *value) {
  static const char *const PARTS[HOST_PARTS] = {"--kernel", "--initramfs", "--launch", "--frame-table", "--frames"};
  if (strcmp(option, "--share") == 0) {
    char *equals = strchr(value, '=');
    if (!equals)
      return false;
    *equals = 0;
    return host_native_share(value, equals + 1);
  }
  if (strcmp(option, "--rootfs") == 0)
    return host_native_map_rootfs(value);
  if (strcmp(option, "--bundle-memory") == 0) {
    char *end;
    host_native_ask_memory(strtoull(value, &end, 10));
    return end != value && *end == 0;
  }
  for (unsigned part = 0; part < HOST_PARTS; part++) {
    if (strcmp(option, PARTS[part]) == 0)
      return host_native_map_part((enum host_part)part, value);
  }
  return false;
}

int main(int count, char **arguments) {
  int at = 1;
  for (; at + 1 < count && strcmp(arguments[at], "--") != 0; at += 2) {
    if (!take_option(arguments[at], arguments[at + 1])) {
      fprintf(stderr, "%s: cannot use %s %s\n", arguments[0], arguments[at], arguments[at + 1]);
      return 2;
    }
  }
  if (at < count)
    at++; // the --
  return machine_main(count - at, arguments + at);
}
