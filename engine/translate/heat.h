// How hot a block is in all recordings, not only in the present one. Programs like compilers execute each piece of code
// often for a short time, and then not for long.
#ifndef TRANSLATE_HEAT_H
#define TRANSLATE_HEAT_H

#include <stdbool.h>
#include <stdint.h>

// False if the host has not enough memory.
bool heat_init(void);
// A recording has ended, behind so many slices in all: what is added now is of it.
void heat_begin(uint64_t slices);
// A block was executed `count` times in the recording: how often in one, on average.
uint32_t heat_add(const void *op, uint32_t count);
// Was most of what this recording has added in a recording long before, too?
bool heat_is_steady(void);
// Ops are no longer where they were.
void heat_forget(void);

#endif
