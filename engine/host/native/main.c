// The engine as a native program, for tests: the bundle's parts are files named on the command line.
//
//   engine-native --kernel FILE --initramfs FILE --launch FILE [--rootfs FILE] -- [ARGUMENT…]
#include "machine/main.h"
#include "host/native/host_native.h"

#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
  static const char *const OPTIONS[HOST_PARTS] = {"--kernel", "--initramfs", "--launch", "--rootfs"};
  int at = 1;
  for (; at + 1 < count && strcmp(arguments[at], "--") != 0; at += 2) {
    unsigned part = 0;
    while (part < HOST_PARTS && strcmp(arguments[at], OPTIONS[part]) != 0)
      part++;
    if (part == HOST_PARTS || !host_native_map_part((enum host_part)part, arguments[at + 1])) {
      fprintf(stderr, "%s: cannot use %s %s\n", arguments[0], arguments[at], arguments[at + 1]);
      return 2;
    }
  }
  if (at < count)
    at++; // the --
  return machine_main(count - at, arguments + at);
}
