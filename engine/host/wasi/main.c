// The bundle's parts, and where the module starts.
#include "host/wasi/parts.h"

#include "host/host.h"
#include "host/wasi/data_file.h"
#include "machine/main.h"
#include "machine/report.h"
#include "zstd/decoder.h"

#include <string.h>

// Segment 16 of docs/FORMATS.md.
struct payload_header {
  char magic[8];
  uint32_t version, launch_size;
  uint64_t rootfs_size, memory, frames_size;
  uint32_t frame_size, frame_count;
};
_Static_assert(sizeof(struct payload_header) == 48, "as the converter writes it");

// What follows in a split bundle.
struct split_header {
  uint64_t here; // bytes of the frames in this module; the data file has the others
  uint8_t identity[DATA_FILE_IDENTITY];
  char name[256];
};
_Static_assert(sizeof(struct split_header) == 296, "as the converter writes it");

enum { VERSION_WHOLE = 2, VERSION_SPLIT = 3 };

static struct payload_header header;
static struct split_header split;
static uint32_t table_offset = sizeof header; // in its segment

static size_t plain_kernel_size(void) {
  return (size_t)(kernel_end - kernel_start);
}

static uint64_t packed_kernel_size(void) {
  return zstd_decoder_content_size(packed_kernel_start, (size_t)(packed_kernel_end - packed_kernel_start));
}

// The kernel's end is compressed in the module. Whoever first reads it has it decompressed; the board reads it once.
// One that is damaged is zeros.
static const uint8_t *packed_kernel(void) {
  static uint8_t *image;
  if (image)
    return image;
  image = host_allocate(packed_kernel_size());
  void *memory = host_allocate(zstd_decoder_size());
  if (!image || !memory)
    __builtin_trap(); // the board has reserved both
  const size_t length = (size_t)(packed_kernel_end - packed_kernel_start);
  zstd_decoder_decode(zstd_decoder_init(memory), image, (size_t)packed_kernel_size(), packed_kernel_start, length);
  return image;
}

static void read_kernel(uint64_t offset, uint8_t *bytes, size_t length) {
  const uint64_t plain = plain_kernel_size(), left = offset < plain ? plain - offset : 0;
  const size_t part = length < left ? length : (size_t)left;
  memcpy(bytes, kernel_start + offset, part);
  if (part < length)
    memcpy(bytes + part, packed_kernel() + (offset + part - plain), length - part);
}

uint64_t host_part_size(enum host_part part) {
  switch (part) {
  case HOST_KERNEL: return plain_kernel_size() + packed_kernel_size();
  case HOST_INITRAMFS: return (uint64_t)(initramfs_end - initramfs_start);
  case HOST_LAUNCH: return header.launch_size;
  case HOST_FRAME_TABLE: return (uint64_t)header.frame_count * sizeof(uint32_t);
  default: return header.frames_size;
  }
}

static bool read_frames(uint64_t offset, uint8_t *bytes, size_t length) {
  if (header.version == VERSION_SPLIT && offset >= split.here)
    return data_file_read(offset - split.here, bytes, length);
  frames_segment_read(bytes, (uint32_t)offset, length);
  return true;
}

bool host_part_read(enum host_part part, uint64_t offset, uint8_t *bytes, size_t length) {
  switch (part) {
  case HOST_KERNEL: read_kernel(offset, bytes, length); break;
  case HOST_INITRAMFS: memcpy(bytes, initramfs_start + offset, length); break;
  case HOST_LAUNCH: launch_segment_read(bytes, (uint32_t)offset, length); break;
  case HOST_FRAME_TABLE: header_segment_read(bytes, (uint32_t)(table_offset + offset), length); break;
  default: return read_frames(offset, bytes, length);
  }
  return true;
}

uint64_t host_bundle_memory(void) {
  return header.memory;
}

static bool is_known(void) {
  static const char MAGIC[8] = {'O', 'C', 'I', '2', 'W', 'A', 'S', 'M'};
  enum { FRAME_SIZE = 131072 };
  return memcmp(header.magic, MAGIC, sizeof MAGIC) == 0 &&
         (header.version == VERSION_WHOLE || header.version == VERSION_SPLIT) && header.frame_size == FRAME_SIZE &&
         header.rootfs_size == (uint64_t)header.frame_count * FRAME_SIZE;
}

static bool open_data_file(const char *module) {
  char error[256];
  header_segment_read(&split, sizeof header, sizeof split);
  table_offset += (uint32_t)sizeof split;
  split.name[sizeof split.name - 1] = 0;
  if (data_file_open(split.name, header.frames_size - split.here, split.identity, error, sizeof error))
    return true;
  report("opening %s, the data file of %s: %s", split.name, module, error);
  return false;
}

int main(int count, char **arguments) {
  enum { EXIT_ENGINE_FAILED = 125 };
  header_segment_read(&header, 0, sizeof header);
  if (!is_known()) {
    report("this module's payload header is not one this engine knows");
    return EXIT_ENGINE_FAILED;
  }
  if (header.version == VERSION_SPLIT && !open_data_file(count > 0 ? arguments[0] : "this module"))
    return EXIT_ENGINE_FAILED;
  return machine_main(count - 1, arguments + 1);
}
