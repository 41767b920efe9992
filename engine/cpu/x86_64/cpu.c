#include "cpu.h"

#include "code_cache.h"
#include "decode.h"
#include "flags.h"

#define PAT_AT_RESET UINT64_C(0x0007040600070406) // SDM 3A, table 12-12
enum { MXCSR_AT_RESET = 0x1f80, CONTROL_AT_RESET = 0x37f, DR6_AT_RESET = 0x7ff0, DR7_AT_RESET = 0x400 };
#define DR6_FIXED UINT64_C(0xffff0000)

bool x86_init(struct x86_cpu *cpu) {
  x86_decode_init();
  cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_PG;
  cpu->cr4 = CR4_PAE;
  cpu->efer = EFER_LME | EFER_LMA;
  cpu->pat = PAT_AT_RESET;
  cpu->mxcsr = MXCSR_AT_RESET;
  cpu->x87.control = CONTROL_AT_RESET;
  cpu->dr[6] = DR6_FIXED | DR6_AT_RESET;
  cpu->dr[7] = DR7_AT_RESET;
  x86_set_flags(cpu, 0);
  x86_set_privilege(cpu, 0);
  cpu->tlb_set = (struct tlb_set){.views = cpu->tlbs, .count = TLB_VIEWS};
  tlb_flush(&cpu->tlb_set);
  return code_cache_init(cpu);
}
