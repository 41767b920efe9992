#include "module.h"

#include <stdio.h>
#include <string.h>

enum section { SECTION_TYPE = 1, SECTION_IMPORT = 2, SECTION_FUNCTION = 3, SECTION_EXPORT = 7, SECTION_CODE = 10 };

static const uint8_t HEADER[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
static const uint8_t TYPES[] = {SECTION_TYPE, 18, MODULE_TYPES, 0x60,     2,       WASM_I64,
                                WASM_I32,     1,  WASM_I32,                                  // MODULE_UNIT
                                0x60,         2,  WASM_I32,     WASM_I32, 1,       WASM_I32, // MODULE_HANDLER
                                0x60,         1,  WASM_I32,     1,        WASM_I32};         // MODULE_CARRY
// The memory and the table of the engine, as large as they are.
static const uint8_t IMPORTS[] = {SECTION_IMPORT,
                                  29,
                                  2,
                                  3,
                                  'e',
                                  'n',
                                  'v',
                                  6,
                                  'm',
                                  'e',
                                  'm',
                                  'o',
                                  'r',
                                  'y',
                                  2,
                                  0,
                                  1,
                                  3,
                                  'e',
                                  'n',
                                  'v',
                                  5,
                                  't',
                                  'a',
                                  'b',
                                  'l',
                                  'e',
                                  1,
                                  0x70,
                                  0,
                                  1};

static uint32_t numbers[MODULE_TYPES] = {MODULE_UNIT, MODULE_HANDLER, MODULE_CARRY};

uint32_t module_type(enum module_type type) {
  return numbers[type];
}

void module_use_types(const uint32_t *given) {
  memcpy(numbers, given, sizeof numbers);
}

static uint32_t length_of(uint32_t value) {
  uint32_t length = 1;
  while (value >>= 7)
    length++;
  return length;
}

static void write_exports(struct wasm_code *module, uint32_t functions) {
  char name[12];
  uint32_t size = length_of(functions);
  for (uint32_t i = 0; i < functions; i++)
    size += 2 + (uint32_t)snprintf(name, sizeof name, "%u", (unsigned)i) + length_of(i);
  wasm_byte(module, SECTION_EXPORT);
  wasm_unsigned(module, size);
  wasm_unsigned(module, functions);
  for (uint32_t i = 0; i < functions; i++) {
    const uint32_t length = (uint32_t)snprintf(name, sizeof name, "%u", (unsigned)i);
    wasm_byte(module, length);
    wasm_bytes(module, name, length);
    wasm_byte(module, 0);
    wasm_unsigned(module, i);
  }
}

void module_write(struct wasm_code *module, uint32_t functions, const struct wasm_code *bodies) {
  wasm_bytes(module, HEADER, sizeof HEADER);
  wasm_bytes(module, TYPES, sizeof TYPES);
  wasm_bytes(module, IMPORTS, sizeof IMPORTS);
  wasm_byte(module, SECTION_FUNCTION);
  wasm_unsigned(module, length_of(functions) + functions);
  wasm_unsigned(module, functions);
  for (uint32_t i = 0; i < functions; i++)
    wasm_byte(module, MODULE_UNIT);
  write_exports(module, functions);
  wasm_byte(module, SECTION_CODE);
  wasm_unsigned(module, length_of(functions) + bodies->used);
  wasm_unsigned(module, functions);
  wasm_bytes(module, bodies->bytes, bodies->used);
  module->full |= bodies->full;
}
