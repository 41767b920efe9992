#include "privilege.h"

#include "descriptor.h"

void x86_set_privilege(struct x86_cpu *cpu, uint32_t level) {
  const uint64_t *bases = cpu->segment_bases;
  cpu->mode = level;
  if (cpu->segments[SEG_CS].attributes & ATTRIBUTE_LONG) {
    cpu->code_kind = CODE_64;
    cpu->tlb = &cpu->tlbs[level == 3 ? VIEW_USER : VIEW_SUPERVISOR];
    return;
  }
  cpu->code_kind = bases[SEG_ES] | bases[SEG_SS] | bases[SEG_DS] ? CODE_SEGMENTED : CODE_FLAT;
  cpu->tlb = &cpu->tlbs[level == 3 ? VIEW_USER_32 : VIEW_SUPERVISOR_32];
  cpu->tlb_set.count = TLB_VIEWS;
  if (cpu->code_kind != cpu->kind_32)
    tlb_flush_fetch(&cpu->tlb_set);
  cpu->kind_32 = cpu->code_kind;
}
