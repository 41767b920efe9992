// Instructions as text, for tests and debugging.
#ifndef CPU_RISCV64_DISASSEMBLE_H
#define CPU_RISCV64_DISASSEMBLE_H

#include <stddef.h>
#include <stdint.h>

// Text as objdump -M no-aliases,numeric prints it, with one space between mnemonic and operands.
void riscv_disassemble(uint32_t bits, uint64_t pc, char *text, size_t size);

#endif
