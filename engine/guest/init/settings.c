#include "settings.h"

#include "file.h"
#include "report.h"
#include "sys.h"

#define LIMIT_NONE UINT64_MAX
enum { OPEN_FILES = 1048576, PROCESSES = 32768 };

void settings_apply(void) {
  static const struct {
    const char *path, *value;
  } settings[] = {
      // Every user may listen on low ports, and ping without privileges (ip(7) and icmp(7)).
      {"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"},
      {"/proc/sys/net/ipv4/ping_group_range", "0 2147483647"},
      // Programs reserve far more than they use: what counts is what they touch.
      {"/proc/sys/vm/overcommit_memory", "1"},
      {"/proc/sys/vm/max_map_count", "1048576"},
      // The kernel would now and then keep 4 MB free to have large blocks: it would rather kill than use them.
      {"/proc/sys/vm/watermark_boost_factor", "0"},
      // The kernel's own values follow the size of memory, and are a few hundred here.
      {"/proc/sys/kernel/threads-max", "32768"},
      {"/proc/sys/fs/file-max", "9223372036854775807"},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    file_write(settings[i].path, settings[i].value);
}

void settings_limit(void) {
  static const struct {
    const char *name;
    int resource;
    struct rlimit64 limit;
  } limits[] = {
      {"open files", RLIMIT_NOFILE, {.rlim_cur = OPEN_FILES, .rlim_max = OPEN_FILES}},
      {"processes", RLIMIT_NPROC, {.rlim_cur = LIMIT_NONE, .rlim_max = LIMIT_NONE}},
      {"waiting signals", RLIMIT_SIGPENDING, {.rlim_cur = PROCESSES, .rlim_max = PROCESSES}},
  };
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    int result = sys_set_limit(limits[i].resource, &limits[i].limit);
    if (result < 0)
      fail(EXIT_INIT_FAILED, "setting the limit of", limits[i].name, result);
  }
}
