// Decodes what standard input holds, 16 bytes at a time; one line each: length and mnemonic, or "bad". With the
// argument 32 as 32-bit code.
#include "cpu/x86_64/decode/decode.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
  uint8_t bytes[16];
  const bool compat = count > 1 && strcmp(arguments[1], "32") == 0;
  x86_decode_init();
  while (fread(bytes, sizeof bytes, 1, stdin) == 1) {
    struct x86_insn insn;
    if (x86_decode(bytes, sizeof bytes, compat, &insn) == DECODED)
      printf("%u %s\n", insn.length, insn.row->mnemonic);
    else
      printf("bad\n");
  }
  return 0;
}
