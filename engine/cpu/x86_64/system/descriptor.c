#include "descriptor.h"

#include "mmu.h"

bool x86_read_descriptor(struct x86_cpu *cpu, uint16_t selector, unsigned words, struct descriptor *descriptor,
                         bool *outside) {
  const uint32_t offset = selector & 0xfff8;
  *outside = (selector & 4) || offset + words * 8 - 1 > cpu->gdt.limit;
  descriptor->words[1] = 0;
  if (*outside || !x86_load_system(cpu, cpu->gdt.base + offset, words * 8, descriptor->words))
    return false;
  descriptor->attributes = (uint16_t)(descriptor->words[0] >> 40);
  descriptor->dpl = descriptor->attributes >> 5 & 3;
  descriptor->present = (descriptor->attributes & ATTRIBUTE_PRESENT) != 0;
  return true;
}

uint64_t x86_base_of(const struct descriptor *descriptor) {
  return (descriptor->words[0] >> 16 & 0xffffff) | (descriptor->words[0] >> 32 & 0xff000000) |
         descriptor->words[1] << 32;
}
