// parts.S: the engine's own parts as data, and the converter's passive segments (docs/FORMATS.md, "The bundle").
#ifndef HOST_WASI_PARTS_H
#define HOST_WASI_PARTS_H

#include <stddef.h>
#include <stdint.h>

// The kernel's end is packed, in a zstd frame.
extern const uint8_t kernel_start[], kernel_end[], packed_kernel_start[], packed_kernel_end[], initramfs_start[],
    initramfs_end[];

// memory.init from segment 16, 17 and 18. A range outside the segment traps.
void header_segment_read(void *target, uint32_t offset, size_t length);
void launch_segment_read(void *target, uint32_t offset, size_t length);
void frames_segment_read(void *target, uint32_t offset, size_t length);

#endif
