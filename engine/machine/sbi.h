// RISC-V Supervisor Binary Interface.
#ifndef MACHINE_SBI_H
#define MACHINE_SBI_H

#include "machine/riscv_board.h"

// Does the call in the guest's registers.
void riscv_board_sbi(struct riscv_board *board);

#endif
