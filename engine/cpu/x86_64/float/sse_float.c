#include "sse_float.h"

#include "cpu/x86_64/system/fault.h"

bool x86_sse_note(struct x86_cpu *cpu, uint32_t flags, uint32_t masks) {
  // Exceptions found before the operation keep it from being done, if one of them is not masked.
  if (flags & REAL_BEFORE & ~masks)
    flags &= REAL_BEFORE;
  cpu->mxcsr |= flags;
  if (!(flags & ~masks))
    return true;
  return x86_raise(cpu, cpu->cr4 & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD, 0);
}
