// Translations that are in the bundle: docs/FORMATS.md, "Trained bundles".
//
// The converter has an engine make them (replay.h), and puts the memory that they are in into the bundle as it was:
// the units, and what trained.c has. So all of it is static, where addresses are those of this build.
#ifndef TRANSLATE_TRAINED_H
#define TRANSLATE_TRAINED_H

#include "unit.h"

// ---- In a bundle ----

// Units that the bundle has: the first ones of all.
unsigned trained_units(void);
// Something has been decoded of a page, of which nothing was decoded before if it is the first: units find their pages,
// and get their entries.
void trained_decoded(struct unit *units, struct code_page *page, bool first);
// The page's ops are about to be forgotten.
void trained_forget(const struct code_page *page);
void trained_forget_all(void);

// ---- While they are made ----

// From now on what units use is allocated here.
void trained_collect(void);
bool trained_collecting(void);
// Zeroed; NULL if there is no room.
void *trained_allocate(uint32_t bytes);
// The page whose number is next.
void trained_add_page(const uint8_t *bytes);
// The next unit, whose pages are in RAM by their numbers here. `offsets` are those of the entries in their pages.
// False if there is no room.
bool trained_add_unit(const struct unit *unit, const struct entry *entries, const uint16_t *offsets, unsigned count);
// When all is made: orders it to be found.
void trained_finish(void);
// What is to be kept of this file's memory.
struct trained_piece {
  const void *start;
  uint32_t bytes;
};
enum { TRAINED_PIECES = 5 };
void trained_memory(struct trained_piece pieces[TRAINED_PIECES]);

#endif
