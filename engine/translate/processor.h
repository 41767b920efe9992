// What the translator asks of the processor's part (translate/x86_64), which each engine has one of.
//
// An op is the processor's struct of that name: a place in its decoded code, which the interpreter executes. A page is
// the struct code_page of its code cache.
#ifndef TRANSLATE_PROCESSOR_H
#define TRANSLATE_PROCESSOR_H

#include "translate/emitter.h"

#include <stddef.h>

struct code_page;

// Where what the translator needs of the processor's state is, and numbers.
struct processor {
  uint64_t *pc;
  int32_t *budget;
  struct tlb **tlb; // the current view's
  struct tlb_set *tlb_set;
  unsigned op_bytes;
  // Of the locals behind LOCALS_SHARED: i64, i32, f64, f32, and those of one more type. The first ones hold the
  // registers, which are i64 but for the last ones if there are i64 locals for fewer.
  unsigned registers, i64_locals, i32_locals, f64_locals, f32_locals, more_locals;
  enum wasm_type more_type;
  uint32_t together; // the first of the i32 locals that are TOGETHER's (together.h)
};

extern struct processor translated_processor;
static inline const struct processor *processor(void) {
  return &translated_processor;
}
// Where a register is that a local holds in a unit.
uint64_t *processor_register(unsigned number);
// Is that the view of code that belongs to the kernel?
bool processor_is_kernel(const struct tlb *tlb);
// Is the present code of a kind that is translated?
bool processor_can_record(void);

// ---- Code of a bundle's translations (trained.h, replay.h) ----

// The bytes that a page's ops are decoded from, and its number in RAM.
const uint8_t *processor_page_bytes(const struct code_page *page);
unsigned processor_page_number(const struct code_page *page);
// The op at an offset of a page. It is decoded now if need be, where that changes nothing for the interpreter, and
// while translations are made; else NULL.
void *processor_decode(struct code_page *page, uint32_t offset);
// The op at an offset of a page, decoded now if need be: there the interpreter goes on without a look at the budget.
// NULL: there is no room, and all that was decoded has been forgotten.
void *processor_reach(struct code_page *page, uint32_t offset);
// The op that one which only leads on, inside of the page, leads to: decoded and linked. NULL if there is no room.
void *processor_link(struct code_page *page, void *op);
// Does a page's address lead to it, in the present view? True puts it into the fetch TLB. A page whose page tables do
// not say that it was used before is none: looking leaves no trace.
bool processor_look(uint64_t address, const struct code_page *page);
// Puts a page's bytes into RAM.
void processor_put_page(unsigned number, const uint8_t *bytes);
// The view of programs becomes the current one, in which the page of RAM is at an address.
void processor_show_page(unsigned number, uint64_t address);

// ---- Along decoded code ----

enum flow {
  FLOW_NEXT,
  FLOW_BRANCH,  // or to the target
  FLOW_JUMP,    // to the target
  FLOW_CALL,    // to the target, and some time to what follows
  FLOW_INDIRECT // to an address from a register or memory
};

struct instruction {
  enum flow flow;
  bool returns;             // of FLOW_INDIRECT: some time to what follows
  uint32_t offset;          // in its page
  uint32_t end;             // offset of what follows
  int64_t target;           // offset from the page's first byte
  void *next;               // op behind the instruction; NULL: nothing is executed there
  struct code_page *second; // in which it ends, NULL: where it begins
};

// The op that is meant by one that only leads to it.
void *walk_links(void *op);
// The instruction that begins at an op, marked or not.
void walk_instruction(struct code_page *page, void *op, struct instruction *instruction);
bool walk_is_instruction(const void *op);
// Is the op an instruction that goes on in the next page, which is `second`? Then walk_instruction knows it from now
// on, and translator_forget is to be called when either page is forgotten.
bool walk_across(struct code_page *page, void *op, struct code_page *second);
// Does the op only lead on, because the page or what is decoded ends? Then `*offset` is where to, from the page.
bool walk_continues(const void *op, uint32_t *offset);
// Does it lead on to what is not decoded yet, inside of its page?
static inline bool walk_is_undecoded(const void *op) {
  uint32_t offset;
  return walk_continues(op, &offset) && offset < PAGE_SIZE;
}
uint32_t walk_offset(const struct code_page *page, const void *op);
// The op at an offset of a page; NULL if the interpreter has to look for itself.
void *walk_known(struct code_page *page, uint32_t offset);

// Does the instruction at an op use bytes of two pages, with what is in the registers now? No unit executes it then.
bool walk_crosses(struct code_page *page, void *op);

// ---- Marks ----
// The interpreter calls translator_enter at an op with a mark. A recording marks leaders, where blocks begin, and
// probes, instructions of FLOW_INDIRECT. Entries of units are marked for as long as the op is there.

// False: there is no room.
bool mark_leader(struct code_page *page, void *op, unsigned number);
void mark_probe(struct code_page *page, void *op, unsigned leader);
// `where` is the caller's, `page_number` less than 256. A second one takes the first one's place.
void mark_entry(struct code_page *page, void *op, uint32_t where, unsigned page_number);
// Takes leaders and probes away.
void mark_clear(void);
// The leader's number at a marked op, the number that a probe was given; -1: it has no such mark.
int mark_leader_at(const void *op);
int mark_probe_at(const void *op);
// False if the op has no such mark, or a leader's hides it.
bool mark_entry_at(const void *op, uint32_t *where, unsigned *page_number);
// Where a probe's instruction is about to jump; false if that is not known.
bool mark_probe_target(const void *op, uint64_t *target);
// With what the interpreter goes on at a marked op, to execute what is there.
void *mark_covered(void *op);
// The page is in a unit: translator_forget is to be called when it is forgotten.
void mark_page(struct code_page *page);

// ---- Code ----

// Once for an emitter, which then says whose code it is.
void emit_begin(struct emitter *emitter);
// Says by the functions of values.h what the instruction at an op uses of memory, and does to registers.
void note_instruction(struct emitter *emitter, struct code_page *page, void *op);
// A register's value as i64.
void emit_register(struct emitter *emitter, unsigned number);
// The instruction at an op but for its jump; adds to `done` what it counts as. False: it is not translated, and what
// was written is to be thrown away.
bool emit_instruction(struct emitter *emitter, struct code_page *page, void *op);
// The condition of a branch as i32, and what else the instruction does. Returns what the instruction counts as.
int emit_branch(struct emitter *emitter, struct code_page *page, void *op);
// What a jump, a call or an indirect jump does: what may leave the unit, and, later, what changes something.
void emit_before_jump(struct emitter *emitter, struct code_page *page, void *op);
void emit_after_jump(struct emitter *emitter, struct code_page *page, void *op);
// The address that an indirect jump leads to, as i64; may leave the unit.
void emit_target(struct emitter *emitter, struct code_page *page, void *op);
// What the processor's other locals hold, from its state and back; `set` has the processor's bits of them.
void emit_load_state(struct emitter *emitter);
void emit_store_state(struct emitter *emitter, uint64_t set);
// Around the writing of a module: room for copies of ops, and that the module was installed.
void emit_keep_begin(struct emitter *emitter);
void emit_keep_end(struct emitter *emitter);

#endif
