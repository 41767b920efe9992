// RISC-V Supervisor Binary Interface 1.0: what firmware would answer, for one hart.
#include "machine/sbi.h"

#include "cpu/riscv64/trap.h"

enum { A0 = 10, A1, A2, A3, A6 = 16, A7 };

enum sbi_extension {
  SBI_LEGACY_SET_TIMER = 0,
  SBI_LEGACY_PUTCHAR = 1,
  SBI_LEGACY_GETCHAR = 2,
  SBI_LEGACY_SHUTDOWN = 8,
  SBI_BASE = 0x10,
  SBI_TIME = 0x54494d45,
  SBI_IPI = 0x735049,
  SBI_RFENCE = 0x52464e43,
  SBI_RESET = 0x53525354
};

enum { SBI_SUCCESS = 0, SBI_NOT_SUPPORTED = -2, SBI_INVALID_PARAM = -3 };
enum { SBI_VERSION = 1 << 24, IMPLEMENTATION_ID = 0x6f32, IMPLEMENTATION_VERSION = 1 };
enum { RESET_SHUTDOWN = 0, RESET_WARM_REBOOT = 2 };

struct sbi_result {
  int64_t error;
  uint64_t value;
};

static bool is_implemented(uint64_t extension) {
  switch (extension) {
  case SBI_LEGACY_SET_TIMER:
  case SBI_LEGACY_PUTCHAR:
  case SBI_LEGACY_GETCHAR:
  case SBI_LEGACY_SHUTDOWN:
  case SBI_BASE:
  case SBI_TIME:
  case SBI_IPI:
  case SBI_RFENCE:
  case SBI_RESET: return true;
  default: return false;
  }
}

static void set_timer(struct riscv_board *board, uint64_t tick) {
  board->common.clock.deadline = tick;
  const bool due = clock_now(&board->common.clock, riscv_instret(&board->cpu)) >= tick;
  riscv_set_interrupt(&board->cpu, INTERRUPT_TIMER, due);
}

static struct sbi_result base(uint64_t function, uint64_t argument) {
  switch (function) {
  case 0: return (struct sbi_result){SBI_SUCCESS, SBI_VERSION};
  case 1: return (struct sbi_result){SBI_SUCCESS, IMPLEMENTATION_ID};
  case 2: return (struct sbi_result){SBI_SUCCESS, IMPLEMENTATION_VERSION};
  case 3: return (struct sbi_result){SBI_SUCCESS, is_implemented(argument)};
  case 4:
  case 5:
  case 6: return (struct sbi_result){SBI_SUCCESS, 0}; // vendor, architecture and implementation ids: none
  default: return (struct sbi_result){SBI_NOT_SUPPORTED, 0};
  }
}

// A hart mask and its base, or base -1 for all harts (SBI 3.1). Only hart 0 exists.
static bool names_this_hart(uint64_t mask, uint64_t mask_base) {
  return mask_base == UINT64_MAX || (mask_base == 0 && (mask & 1));
}

static struct sbi_result send_ipi(struct riscv_board *board, uint64_t mask, uint64_t mask_base) {
  if (!names_this_hart(mask, mask_base))
    return (struct sbi_result){SBI_INVALID_PARAM, 0};
  riscv_set_interrupt(&board->cpu, INTERRUPT_SOFTWARE, true);
  return (struct sbi_result){SBI_SUCCESS, 0};
}

static struct sbi_result system_reset(struct riscv_board *board, uint32_t type) {
  if (type > RESET_WARM_REBOOT)
    return (struct sbi_result){SBI_INVALID_PARAM, 0};
  board->common.state = type == RESET_SHUTDOWN ? BOARD_SHUT_DOWN : BOARD_REBOOTED;
  return (struct sbi_result){SBI_SUCCESS, 0};
}

void riscv_board_sbi(struct riscv_board *board) {
  uint64_t *x = board->cpu.x;
  struct sbi_result result = {SBI_NOT_SUPPORTED, 0};
  switch (x[A7]) {
  // The legacy calls answer in a0 alone.
  case SBI_LEGACY_SET_TIMER: set_timer(board, x[A0]), x[A0] = 0; return;
  case SBI_LEGACY_PUTCHAR: kernel_log_put(&board->common.log, (char)x[A0]), x[A0] = 0; return;
  case SBI_LEGACY_GETCHAR: x[A0] = UINT64_MAX; return; // nobody types at the kernel's console
  case SBI_LEGACY_SHUTDOWN: board->common.state = BOARD_SHUT_DOWN; return;
  case SBI_BASE: result = base(x[A6], x[A0]); break;
  case SBI_TIME:
    if (x[A6] == 0) {
      set_timer(board, x[A0]);
      result.error = SBI_SUCCESS;
    }
    break;
  case SBI_IPI:
    if (x[A6] == 0)
      result = send_ipi(board, x[A0], x[A1]);
    break;
  case SBI_RFENCE: // instruction fences need nothing; the others may flush more than asked
    if (x[A6] <= 2) {
      tlb_flush(&board->cpu.tlb_set);
      result.error = SBI_SUCCESS;
    }
    break;
  case SBI_RESET:
    if (x[A6] == 0)
      result = system_reset(board, (uint32_t)x[A0]);
    break;
  default: break;
  }
  x[A0] = (uint64_t)result.error;
  x[A1] = result.value;
}
