// Translates what is hot of the guest to WebAssembly, where the host installs such code. See README.md beside this
// file.
#ifndef TRANSLATE_TRANSLATOR_H
#define TRANSLATE_TRANSLATOR_H

#include "translate/processor.h"

// False if the host has not enough memory. Once mailbox_enable was called.
bool translator_init(void);
// The interpreter is at a marked op of the page at `*page_address`, which becomes that of the program counter if units
// ran. Returns the op to go on with, or NULL: with a jump to the program counter.
void *translator_enter(void *op, uint64_t *page_address);
// The budget is used up, and the program counter is where.
void translator_slice_ended(void);
// A page's ops are about to be forgotten, or all.
void translator_forget(const struct code_page *page);
void translator_forget_all(void);

#endif
