#include "reset.h"

#include "cpu/x86_64/cpu.h"
#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/decode/decode.h"
#include "cpu/x86_64/flags.h"
#include "cpu/x86_64/system/debug.h"
#include "cpu/x86_64/system/descriptor.h"
#include "cpu/x86_64/system/privilege.h"
#include "sse_crypto.h"

#define PAT_AT_RESET UINT64_C(0x0007040600070406) // SDM 3A, table 12-12
enum { MXCSR_AT_RESET = 0x1f80, CONTROL_AT_RESET = 0x37f };

#define LAYOUT(member, offset) _Static_assert(offsetof(struct x86_cpu, member) == offset, #member);
#include "cpu/x86_64/layout.inc"
#undef LAYOUT

bool x86_init(struct x86_cpu *cpu) {
  x86_decode_init();
  x86_crypto_init();
  cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_PG;
  cpu->cr4 = CR4_PAE;
  cpu->efer = EFER_LME | EFER_LMA;
  cpu->pat = PAT_AT_RESET;
  cpu->mxcsr = MXCSR_AT_RESET;
  cpu->x87.control = CONTROL_AT_RESET;
  x86_write_debug(cpu, 6, 0);
  x86_write_debug(cpu, 7, 0);
  x86_set_flags(cpu, 0);
  cpu->segments[SEG_CS].attributes = ATTRIBUTES_CODE_64;
  x86_set_privilege(cpu, 0);
  cpu->tlb_set = (struct tlb_set){.views = cpu->tlbs, .count = VIEW_USER_32}; // until there is 32-bit code
  for (unsigned view = 0; view < TLB_VIEWS; view++)
    tlb_init(&cpu->tlbs[view]);
  tlb_init(&cpu->empty_tlb);
  return code_cache_init(cpu);
}
