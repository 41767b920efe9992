// What is around the blocks of a unit.
#ifndef TRANSLATE_FRAME_H
#define TRANSLATE_FRAME_H

#include "unit.h"

// Locals, and what the unit uses of the processor's state into them.
void frame_head(struct emitter *emitter);
// On the stack is what emit_exit has put there.
void frame_tail(struct emitter *emitter);
// A table in which jumps find entries. One whose place another has is entered by way of the engine. False: the host has
// not enough memory.
bool frame_places(struct unit *unit, const struct region *region, const struct entry *entries, unsigned count);

#endif
