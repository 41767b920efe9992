// The code of a unit: its blocks as structured code, and the ways in and out.
#ifndef TRANSLATE_BODY_H
#define TRANSLATE_BODY_H

#include "unit.h"

// Writes the body of the unit's function behind what is in `bodies`; returns the number of entries, 0: not possible.
unsigned body_write(struct emitter *emitter, const struct region *region, const int16_t *blocks, unsigned count,
                    struct unit *unit, struct entry *entries, struct wasm_code *bodies);

#endif
