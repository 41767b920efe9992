// Validates WebAssembly modules of the kind that hosts are offered (translate/mailbox.h): types, imports of one memory
// and one table, functions, exports, code. Anything else is refused, and whatever is accepted is valid (core
// specification 2.0, chapter 3 and its appendix "Validation Algorithm").
#ifndef TEST_WASM_VALIDATE_H
#define TEST_WASM_VALIDATE_H

#include <stddef.h>
#include <stdint.h>

struct wasm_validated {
  uint32_t functions, largest_body, most_locals; // what the module has
  const char *error;                             // NULL, or what is wrong,
  size_t offset;                                 // and where
};

struct wasm_validated wasm_validate(const uint8_t *bytes, size_t length);

#endif
