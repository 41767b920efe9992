// The engine as a native program, for tests: the bundle's parts are files named on the command line.
//
//   engine-native --kernel FILE --initramfs FILE --launch FILE [--rootfs FILE]
//     [--dir DIRECTORY[::NAME]]… -- [ARGUMENT…]
#include "machine/main.h"
#include "host/native/host_native.h"

#include <stdio.h>
#include <string.h>

// As wasmtime has it: the host's directory, and what the guest shall see it as.
static bool share(char *directory) {
  char *separator = strstr(directory, "::");
  if (separator)
    *separator = 0;
  return host_native_share(directory, separator ? separator + 2 : directory);
}

static bool use(const char *option, char *value) {
  static const char *const PARTS[HOST_PARTS] = {"--kernel", "--initramfs", "--launch", "--rootfs"};
  for (unsigned part = 0; part < HOST_PARTS; part++) {
    if (strcmp(option, PARTS[part]) == 0)
      return host_native_map_part((enum host_part)part, value);
  }
  return strcmp(option, "--dir") == 0 && share(value);
}

int main(int count, char **arguments) {
  int at = 1;
  for (; at + 1 < count && strcmp(arguments[at], "--") != 0; at += 2) {
    if (!use(arguments[at], arguments[at + 1])) {
      fprintf(stderr, "%s: cannot use %s %s\n", arguments[0], arguments[at], arguments[at + 1]);
      return 2;
    }
  }
  if (at < count)
    at++; // the --
  return machine_main(count - at, arguments + at);
}
