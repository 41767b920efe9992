// Decoded code by virtual address.
#ifndef TRANSLATE_WALK_H
#define TRANSLATE_WALK_H

#include "translate/processor.h"

// The page's block at an address, if the fetch TLB has it; and the op there, if it is decoded.
struct code_page *walk_page(uint64_t address);
void *walk_op_at(uint64_t address, struct code_page **page);
// A number for an op, to look it up by.
unsigned walk_hash(const void *op);

#endif
