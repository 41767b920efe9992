// The bundle's parts, and where the module starts.
#include "host/wasi/parts.h"

#include "host/host.h"
#include "machine/main.h"

#include <string.h>

// Segment 16 of docs/FORMATS.md.
struct payload_header {
  char magic[8];
  uint32_t version, launch_size;
  uint64_t rootfs_size, memory, frames_size;
  uint32_t frame_size, frame_count;
};
_Static_assert(sizeof(struct payload_header) == 48, "as the converter writes it");

static struct payload_header header;

uint64_t host_part_size(enum host_part part) {
  switch (part) {
  case HOST_KERNEL: return (uint64_t)(kernel_end - kernel_start);
  case HOST_INITRAMFS: return (uint64_t)(initramfs_end - initramfs_start);
  case HOST_LAUNCH: return header.launch_size;
  case HOST_FRAME_TABLE: return (uint64_t)header.frame_count * sizeof(uint32_t);
  default: return header.frames_size;
  }
}

void host_part_read(enum host_part part, uint64_t offset, uint8_t *bytes, size_t length) {
  switch (part) {
  case HOST_KERNEL: memcpy(bytes, kernel_start + offset, length); break;
  case HOST_INITRAMFS: memcpy(bytes, initramfs_start + offset, length); break;
  case HOST_LAUNCH: launch_segment_read(bytes, (uint32_t)offset, length); break;
  case HOST_FRAME_TABLE: header_segment_read(bytes, (uint32_t)(sizeof header + offset), length); break;
  default: frames_segment_read(bytes, (uint32_t)offset, length); break;
  }
}

uint64_t host_bundle_memory(void) {
  return header.memory;
}

int main(int count, char **arguments) {
  static const char MAGIC[8] = {'O', 'C', 'I', '2', 'W', 'A', 'S', 'M'};
  enum { VERSION = 2, FRAME_SIZE = 131072, EXIT_ENGINE_FAILED = 125 };
  header_segment_read(&header, 0, sizeof header);
  if (memcmp(header.magic, MAGIC, sizeof MAGIC) != 0 || header.version != VERSION || header.frame_size != FRAME_SIZE ||
      header.rootfs_size != (uint64_t)header.frame_count * FRAME_SIZE) {
    static const char TEXT[] = "oci2wasm: this module's payload header is not one this engine knows\n";
    host_write(HOST_STDERR, (const uint8_t *)TEXT, sizeof TEXT - 1);
    return EXIT_ENGINE_FAILED;
  }
  return machine_main(count - 1, arguments + 1);
}
