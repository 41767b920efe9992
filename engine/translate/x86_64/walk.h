// Along decoded ops, as control goes over them.
#ifndef TRANSLATE_X86_64_WALK_H
#define TRANSLATE_X86_64_WALK_H

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/decode/run.h"

// Why an op has the code TRANSLATED: its `detail`. `target` always is a copy of the instruction's ops, which leads on
// to the next instruction.
enum mark {
  MARK_ENTRY,  // of a unit; `imm` says which
  MARK_LEADER, // of a recording: where a block begins; `imm` is its number
  MARK_PROBE   // of a recording: one op that jumps to an address from a register or memory; `imm` is a leader's number
};

struct instruction {
  struct x86_op *ops[OPS_PER_INSN_MAX + 1];
  unsigned count;
  uint32_t offset;     // in its page
  struct x86_op *next; // op behind the instruction, not looked through; NULL: nothing is executed there
};

// The op that an op stands for: behind links, and what marks cover.
struct x86_op *walk_through(struct x86_op *op);
// Behind links only.
struct x86_op *walk_links(struct x86_op *op);
// The instruction that begins at an op.
void walk_instruction(const struct x86_cpu *cpu, const struct code_page *page, struct x86_op *op,
                      struct instruction *instruction);
// Copies the instruction's ops to `copy` (count + 1 of them), and has them lead on to the next one.
void walk_copy(const struct instruction *instruction, struct x86_op *copy);
// The page's block at an address, if the fetch TLB has it; and the op there, if it is decoded.
struct code_page *walk_page(const struct x86_cpu *cpu, uint64_t address);
struct x86_op *walk_op_at(const struct x86_cpu *cpu, uint64_t address, struct code_page **page);

bool walk_is_branch(unsigned code);   // a conditional jump, fused or not
bool walk_is_indirect(unsigned code); // RET64, JMP_TO64, CALL_TO64

#endif
