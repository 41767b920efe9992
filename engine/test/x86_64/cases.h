// A random case, ready to run: the instruction in its page, registers and memory around it.
#ifndef TEST_X86_64_CASES_H
#define TEST_X86_64_CASES_H

#include "generate.h"
#include "state.h"

// Half the cases of a row that all modes have are of 32-bit code, and half of these use segments.
enum code code_of_case(const struct x86_row *row, unsigned long round);
// Fills `data` (its DATA_WRITABLE first bytes) and `bytes` (CODE_SIZE of them). False if the row has no such case.
bool make_case(const struct x86_row *row, enum code code, struct test_case *test, uint8_t *data, uint8_t *bytes);

// What is left to do for a case whose instruction and registers are chosen.
void place_case(struct test_case *test, uint8_t *data, uint8_t *bytes);

#endif
