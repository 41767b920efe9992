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
// The guest does nothing until its clock shows this, UINT64_MAX: until there is input. Ends a training run by then.
void translator_waits(uint64_t until_ns);
// A page's ops are about to be forgotten, or all.
void translator_forget(const struct code_page *page);
void translator_forget_all(void);

// Something has been decoded of a page, of which nothing was decoded before if it is the first.
void translator_decoded(struct code_page *page, bool first);

// ---- Making what a bundle has (replay.h) ----

// From now on units are for a bundle: their bodies go there, and `first` is the index of the first one in the engine's
// table.
void translator_collect(struct wasm_code *bodies, uint32_t first);
// It was noted of a place that units are left there.
void translator_note_missed(const void *op);
// Translates what is in the recording. False if there is no room.
bool translator_replay(void);
// The memory of all units, as a bundle is to have it.
const void *translator_units(unsigned *count, uint32_t *bytes);

#endif
