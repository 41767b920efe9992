// Descriptors of segments (SDM 3A, 3.4.5), for those who load segment registers.
#ifndef CPU_X86_64_SYSTEM_DESCRIPTOR_H
#define CPU_X86_64_SYSTEM_DESCRIPTOR_H

#include "cpu/x86_64/cpu.h"

// Attributes: descriptor bits 40 to 55.
enum {
  ATTRIBUTE_LONG = 0x2000,    // L without D: 64-bit code
  ATTRIBUTE_DEFAULT = 0x4000, // D without L: 32-bit code
  ATTRIBUTE_SIZES = 0x6000,
  ATTRIBUTE_PRESENT = 0x80,
  ATTRIBUTE_CODE_OR_DATA = 0x10,
  ATTRIBUTE_CODE = 0x08,
  ATTRIBUTE_CONFORMING = 0x04,
  ATTRIBUTE_READ_WRITE = 0x02,
  TYPE_MASK = 0x1f,
  TYPE_TSS = 0x09,
  TYPE_TSS_BUSY = 0x0b,
  // Segments that system calls and returns load without a descriptor; `| level << 5`.
  ATTRIBUTES_CODE_64 = 0xa09b,
  ATTRIBUTES_CODE_32 = 0xc09b,
  ATTRIBUTES_STACK = 0xc093
};

struct descriptor {
  uint64_t words[2];
  uint16_t attributes;
  uint32_t dpl;
  bool present;
};

// False: the selector names no descriptor (*outside), or reading it faulted.
bool x86_read_descriptor(struct x86_cpu *cpu, uint16_t selector, unsigned words, struct descriptor *descriptor,
                         bool *outside);
uint64_t x86_base_of(const struct descriptor *descriptor);

// Is it code that can be executed: of 64 bits, or of 32 bits in a segment that begins at 0?
static inline bool x86_is_executable(const struct descriptor *descriptor) {
  const unsigned sizes = descriptor->attributes & ATTRIBUTE_SIZES, code = ATTRIBUTE_CODE_OR_DATA | ATTRIBUTE_CODE;
  return (descriptor->attributes & code) == code &&
         (sizes == ATTRIBUTE_LONG || (sizes == ATTRIBUTE_DEFAULT && x86_base_of(descriptor) == 0));
}

#endif
