// Hooks of the processor, and what of it the translator looks at.
#include "translator.h"

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/system/mmu.h"
#include "cpu/x86_64/translator.h"
#include "flags.h"
#include "mark.h"
#include "simd.h"
#include "translate/mailbox.h"
#include "translate/processor.h"
#include "translate/trained.h"
#include "translate/translator.h"
#include "walk.h"

#include <string.h>

static struct x86_cpu *translated;
struct processor translated_processor;

uint64_t *processor_register(unsigned number) {
  return &translated->r[number];
}

bool processor_is_kernel(const struct tlb *tlb) {
  return tlb == &translated->tlbs[VIEW_SUPERVISOR] || tlb == &translated->tlbs[VIEW_SUPERVISOR_32];
}

bool processor_can_record(void) {
  return translated->code_kind == CODE_64;
}

const uint8_t *processor_page_bytes(const struct code_page *page) {
  return translated->ram->host + (uintptr_t)(page->index << PAGE_BITS);
}

unsigned processor_page_number(const struct code_page *page) {
  return (unsigned)page->index;
}

bool processor_look(uint64_t address, const struct code_page *page) {
  struct tlb_page found;
  if (!x86_look_fetch(translated, address, &found) ||
      (found.physical - translated->ram->base) >> PAGE_BITS != page->index)
    return false;
  tlb_fill(&translated->tlb_set, translated->tlb, TLB_FETCH, address, &found, (uintptr_t)page);
  return true;
}

// Where runs of ops end depends on what was decoded before them.
void *processor_decode(struct code_page *page, uint32_t offset) {
  return trained_collecting() ? code_cache_op(translated, page, offset) : code_cache_known(translated, page, offset);
}

void *processor_reach(struct code_page *page, uint32_t offset) {
  return code_cache_op(translated, page, offset);
}

void *processor_link(struct code_page *page, void *op) {
  return code_cache_link(translated, page, op);
}

void processor_put_page(unsigned number, const uint8_t *bytes) {
  memcpy(translated->ram->host + ((uintptr_t)number << PAGE_BITS), bytes, PAGE_SIZE);
}

void processor_show_page(unsigned number, uint64_t address) {
  const struct tlb_page page = {.physical = translated->ram->base + ((uint64_t)number << PAGE_BITS)};
  translated->code_kind = CODE_64;
  // As in a program under Linux: else no instruction of SSE would be one.
  translated->cr0 &= ~(CR0_EM | CR0_TS);
  translated->cr4 |= CR4_OSFXSR;
  translated->tlb = &translated->tlbs[VIEW_USER];
  tlb_fill(&translated->tlb_set, translated->tlb, TLB_FETCH, address, &page,
           (uintptr_t)code_cache_page(translated, page.physical));
}

void emit_begin(struct emitter *emitter) {
  emitter->cpu = translated;
  translated_processor.more_locals = mailbox_host()->simd ? LOCALS_V128 : LOCALS_HALVES;
  translated_processor.more_type = mailbox_host()->simd ? WASM_V128 : WASM_I64;
}

void emit_load_state(struct emitter *emitter) {
  emit_load_flags(emitter);
  for (unsigned i = 0; i < X86_VECTORS; i++) {
    if (emitter->registers >> (VECTOR_BIT + i) & 1)
      emit_vector_from_memory(emitter, &emitter->cpu->xmm[i]);
  }
}

void emit_store_state(struct emitter *emitter, uint64_t set) {
  emit_store_flags(emitter, set);
  for (unsigned i = 0; i < X86_VECTORS; i++) {
    if (set >> (VECTOR_BIT + i) & 1)
      emit_vector_to_memory(emitter, &emitter->cpu->xmm[i]);
  }
}

static struct x86_op *enter(struct x86_cpu *cpu, struct x86_op *op) {
  return translator_enter(op, &cpu->page_address);
}

static void slice_ended(struct x86_cpu *cpu) {
  (void)cpu;
  translator_slice_ended();
}

static void forget(struct x86_cpu *cpu, const struct code_page *page) {
  (void)cpu;
  translator_forget(page);
  x86_walk_forget(page);
}

static void forget_all(struct x86_cpu *cpu) {
  (void)cpu;
  translator_forget_all();
  x86_mark_forget_all();
  x86_walk_forget_all();
}

static void decoded(struct x86_cpu *cpu, struct code_page *page, bool first) {
  (void)cpu;
  if (page->kind == CODE_64)
    translator_decoded(page, first);
}

bool x86_translate(struct x86_cpu *cpu) {
  static const struct x86_translator HOOKS = {enter, slice_ended, decoded, forget, forget_all};
  translated = cpu;
  translated_processor = (struct processor){.pc = &cpu->rip,
                                            .budget = &cpu->budget,
                                            .tlb = &cpu->tlb,
                                            .tlb_set = &cpu->tlb_set,
                                            .op_bytes = sizeof(struct x86_op),
                                            .registers = X86_REGISTERS,
                                            .i64_locals = LOCALS_I64,
                                            .i32_locals = LOCALS_I32,
                                            .together = LOCAL_TOGETHER};
  x86_walk_init(cpu);
  if (!translator_init() || !x86_mark_init())
    return false;
  cpu->translator = &HOOKS;
  return true;
}
