// Marks over ops, and copies of what they cover.
#ifndef TRANSLATE_X86_64_MARK_H
#define TRANSLATE_X86_64_MARK_H

#include <stdbool.h>

// False if the host has not enough memory.
bool x86_mark_init(void);
// All ops are about to be forgotten.
void x86_mark_forget_all(void);

#endif
