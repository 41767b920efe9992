// Decoded instructions, kept by physical page.
#ifndef CPU_X86_64_DECODE_CODE_CACHE_H
#define CPU_X86_64_DECODE_CODE_CACHE_H

#include "cpu/x86_64/op.h"

struct code_page {
  uint64_t index;         // page number in RAM
  struct code_page *next; // the same page, decoded as another kind of code
  enum x86_code_kind kind;
  bool translated;             // some of it is in a unit (translator.h)
  bool begun;                  // some of it is decoded
  uint16_t spared;             // writes beside what is decoded, since something was
  uint32_t entries[PAGE_SIZE]; // by offset in the page: number of the op that begins there, 0 if none is decoded
};

// Host memory that code_cache_init and running may take.
uint64_t x86_memory_needed(uint64_t ram_size);
// False if the host has not enough memory.
bool code_cache_init(struct x86_cpu *cpu);
// The page's block, for the current kind of code. May drop everything that was decoded (cpu->generation tells): callers
// hold no op across it.
struct code_page *code_cache_page(struct x86_cpu *cpu, uint64_t physical);
// The op at an offset, decoded now if need be; NULL if everything decoded was dropped instead: ask for the page again.
struct x86_op *code_cache_op(struct x86_cpu *cpu, struct code_page *page, uint32_t offset);
// The op at an offset, NULL if it is not decoded.
struct x86_op *code_cache_known(const struct x86_cpu *cpu, const struct code_page *page, uint32_t offset);
// Target of a jump inside its page, noted in the op for the next time. NULL as above.
struct x86_op *code_cache_link(struct x86_cpu *cpu, struct code_page *page, struct x86_op *op);
// The ops of an instruction that ends in the next page. NULL on a fetch fault.
struct x86_op *code_cache_straddle(struct x86_cpu *cpu, const struct code_page *page, const struct x86_op *op);
// Decodes an instruction that begins at `offset` and ends in page `second` to `ops`, OPS_PER_INSN_MAX + 1 of them, the
// last of which is CONTINUE. Stores to `second` are noticed from now on. False if it does not end there.
bool code_cache_across(struct x86_cpu *cpu, const struct code_page *page, const struct code_page *second,
                       uint32_t offset, struct x86_op *ops);
// The ops of the instruction at cpu->rip alone. They lead out of the loop once the budget is used up. NULL on a fetch
// fault.
struct x86_op *code_cache_single(struct x86_cpu *cpu);
// Forgets everything, because it was decoded under other settings of CR0 or CR4.
void code_cache_drop_all(struct x86_cpu *cpu);

#endif
