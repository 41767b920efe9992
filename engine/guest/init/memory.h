// What became of the guest's memory.
#ifndef INIT_MEMORY_H
#define INIT_MEMORY_H

#include <stdint.h>

// Bytes that the kernel has for everything but itself.
uint64_t memory_total(void);

// Tells the user of the last process that the kernel killed because memory ran out, if there was one.
void memory_report_kills(void);

#endif
