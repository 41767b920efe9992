// Memory by virtual address: the slow paths. False: the fault is in trap_cause and trap_value.
#ifndef CPU_RISCV64_MMU_H
#define CPU_RISCV64_MMU_H

#include "cpu.h"

bool riscv_load(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t *value);
bool riscv_store(struct riscv_cpu *cpu, uint64_t address, unsigned size, uint64_t value);
// Host memory behind a naturally aligned address for an atomic; NULL on a fault.
uint8_t *riscv_atomic_at(struct riscv_cpu *cpu, uint64_t address, bool write);
// Of an instruction; the page is in RAM.
bool riscv_translate_fetch(struct riscv_cpu *cpu, uint64_t address, struct tlb_page *page);
// The same without a trace: false if that would fault, or would set something in a page table.
bool riscv_look_fetch(struct riscv_cpu *cpu, uint64_t address, struct tlb_page *page);

#endif
