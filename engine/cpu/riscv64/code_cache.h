// Decoded instructions, one block for each physical page that code was run from.
#ifndef CPU_RISCV64_CODE_CACHE_H
#define CPU_RISCV64_CODE_CACHE_H

#include "cpu.h"
#include "decode.h"

// One slot for every halfword, so that a jump finds its slot by an index. Behind them:
enum {
  CODE_SLOTS = PAGE_SIZE / 2,
  SLOT_END = CODE_SLOTS,   // reached by falling off the page's end
  SLOT_END_AFTER_STRADDLE, // the same, behind an instruction whose second half is in the next page
  SLOT_STRADDLE,           // that instruction, decoded anew each time
  CODE_SLOTS_ALL
};

struct code_page {
  struct riscv_op ops[CODE_SLOTS_ALL];
  uint64_t index; // page number in RAM
  uint32_t straddle_bits;
  uint16_t used_first, used_last; // slots that may hold decoded ops
  uint16_t spared;                // writes beside what is decoded, since something was
  bool translated;                // some of it is in a unit, or has marks (translator.h)
  struct code_mark *marks;        // the translator's, by slot
};

// Host memory that code_cache_init takes for a machine with that much RAM.
uint64_t riscv_memory_needed(uint64_t ram_size);
// False if the host has not enough memory.
bool code_cache_init(struct riscv_cpu *cpu);
// The page's block, taken from another page if all are in use: callers hold no other block across this call.
struct code_page *code_cache_page(struct riscv_cpu *cpu, uint64_t physical);
// The block that an op is in.
struct code_page *code_cache_page_of(const struct riscv_cpu *cpu, const struct riscv_op *op);
// Fills the slot `op`, which holds RV_DECODE.
void code_cache_decode(struct riscv_cpu *cpu, struct code_page *page, struct riscv_op *op);
// Decodes the instruction that begins in the page's last halfword into SLOT_STRADDLE. NULL on a fetch fault.
struct riscv_op *code_cache_straddle(struct riscv_cpu *cpu, struct code_page *page, uint64_t next_page);

// Offset in its page of the instruction in a slot.
static inline uint32_t code_offset(const struct code_page *page, const struct riscv_op *op) {
  const uint32_t slot = (uint32_t)(op - page->ops);
  return (slot == SLOT_STRADDLE ? CODE_SLOTS - 1 : slot) * 2;
}

// Bytes of the instruction whose op has this step. Only the straddling one steps back.
static inline uint32_t code_length(int32_t step) {
  return step < 0 ? 4 : (uint32_t)step / (uint32_t)sizeof(struct riscv_op) * 2;
}

#endif
