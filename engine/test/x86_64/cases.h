// A random case, ready to run: the instruction in its page, registers and memory around it.
#ifndef TEST_X86_64_CASES_H
#define TEST_X86_64_CASES_H

#include "generate.h"
#include "state.h"

// Fills `data` (its DATA_WRITABLE first bytes) and `code` (CODE_SIZE bytes). False if the row has no such case.
bool make_case(const struct x86_row *row, struct test_case *test, uint8_t *data, uint8_t *code);

#endif
