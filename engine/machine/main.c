// From the command line to the exit code: docs/FORMATS.md, "Host contract".
#include "machine/main.h"

#include "host/host.h"
#include "machine/report.h"
#include "machine/riscv_virt.h"

enum { EXIT_ENGINE_FAILED = 125 };

static struct riscv_board board;

static void report_stats(uint64_t started_ns) {
  const uint64_t instructions = riscv_instret(&board.cpu), elapsed_ns = host_monotonic_ns() - started_ns;
  const uint64_t mips = instructions * 1000 / (elapsed_ns ? elapsed_ns : 1);
  report("stats: %llu guest instructions, %llu before the container's first, %llu ms, %llu MIPS",
         (unsigned long long)instructions, (unsigned long long)board.started_instret,
         (unsigned long long)(elapsed_ns / 1000000), (unsigned long long)mips);
}

static int exit_code(const struct options *options) {
  if (board.state != BOARD_SHUT_DOWN || !board.container_exited) {
    report("the guest stopped without an exit code; the last lines of its kernel's console:");
    kernel_log_print_tail(&board.log);
    return EXIT_ENGINE_FAILED;
  }
  if (board.container_exit_code <= options->exit_code_max)
    return board.container_exit_code;
  report("exit %d", board.container_exit_code);
  return options->exit_code_max;
}

int machine_main(int count, char **arguments) {
  const uint64_t started_ns = host_monotonic_ns();
  struct options options;
  char error[512];
  const char *reason;
  if (!options_parse(&options, count, arguments, error, sizeof error)) {
    report("%s", error);
    return EXIT_ENGINE_FAILED;
  }
  if (!riscv_board_init(&board, &options, &reason)) {
    report("%s", reason);
    return EXIT_ENGINE_FAILED;
  }
  riscv_board_run(&board);
  if (options.stats)
    report_stats(started_ns);
  return exit_code(&options);
}
