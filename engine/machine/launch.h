// The launch description as the guest reads it: the image's records, then those of this run, as file /launch of a
// cpio archive that follows the built-in initramfs. docs/FORMATS.md, "Launch description".
#ifndef MACHINE_LAUNCH_H
#define MACHINE_LAUNCH_H

#include "machine/options.h"

#include <stddef.h>
#include <stdint.h>

struct launch {
  uint8_t *bytes; // a cpio archive (newc)
  size_t size;
};

// `time_ns` is the wall clock at reset. False if the host has not enough memory.
bool launch_build(struct launch *launch, const struct options *options, uint64_t time_ns);

#endif
