// A page is decoded slot by slot, as it is executed; a store to it clears the slots (memory/code_map.h). Blocks never
// move, so entries that point at one stay true.
#include "code_cache.h"

#include "host/host.h"
#include "memory/code_map.h"
#include "mmu.h"
#include "translator.h"

#include <string.h>

// About 41 KiB each on wasm32, touched only where code ran.
enum { BLOCKS_MAX = 1024 };

struct code_cache {
  struct riscv_cpu *cpu;
  struct code_map map;
  unsigned count, victim;
  struct code_page blocks[BLOCKS_MAX];
};

static void clear_slots(struct riscv_cpu *cpu, struct code_page *page) {
  if (page->translated)
    cpu->translator->forget(cpu, page);
  page->translated = false;
  if (page->used_first <= page->used_last)
    memset(&page->ops[page->used_first], 0, (size_t)(page->used_last - page->used_first + 1) * sizeof page->ops[0]);
  page->used_first = CODE_SLOTS;
  page->used_last = 0;
}

// Do the bytes belong to no instruction that is decoded? One that begins in the page before is read each time.
static bool is_spared(struct code_page *page, unsigned first, unsigned last) {
  if (page->spared == CODE_SPARED_MAX)
    return false;
  for (unsigned slot = first >= 2 ? (first - 2) / 2 : 0; slot <= last / 2; slot++) {
    if (page->ops[slot].code != RV_DECODE)
      return false;
  }
  page->spared++;
  return true;
}

static bool forget(void *owner, uint64_t index, unsigned first, unsigned last) {
  const struct code_cache *cache = owner;
  struct code_page *page = cache->map.by_page[index];
  if (is_spared(page, first, last))
    return false;
  clear_slots(cache->cpu, page);
  return true;
}

uint64_t riscv_memory_needed(uint64_t ram_size) {
  return sizeof(struct code_cache) + code_map_memory_needed(ram_size);
}

bool code_cache_init(struct riscv_cpu *cpu) {
  cpu->code = host_allocate(sizeof *cpu->code);
  if (!cpu->code)
    return false;
  cpu->code->cpu = cpu;
  return code_map_init(&cpu->code->map, cpu->ram, &cpu->tlb_set, forget, cpu->code);
}

static struct code_page *recycle_block(struct riscv_cpu *cpu) {
  struct code_cache *cache = cpu->code;
  struct code_page *page = &cache->blocks[cache->victim];
  cache->victim = (cache->victim + 1) % BLOCKS_MAX;
  clear_slots(cpu, page);
  code_map_remove(&cache->map, page->index);
  tlb_flush_fetch(&cpu->tlb_set);
  return page;
}

static struct code_page *take_block(struct riscv_cpu *cpu) {
  struct code_cache *cache = cpu->code;
  if (cache->count == BLOCKS_MAX)
    return recycle_block(cpu);
  struct code_page *page = &cache->blocks[cache->count++];
  page->ops[SLOT_END].code = page->ops[SLOT_END_AFTER_STRADDLE].code = RV_PAGE_END;
  page->used_first = CODE_SLOTS;
  return page;
}

struct code_page *code_cache_page(struct riscv_cpu *cpu, uint64_t physical) {
  struct code_map *map = &cpu->code->map;
  const uint64_t index = code_map_index(map, physical);
  struct code_page *page = map->by_page[index];
  if (!page) {
    page = take_block(cpu);
    page->index = index;
    map->by_page[index] = page;
  }
  return page;
}

struct code_page *code_cache_page_of(const struct riscv_cpu *cpu, const struct riscv_op *op) {
  const uintptr_t distance = (uintptr_t)op - (uintptr_t)cpu->code->blocks;
  return &cpu->code->blocks[distance / sizeof cpu->code->blocks[0]];
}

static uint64_t *x_register(struct riscv_cpu *cpu, unsigned number, bool written) {
  return &cpu->x[number == 0 && written ? X_SINK : number];
}

static uint64_t *operand(struct riscv_cpu *cpu, unsigned kind, unsigned number, bool written) {
  return kind == RV_OPERAND_F ? &cpu->f[number] : x_register(cpu, number, written);
}

// Target in this page: the displacement between slots, so that the jump is one addition. Else the offset from the
// page's first byte, and the code of the far variant.
static void place_target(struct riscv_op *op, const struct code_page *page, uint32_t offset, int32_t displacement) {
  const int32_t target = (int32_t)offset + displacement;
  if (target >= 0 && target < PAGE_SIZE) {
    const int32_t own_slot = (int32_t)(op - page->ops);
    op->imm = (target / 2 - own_slot) * (int32_t)sizeof *op;
    return;
  }
  op->imm = target;
  op->code = op->code == RV_JAL ? RV_JAL_FAR : (uint16_t)(op->code - RV_BEQ + RV_BEQ_FAR);
}
_Static_assert(RV_BGEU - RV_BEQ == RV_BGEU_FAR - RV_BEQ_FAR, "far branches are in the order of insn.inc");

static void fill(struct riscv_cpu *cpu, struct code_page *page, struct riscv_op *op, uint32_t bits) {
  const struct riscv_insn insn = riscv_decode(bits);
  const struct riscv_format_info *format = riscv_format_of(insn.code);
  const uint32_t offset = code_offset(page, op);
  op->code = insn.code;
  op->step = (int16_t)(insn.length / 2 * sizeof *op);
  op->imm = insn.imm;
  op->rd = operand(cpu, format->rd, insn.rd, true);
  op->rs1 = operand(cpu, format->rs1, insn.rs1, false);
  op->rs2 = operand(cpu, format->rs2, insn.rs2, false);
  if (insn.code == RV_JAL || (insn.code >= RV_BEQ && insn.code <= RV_BGEU))
    place_target(op, page, offset, insn.imm);
  if (insn.code == RV_JAL || insn.code == RV_JALR)
    op->link = offset + insn.length;
  if (insn.code == RV_AUIPC)
    op->link = offset;
}

static uint32_t read_halfword(const struct riscv_cpu *cpu, uint64_t ram_offset) {
  uint16_t half;
  memcpy(&half, cpu->ram->host + (uintptr_t)ram_offset, sizeof half);
  return half;
}

static void decode(struct riscv_cpu *cpu, struct code_page *page, struct riscv_op *op, uint16_t slot) {
  const uint64_t place = (page->index << PAGE_BITS) + slot * 2U;
  uint32_t bits = read_halfword(cpu, place);
  if (riscv_length(bits) == 4) {
    if (slot == CODE_SLOTS - 1) {
      op->code = RV_STRADDLE;
      return;
    }
    bits |= read_halfword(cpu, place + 2) << 16;
  }
  fill(cpu, page, op, bits);
}

void code_cache_decode(struct riscv_cpu *cpu, struct code_page *page, struct riscv_op *op) {
  const uint16_t slot = (uint16_t)(op - page->ops);
  const bool first = page->used_first > page->used_last;
  code_map_protect(&cpu->code->map, page->index);
  page->spared = 0;
  if (slot < page->used_first)
    page->used_first = slot;
  if (slot > page->used_last)
    page->used_last = slot;
  decode(cpu, page, op, slot);
  if (first && cpu->translator)
    cpu->translator->begun(cpu, page);
}

struct riscv_op *code_cache_straddle(struct riscv_cpu *cpu, struct code_page *page, uint64_t next_page) {
  struct riscv_op *op = &page->ops[SLOT_STRADDLE];
  struct tlb_page second;
  if (!riscv_translate_fetch(cpu, next_page, &second))
    return NULL;
  const uint32_t low = read_halfword(cpu, (page->index << PAGE_BITS) + PAGE_SIZE - 2);
  const uint32_t bits = low | read_halfword(cpu, second.physical - cpu->ram->base) << 16;
  if (bits != page->straddle_bits || op->code == RV_DECODE) {
    fill(cpu, page, op, bits);
    page->straddle_bits = bits;
  }
  // The next in line is behind the page's end by one halfword.
  op->step = -(int16_t)sizeof *op;
  return op;
}
