// From the command line to the exit code: docs/FORMATS.md, "Host contract".
#include "machine/main.h"

#include "host/host.h"
#include "machine/machine.h"
#include "machine/report.h"
#include "translate/counts.h"
#include "translate/mailbox.h"
#include "translate/replay.h"
#include "translate/trained.h"

#include <string.h>

enum { EXIT_ENGINE_FAILED = 125 };

// FNV-1a over words of 8 bytes.
static uint64_t digest(const struct ram *ram) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325), word;
  for (uint64_t at = 0; at < ram->size; at += sizeof word) {
    memcpy(&word, ram->host + at, sizeof word);
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
  }
  return hash;
}

static void report_stats(const struct board *board, const struct options *options, uint64_t started_ns) {
  const uint64_t instructions = board->instret(board), elapsed_ns = host_monotonic_ns() - started_ns;
  const uint64_t mips = instructions * 1000 / (elapsed_ns ? elapsed_ns : 1);
  report("stats: %llu guest instructions, %llu before the container's first, %llu ms, %llu MIPS",
         (unsigned long long)instructions, (unsigned long long)board->started_instret,
         (unsigned long long)(elapsed_ns / 1000000), (unsigned long long)mips);
  if (options->translator.unit_limit)
    report("stats: %llu of them translated, %u functions in %u modules of %llu bytes, %u modules refused",
           (unsigned long long)translation_counts.instructions, translation_counts.functions,
           translation_counts.modules, (unsigned long long)translation_counts.bytes, translation_counts.refused);
  else if (trained_units())
    report("stats: %llu of them translated, %u functions in the bundle",
           (unsigned long long)translation_counts.instructions, trained_units());
  if (options->deterministic)
    report("stats: memory %016llx", (unsigned long long)digest(&board->ram));
}

static int exit_code(const struct board *board, const struct options *options) {
  if (board->state == BOARD_CUT_OFF) {
    report("%s", board->network->ended);
    return EXIT_ENGINE_FAILED;
  }
  if (board->state != BOARD_SHUT_DOWN || !board->container_exited) {
    report("the guest stopped without an exit code; the last lines of its kernel's console:");
    kernel_log_print_tail(&board->log);
    return EXIT_ENGINE_FAILED;
  }
  if (board->network)
    network_finish(board->network, board->container_exit_code);
  if (board->container_exit_code <= options->exit_code_max)
    return board->container_exit_code;
  report("exit %d", board->container_exit_code);
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
  struct board *board = machine_create(&options, &reason);
  if (!board) {
    report("%s", reason);
    return EXIT_ENGINE_FAILED;
  }
  if (board->network && !network_start(board->network, &options, error, sizeof error)) {
    report("%s", error);
    return EXIT_ENGINE_FAILED;
  }
  if (options.translator.unit_limit)
    mailbox_enable(&options.translator);
  if ((options.replay || mailbox_enabled() || trained_units()) && !machine_translate() && options.replay) {
    report("replay: the host has not enough memory");
    return EXIT_ENGINE_FAILED;
  }
  if (options.replay) {
    reason = replay();
    if (reason)
      report("replay: %s", reason);
    return reason ? EXIT_ENGINE_FAILED : 0;
  }
  machine_run(board);
  if (options.stats)
    report_stats(board, &options, started_ns);
  return exit_code(board, &options);
}
