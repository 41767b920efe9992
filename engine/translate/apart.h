// Uses of memory at constant distances from one register are looked up in the TLB together, by the first of them. Where
// they lie in two pages, the unit is left to the interpreter. What does so often is not to be translated so again.
#ifndef TRANSLATE_APART_H
#define TRANSLATE_APART_H

#include <stdbool.h>
#include <stdint.h>

// The instruction at an op looks up bytes, the first of which is at a distance from a register.
void apart_note(const void *op, unsigned reg, int64_t distance, unsigned bytes);
// Is each to be looked up by itself, if the first one is of the instruction at the op?
bool apart_is_often(const void *op);
// A unit was left before the instruction, when so many instructions had been executed by units. True: that has happened
// too often.
bool apart_left(const void *op, uint64_t instructions);

#endif
