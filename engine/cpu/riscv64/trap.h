// Reset, traps and interrupts.
#ifndef CPU_RISCV64_TRAP_H
#define CPU_RISCV64_TRAP_H

#include "cpu.h"

// RAM, bus, board and read_time must be set. False if the host has not enough memory.
bool riscv_init(struct riscv_cpu *cpu);
uint64_t riscv_instret(const struct riscv_cpu *cpu);
void riscv_set_interrupt(struct riscv_cpu *cpu, uint64_t interrupt, bool pending);

void riscv_take_trap(struct riscv_cpu *cpu, uint64_t cause, uint64_t value);
void riscv_take_interrupt(struct riscv_cpu *cpu);
bool riscv_sret(struct riscv_cpu *cpu);
void riscv_select_view(struct riscv_cpu *cpu);

#endif
