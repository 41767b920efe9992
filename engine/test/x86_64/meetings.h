// Cases in which an instruction of several accesses meets several faults: a page that is not there or may not be
// written, the end of a segment, an address that is not canonical.
#ifndef TEST_X86_64_MEETINGS_H
#define TEST_X86_64_MEETINGS_H

#include "generate.h"

unsigned meetings(void);
// False if there is no such case of 64-bit or 32-bit code. Data and code are filled as by make_case (cases.h).
bool make_meeting(unsigned number, bool is_32, struct test_case *test, uint8_t *data, uint8_t *bytes);

#endif
