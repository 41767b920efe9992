// Memory by virtual address: the slow paths of every access. False: the fault is noted.
#ifndef CPU_X86_64_SYSTEM_MMU_H
#define CPU_X86_64_SYSTEM_MMU_H

#include "cpu/x86_64/cpu.h"

bool x86_load(struct x86_cpu *cpu, uint64_t address, unsigned size, void *value);
bool x86_store(struct x86_cpu *cpu, uint64_t address, unsigned size, const void *value);
// May `size` bytes be written? Faults as the write would.
bool x86_probe_write(struct x86_cpu *cpu, uint64_t address, unsigned size);
// Host memory for reading or writing at `address`, good to the end of its page; NULL if it is a device's, or on a
// fault (then *fault is set).
uint8_t *x86_host_at(struct x86_cpu *cpu, uint64_t address, bool write, bool *fault);
bool x86_translate_fetch(struct x86_cpu *cpu, uint64_t address, struct tlb_page *page);
// The same of 64-bit code and without a trace: false if that would fault, or would set something in a page table.
bool x86_look_fetch(struct x86_cpu *cpu, uint64_t address, struct tlb_page *page);
// System structures (descriptor tables, TSS): always as the supervisor.
bool x86_load_system(struct x86_cpu *cpu, uint64_t address, unsigned size, void *value);
bool x86_store_system(struct x86_cpu *cpu, uint64_t address, unsigned size, const void *value);

#endif
