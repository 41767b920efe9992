// Code is decoded in runs, from where it is entered to the next jump that is always taken. Ops are put one behind the
// other in one array; a page's block says where in it the instructions begin. A store to the page clears the block
// (memory/code_map.h); the ops stay where they are, so that the one which is being executed does not vanish. When the
// array is full, all is dropped.
#include "code_cache.h"

#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/translator.h"
#include "decode.h"
#include "emit.h"
#include "host/host.h"
#include "memory/code_map.h"
#include "missing.h"
#include "optimize.h"

#include <string.h>

enum { PAGES_MAX = 2048, OPS_MAX = 1 << 20, RUN_INSNS = 48, RUN_INSNS_MAX = 64, STRADDLES = 64 };

// An instruction that ends in the next page, decoded. Its bytes are compared each time: the second page may change, or
// another one be mapped there.
struct straddle {
  uint8_t bytes[X86_LENGTH_MAX];
  uint32_t generation;
  uint32_t offset;
  const struct code_page *page;
  struct x86_op ops[OPS_PER_INSN_MAX + 1];
};

struct code_cache {
  struct code_map map;
  struct x86_cpu *cpu;
  struct code_page *blocks[PAGES_MAX];
  unsigned blocks_used, blocks_made;
  struct x86_op *ops; // number 0 stays unused
  uint32_t used;
  struct x86_run run;
  struct straddle straddles[STRADDLES];
  struct x86_op single[OPS_PER_INSN_MAX + 1];
};

// Do the bytes belong to no instruction that is decoded? The first bytes of a page may be the end of one that begins in
// the page before it. A jump that became part of a comparison has no entry.
static bool is_spared(struct code_page *page, unsigned first, unsigned last) {
  enum { REACH = 2 * X86_LENGTH_MAX };
  if (page->spared == CODE_SPARED_MAX || first < X86_LENGTH_MAX)
    return false;
  for (unsigned at = first > REACH ? first - REACH : 0; at <= last; at++) {
    if (page->entries[at])
      return false;
  }
  page->spared++;
  return true;
}

static bool forget(void *owner, uint64_t index, unsigned first, unsigned last) {
  const struct code_cache *cache = owner;
  bool spared = true;
  for (struct code_page *page = cache->map.by_page[index]; page && spared; page = page->next)
    spared = is_spared(page, first, last);
  if (spared)
    return false;
  for (struct code_page *page = cache->map.by_page[index]; page; page = page->next) {
    if (page->translated) {
      cache->cpu->translator->forget(cache->cpu, page);
      page->translated = false;
    }
    page->begun = false;
    memset(page->entries, 0, sizeof page->entries);
  }
  return true;
}

uint64_t x86_memory_needed(uint64_t ram_size) {
  return code_map_memory_needed(ram_size) + (uint64_t)OPS_MAX * sizeof(struct x86_op) +
         PAGES_MAX * sizeof(struct code_page) + sizeof(struct code_cache);
}

bool code_cache_init(struct x86_cpu *cpu) {
  cpu->code = host_allocate(sizeof *cpu->code);
  if (!cpu->code)
    return false;
  struct code_cache *cache = cpu->code;
  cache->ops = host_allocate((uint64_t)OPS_MAX * sizeof(struct x86_op));
  cache->used = 1;
  cache->cpu = cpu;
  cpu->generation = 1;
  return cache->ops && code_map_init(&cache->map, cpu->ram, &cpu->tlb_set, forget, cache);
}

void code_cache_drop_all(struct x86_cpu *cpu) {
  struct code_cache *cache = cpu->code;
  if (cpu->translator)
    cpu->translator->forget_all(cpu);
  for (unsigned i = 0; i < cache->blocks_used; i++) {
    code_map_remove(&cache->map, cache->blocks[i]->index);
    memset(cache->blocks[i]->entries, 0, sizeof cache->blocks[i]->entries);
  }
  cache->blocks_used = 0;
  cache->used = 1;
  cpu->generation++;
  tlb_flush_fetch(&cpu->tlb_set);
}

static struct code_page *take_block(struct x86_cpu *cpu) {
  struct code_cache *cache = cpu->code;
  if (cache->blocks_used == cache->blocks_made) {
    struct code_page *page = cache->blocks_made < PAGES_MAX ? host_allocate(sizeof *page) : NULL;
    if (page)
      cache->blocks[cache->blocks_made++] = page;
    else if (cache->blocks_made == 0)
      return NULL;
    else
      code_cache_drop_all(cpu);
  }
  return cache->blocks[cache->blocks_used++];
}

struct code_page *code_cache_page(struct x86_cpu *cpu, uint64_t physical) {
  struct code_map *map = &cpu->code->map;
  const uint64_t index = code_map_index(map, physical);
  struct code_page *page = map->by_page[index];
  while (page && page->kind != cpu->code_kind)
    page = page->next;
  if (!page) {
    page = take_block(cpu);
    if (!page)
      return NULL;
    page->index = index;
    page->kind = cpu->code_kind;
    page->translated = page->begun = false;
    page->next = map->by_page[index];
    map->by_page[index] = page;
  }
  return page;
}

// Decodes one instruction into the run; `truncated` says that it goes on in the next page. False at the run's end.
static bool decode_one(struct x86_run *run, const uint8_t *bytes, size_t available, bool *truncated) {
  struct x86_insn insn;
  *truncated = false;
  run->length = 0;
  switch (x86_decode(bytes, available, run->cpu->code_kind != CODE_64, &insn)) {
  case DECODED: return x86_emit(run, &insn);
  case DECODED_INVALID: x86_emit_fault(run, VECTOR_UD, x86_missing_of(bytes, available)); return false;
  default:
    if (available >= X86_LENGTH_MAX)
      x86_emit_fault(run, VECTOR_GP, MISSING_NONE);
    else
      *truncated = true;
    return false;
  }
}

// Moves ops to where they are executed.
static void place(const struct x86_run *run, struct x86_op *ops) {
  memcpy(ops, run->ops, run->count * sizeof *ops);
  for (unsigned i = 0; i < run->count; i++) {
    if (!ops[i].rs)
      ops[i].rs = &ops[i].imm;
  }
}

// A run that is long enough ends behind an op that writes all flags: at its end, an op that changes some of them, such
// as a rotation, has to note them.
static bool is_long_enough(const struct x86_run *run, unsigned insns) {
  return insns == RUN_INSNS_MAX || run->count > RUN_OPS_MAX - OPS_PER_INSN_MAX - 1 ||
         (insns >= RUN_INSNS && x86_ends_with_flags(run));
}

static void decode_run(struct x86_cpu *cpu, struct code_page *page, uint32_t start) {
  struct code_cache *cache = cpu->code;
  struct x86_run *run = &cache->run;
  const uint8_t *bytes = code_map_bytes(&cpu->code->map, page->index);
  bool more = true, truncated = false;
  page->spared = 0;
  run->cpu = cpu;
  run->count = 0;
  run->offset = start;
  for (unsigned insns = 0; more; insns++) {
    const unsigned first = run->count;
    if (run->offset >= PAGE_SIZE || is_long_enough(run, insns) || (insns > 0 && page->entries[run->offset])) {
      run->length = 0;
      x86_emit_continue(run, run->offset);
      break;
    }
    more = decode_one(run, bytes + run->offset, PAGE_SIZE - run->offset, &truncated);
    if (truncated) {
      run->ops[run->count++] = (struct x86_op){.code = X86_STRADDLE, .offset = (uint16_t)run->offset, .rs = &cpu->zero};
    }
    // A jump that became part of the comparison before it has no op to enter at.
    if (!x86_fuse(run))
      page->entries[run->offset] = cache->used + first;
    run->offset += run->length;
  }
  x86_drop_dead_flags(run);
  place(run, &cache->ops[cache->used]);
  cache->used += run->count;
}

struct x86_op *code_cache_op(struct x86_cpu *cpu, struct code_page *page, uint32_t offset) {
  struct code_cache *cache = cpu->code;
  if (!page->entries[offset]) {
    if (cache->used > OPS_MAX - RUN_OPS_MAX) {
      code_cache_drop_all(cpu);
      return NULL;
    }
    code_map_protect(&cache->map, page->index);
    decode_run(cpu, page, offset);
    if (cpu->translator && (!page->begun || page->translated))
      cpu->translator->decoded(cpu, page, !page->begun);
    page->begun = true;
  }
  return &cache->ops[page->entries[offset]];
}

struct x86_op *code_cache_known(const struct x86_cpu *cpu, const struct code_page *page, uint32_t offset) {
  return page->entries[offset] ? &cpu->code->ops[page->entries[offset]] : NULL;
}

struct x86_op *code_cache_link(struct x86_cpu *cpu, struct code_page *page, struct x86_op *op) {
  const struct code_cache *cache = cpu->code;
  struct x86_op *target = code_cache_op(cpu, page, (uint32_t)op->relative);
  // Ops of straddling instructions outlive the page's.
  if (target && op >= cache->ops && op < cache->ops + OPS_MAX) {
    op->target = target;
    if (op->code == X86_CONTINUE)
      op->code = X86_LINK;
  }
  return target;
}

// One instruction, and the op that goes on behind it. False if more bytes are needed.
static bool decode_alone(struct x86_cpu *cpu, const uint8_t *bytes, size_t available, uint32_t offset,
                         struct x86_op *ops) {
  struct x86_run *run = &cpu->code->run;
  bool truncated;
  run->cpu = cpu;
  run->count = 0;
  run->offset = offset;
  if (decode_one(run, bytes, available, &truncated)) {
    const uint32_t next = offset + run->length;
    run->length = 0;
    x86_emit_continue(run, next);
  }
  place(run, ops);
  return !truncated;
}

struct x86_op *code_cache_single(struct x86_cpu *cpu) {
  const uint32_t offset = (uint32_t)cpu->rip & (PAGE_SIZE - 1), before = PAGE_SIZE - offset;
  uint8_t bytes[X86_LENGTH_MAX];
  struct tlb_page page;
  if (!x86_translate_fetch(cpu, cpu->rip, &page))
    return NULL;
  cpu->page_address = cpu->rip & TLB_PAGE_MASK;
  const size_t available = before < sizeof bytes ? before : sizeof bytes;
  memcpy(bytes, ram_read_at(cpu->ram, page.physical, available), available);
  if (decode_alone(cpu, bytes, available, offset, cpu->code->single))
    return cpu->code->single;
  if (!x86_translate_fetch(cpu, cpu->page_address + PAGE_SIZE, &page))
    return NULL;
  memcpy(bytes + before, ram_read_at(cpu->ram, page.physical, sizeof bytes - before), sizeof bytes - before);
  decode_alone(cpu, bytes, sizeof bytes, offset, cpu->code->single);
  return cpu->code->single;
}

bool code_cache_across(struct x86_cpu *cpu, const struct code_page *page, const struct code_page *second,
                       uint32_t offset, struct x86_op *ops) {
  const struct code_map *map = &cpu->code->map;
  const uint32_t before = PAGE_SIZE - offset;
  uint8_t bytes[X86_LENGTH_MAX];
  memcpy(bytes, code_map_bytes(map, page->index) + offset, before);
  memcpy(bytes + before, code_map_bytes(map, second->index), sizeof bytes - before);
  code_map_protect(&cpu->code->map, second->index);
  decode_alone(cpu, bytes, sizeof bytes, offset, ops);
  const unsigned count = cpu->code->run.count, behind = offset + ops->length;
  struct x86_op *last = &ops[count - (ops[count - 1].code == X86_CONTINUE)];
  *last =
      (struct x86_op){.code = X86_CONTINUE, .offset = (uint16_t)behind, .relative = (intptr_t)behind, .rs = &cpu->zero};
  return behind > PAGE_SIZE;
}

// The second page's bytes: as it was fetched last, else as it is mapped. NULL on a fetch fault.
static const uint8_t *second_page(struct x86_cpu *cpu) {
  const uint64_t address = cpu->page_address + PAGE_SIZE;
  const struct tlb_entry *entry = &cpu->tlb->fetch[tlb_index(address)];
  struct tlb_page page;
  if (entry->page == address)
    return code_map_bytes(&cpu->code->map, ((const struct code_page *)entry->addend)->index);
  return x86_translate_fetch(cpu, address, &page) ? ram_read_at(cpu->ram, page.physical, X86_LENGTH_MAX) : NULL;
}

struct x86_op *code_cache_straddle(struct x86_cpu *cpu, const struct code_page *page, const struct x86_op *op) {
  const uint32_t offset = op->offset, before = PAGE_SIZE - offset;
  uint8_t bytes[X86_LENGTH_MAX];
  const uint8_t *second = second_page(cpu);
  if (!second)
    return NULL;
  memcpy(bytes, code_map_bytes(&cpu->code->map, page->index) + offset, before);
  memcpy(bytes + before, second, sizeof bytes - before);
  struct straddle *straddle = &cpu->code->straddles[page->index % STRADDLES];
  if (straddle->generation == cpu->generation && straddle->page == page && straddle->offset == offset &&
      memcmp(straddle->bytes, bytes, sizeof bytes) == 0)
    return straddle->ops;
  decode_alone(cpu, bytes, sizeof bytes, offset, straddle->ops);
  memcpy(straddle->bytes, bytes, sizeof bytes);
  straddle->generation = cpu->generation;
  straddle->page = page;
  straddle->offset = offset;
  return straddle->ops;
}
