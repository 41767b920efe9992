// Hooks of the hart, and what of it the translator looks at.
#include "translator.h"

#include "cpu/riscv64/code_cache.h"
#include "cpu/riscv64/mmu.h"
#include "cpu/riscv64/translator.h"
#include "emitter.h"
#include "mark.h"
#include "translate/processor.h"
#include "translate/translator.h"

#include <string.h>

static struct riscv_cpu *translated;
struct processor translated_processor;

uint64_t *processor_register(unsigned number) {
  return number < REGISTER_F ? &translated->x[number] : &translated->f[number - REGISTER_F];
}

bool processor_is_kernel(const struct tlb *tlb) {
  return tlb != &translated->tlbs[VIEW_USER];
}

bool processor_can_record(void) {
  return true;
}

const uint8_t *processor_page_bytes(const struct code_page *page) {
  return translated->ram->host + (uintptr_t)(page->index << PAGE_BITS);
}

unsigned processor_page_number(const struct code_page *page) {
  return (unsigned)page->index;
}

bool processor_look(uint64_t address, const struct code_page *page) {
  struct tlb_page found;
  if (!riscv_look_fetch(translated, address, &found) ||
      (found.physical - translated->ram->base) >> PAGE_BITS != page->index)
    return false;
  tlb_fill(&translated->tlb_set, translated->tlb, TLB_FETCH, address, &found, (uintptr_t)page);
  return true;
}

void *processor_decode(struct code_page *page, uint32_t offset) {
  struct riscv_op *op = &page->ops[offset / 2];
  if (op->code == RV_DECODE)
    code_cache_decode(translated, page, op);
  return op;
}

void *processor_reach(struct code_page *page, uint32_t offset) {
  return walk_known(page, offset);
}

// Nothing leads on inside of a page.
void *processor_link(struct code_page *page, void *op) {
  (void)page;
  (void)op;
  return NULL;
}

void processor_put_page(unsigned number, const uint8_t *bytes) {
  memcpy(translated->ram->host + ((uintptr_t)number << PAGE_BITS), bytes, PAGE_SIZE);
}

void processor_show_page(unsigned number, uint64_t address) {
  const struct tlb_page page = {.physical = translated->ram->base + ((uint64_t)number << PAGE_BITS)};
  translated->tlb = &translated->tlbs[VIEW_USER];
  tlb_fill(&translated->tlb_set, translated->tlb, TLB_FETCH, address, &page,
           (uintptr_t)code_cache_page(translated, page.physical));
}

void emit_begin(struct emitter *emitter) {
  emitter->hart = translated;
}

// All state that units have in locals is in registers.
void emit_load_state(struct emitter *emitter) {
  (void)emitter;
}

void emit_store_state(struct emitter *emitter, uint64_t set) {
  (void)emitter;
  (void)set;
}

static struct riscv_op *enter(struct riscv_cpu *cpu, struct riscv_op *op) {
  uint64_t page_address = cpu->pc & TLB_PAGE_MASK;
  op = translator_enter(op, &page_address);
  if (!op)
    return NULL;
  cpu->page = cpu->own_page = code_cache_page_of(cpu, op);
  return op->code == RV_TRANSLATED ? riscv_mark_alone(op, &cpu->page) : op;
}

static void slice_ended(struct riscv_cpu *cpu) {
  (void)cpu;
  translator_slice_ended();
}

static void forget(struct riscv_cpu *cpu, struct code_page *page) {
  (void)cpu;
  translator_forget(page);
  riscv_mark_forget(page);
}

static void begun(struct riscv_cpu *cpu, struct code_page *page) {
  (void)cpu;
  translator_decoded(page, true);
}

bool riscv_translate(struct riscv_cpu *cpu) {
  static const struct riscv_translator HOOKS = {enter, slice_ended, forget, begun};
  translated = cpu;
  translated_processor = (struct processor){.pc = &cpu->pc,
                                            .budget = &cpu->budget,
                                            .tlb = &cpu->tlb,
                                            .tlb_set = &cpu->tlb_set,
                                            .op_bytes = sizeof(struct riscv_op),
                                            .registers = REGISTERS,
                                            .i64_locals = REGISTER_F,
                                            .f64_locals = LOCALS_F64,
                                            .f32_locals = LOCALS_F32,
                                            .more_locals = LOCALS_I32,
                                            .more_type = WASM_I32,
                                            .together = LOCAL_TOGETHER};
  if (!translator_init() || !riscv_mark_init(cpu))
    return false;
  cpu->translator = &HOOKS;
  return true;
}
