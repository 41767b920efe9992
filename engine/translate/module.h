// A module around the bodies of functions: what the host installs (mailbox.h).
#ifndef TRANSLATE_MODULE_H
#define TRANSLATE_MODULE_H

#include "wasm.h"

// Types of the functions that translated code is and calls, by their index in the module.
enum module_type {
  MODULE_UNIT,    // (i64 entry, i32 depth) -> i32
  MODULE_HANDLER, // (i32, i32) -> i32
  MODULE_CARRY,   // (i32) -> i32
  MODULE_TYPES
};

// The number by which translated code knows a type: its index here, unless it is to be in another module.
uint32_t module_type(enum module_type type);
void module_use_types(const uint32_t *numbers);
// Writes a module with `functions` functions, named "0", "1", ..., whose bodies (5.4.9, each behind its size) are
// `bodies`.
void module_write(struct wasm_code *module, uint32_t functions, const struct wasm_code *bodies);

#endif
