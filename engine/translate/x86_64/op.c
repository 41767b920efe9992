#include "op.h"
#include "bits.h"
#include "floating.h"
#include "handler.h"
#include "integer.h"
#include "multiply.h"
#include "translate/processor.h"
#include "vector.h"
#include "walk.h"
#include "x87.h"

bool emit_op(struct emitter *emitter, const struct x86_op *op) {
  static bool (*const WAYS[])(struct emitter *, const struct x86_op *) = {
      emit_integer, emit_multiply, emit_bits, emit_vector, emit_float, emit_x87, emit_handler};
  struct wasm_code *code = emitter->code;
  const uint32_t used = code->used, depth = code->depth;
  const struct cached before = emitter->cached;
  for (unsigned i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
    if (WAYS[i](emitter, op))
      return true;
    code->used = used;
    code->depth = depth;
    emitter->cached = before;
  }
  return false;
}

int emit_counted(const struct emitter *emitter, const struct x86_op *op) {
  const unsigned code = op->code;
  if (code >= X86_CMP_JNE8 && code <= X86_TEST_JG64)
    return 2;
  switch (code) {
  case X86_LOADT8B:
  case X86_LOADT16B:
  case X86_LOADT32B:
  case X86_LOADT64B:
  case X86_LOADT8X:
  case X86_LOADT16X:
  case X86_LOADT32X:
  case X86_LOADT64X:
  case X86_LOADM8:
  case X86_LOADM16:
  case X86_LOADM32:
  case X86_LOADM64:
  case X86_STORET8:
  case X86_STORET16:
  case X86_STORET32:
  case X86_STORET64:
  case X86_SETT:
  case X86_EA:
  case X86_EA32:
  case X86_EA16:
  case X86_LINK:
  case X86_CONTINUE:
  case X86_BIT_ADDRESS:
  case X86_MMX_ENTER:
  case X86_MMX_WRITTEN:
  case X86_F_NOTE: return 0;
  case X86_LOADX: return op->rd == &emitter->cpu->wide ? 0 : 1;
  default: return 1;
  }
}

bool emit_instruction(struct emitter *emitter, struct code_page *page, void *op) {
  struct x86_instruction instruction;
  x86_walk(page, op, &instruction);
  int counted = 0;
  for (unsigned i = 0; i < instruction.count; i++) {
    if (x86_walk_jumps(instruction.ops[i]->code))
      break;
    if (!emit_op(emitter, instruction.ops[i]))
      return false;
    counted += emit_counted(emitter, instruction.ops[i]);
  }
  emitter->done += counted;
  return true;
}
