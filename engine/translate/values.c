#include "values.h"

#include "layout.h"
#include "processor.h"

enum { ROOTS = VALUE_PAGE + 1 };

// What a register holds: what a root was, and a constant. Roots are numbered anew where nothing is known.
struct value {
  unsigned root;
  int64_t distance;
};

// At a place of the code.
struct known {
  struct value values[ROOTS];
  int64_t page; // address of the code's page, from the anchor
};

static struct value *values;
static unsigned roots = ROOTS; // the next number
// Behind the block that is written, and behind what follows it; and behind those that were written.
static struct known at[1 + EXPECTED_MAX], behind[LAYOUT_BLOCKS_MAX];
// Takes the uses of the block that is gone over.
static void (*take)(const struct use *use);

void note_use(const void *op, const void *instruction, unsigned reg, int64_t displacement, enum tlb_kind kind,
              unsigned bytes) {
  take(&(struct use){.op = op,
                     .instruction = instruction,
                     .reg = reg,
                     .root = values[reg].root,
                     .displacement = displacement,
                     .distance = values[reg].distance + displacement,
                     .kind = kind,
                     .bytes = bytes});
}

void note_sum(unsigned reg, unsigned from, int64_t constant) {
  values[reg] = (struct value){values[from].root, values[from].distance + constant};
}

void note_unknown(unsigned reg) {
  values[reg] = (struct value){roots++, 0};
}

static void note_block(struct emitter *emitter, struct code_page *page, void *op, unsigned instructions) {
  for (unsigned i = 0; i < instructions && op; i++) {
    struct instruction instruction;
    walk_instruction(page, op, &instruction);
    note_instruction(emitter, page, op);
    op = instruction.next ? walk_links(instruction.next) : NULL;
  }
}

// What is known behind one block at the beginning of another one.
static void go_on(struct known *known, const struct known *from, int64_t page) {
  *known = *from;
  known->values[VALUE_PAGE].distance += page - from->page;
  known->page = page;
  values = known->values;
}

void values_begin(struct emitter *emitter, struct code_page *page, void *op, unsigned instructions, int before) {
  together_begin(before);
  if (before >= 0) {
    go_on(&at[0], &behind[before], emitter->page);
  } else {
    values = at[0].values;
    at[0].page = emitter->page;
    for (unsigned i = 0; i < ROOTS; i++)
      values[i] = (struct value){i, 0};
  }
  take = together_note;
  note_block(emitter, page, op, instructions);
}

void values_expect(struct emitter *emitter, struct code_page *page, int64_t address, void *op, unsigned instructions,
                   unsigned depth) {
  go_on(&at[depth], &at[depth - 1], address);
  take = together_expect;
  note_block(emitter, page, op, instructions);
}

void values_end(int number) {
  together_end(number);
  behind[number] = at[0];
  together_begin(-1);
}
