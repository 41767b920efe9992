// Prints the engine's text of instructions read from standard input: 4 bytes each, as if at address 0 and on.
#include "cpu/riscv64/decode.h"
#include "cpu/riscv64/disassemble.h"

#include <stdio.h>

int main(void) {
  uint32_t bits;
  char text[128];
  riscv_decode_init();
  for (uint64_t pc = 0; fread(&bits, sizeof bits, 1, stdin) == 1; pc += sizeof bits) {
    riscv_disassemble(bits, pc, text, sizeof text);
    puts(text);
  }
  return 0;
}
