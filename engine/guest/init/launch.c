#include "launch.h"

#include "file.h"
#include "report.h"
#include "sys.h"

static const char FORMAT_RECORD[] = "oci2wasm-launch=1";

bool parse_window_size(char *text, uint16_t *rows, uint16_t *columns) {
  char *rest = text;
  char *first = next_field(&rest, ' ');
  uint64_t row_count;
  uint64_t column_count;
  if (rest == NULL || !parse_decimal(first, UINT16_MAX, &row_count) || !parse_decimal(rest, UINT16_MAX, &column_count))
    return false;
  *rows = (uint16_t)row_count;
  *columns = (uint16_t)column_count;
  return true;
}

static _Noreturn void reject(const char *record) {
  fail(EXIT_INIT_FAILED, "reading the launch description: malformed record", record, 0);
}

// What the image and the run say of the same thing, until one of them is chosen.
struct choices {
  struct string_list entrypoint, run_entrypoint;
  struct string_list cmd, run_arg;
};

static void read_record(char *record, struct launch *launch, struct choices *choices) {
  struct {
    const char *key;
    struct string_list *into;
  } lists[] = {
      {"entrypoint=", &choices->entrypoint},
      {"run.entrypoint=", &choices->run_entrypoint},
      {"cmd=", &choices->cmd},
      {"run.arg=", &choices->run_arg},
      {"env=", &launch->env},
      {"run.env=", &launch->run_env},
      {"volume=", &launch->volumes},
      {"run.mount=", &launch->mounts},
      {"run.host=", &launch->hosts},
      {"run.dns=", &launch->resolving},
  };
  // The run's records come after the image's, so that the last one counts.
  struct {
    const char *key;
    char **into;
  } words[] = {
      {"user=", &launch->user},
      {"workdir=", &launch->workdir},
      {"run.net=", &launch->network},
      {"run.net6=", &launch->network6},
#define PASSED_WORD(name, valid, expected) {"run." #name "=", &launch->name},
#include "passed.inc"
  };
  struct {
    const char *key;
    bool *into;
  } flags[] = {
#define PASSED_FLAG(name) {"run." #name "=", &launch->name},
#include "passed.inc"
  };
  char *value;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    if ((value = after_prefix(record, lists[i].key)) != NULL) {
      list_append(lists[i].into, value);
      return;
    }
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if ((value = after_prefix(record, words[i].key)) != NULL) {
      *words[i].into = value;
      return;
    }
  }
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if ((value = after_prefix(record, flags[i].key)) != NULL) {
      *flags[i].into = strcmp(value, "1") == 0;
      return;
    }
  }
  if ((value = after_prefix(record, "run.time=")) != NULL) {
    if (!parse_decimal(value, UINT64_MAX, &launch->time_ns))
      reject(record);
  } else if ((value = after_prefix(record, "run.winsize=")) != NULL) {
    if (!parse_window_size(value, &launch->rows, &launch->columns))
      reject(record);
  }
  // Unknown keys are a later version's: ignored.
}

void launch_read(const char *path, struct launch *launch) {
  size_t size;
  char *records = file_read(path, &size);
  if (records == NULL)
    fail(EXIT_INIT_FAILED, "reading the launch description", path, -ENOENT);
  if (size == 0 || records[size - 1] != '\0' || strcmp(records, FORMAT_RECORD) != 0)
    fail(EXIT_INIT_FAILED, "reading the launch description: not in format version 1:", path, 0);

  struct choices choices = {0};
  launch->user = "";
  launch->workdir = "/";
  for (char *record = records; record < records + size; record += strlen(record) + 1)
    read_record(record, launch, &choices);

  // docker run: a new entrypoint drops the image's command too; arguments replace only the command.
  bool new_entrypoint = choices.run_entrypoint.count > 0;
  launch->entrypoint = new_entrypoint ? choices.run_entrypoint : choices.entrypoint;
  bool own_command = !new_entrypoint && choices.run_arg.count == 0;
  launch->command = own_command ? choices.cmd : choices.run_arg;
}
