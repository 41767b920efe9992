// The guest's first process: makes of the image and the launch description what docker makes of an image and
// its arguments, runs it, and tells the engine its exit code.
#include "cgroup.h"
#include "command.h"
#include "container.h"
#include "environment.h"
#include "file.h"
#include "launch.h"
#include "memory.h"
#include "network.h"
#include "ports.h"
#include "relay.h"
#include "report.h"
#include "rootfs.h"
#include "sys.h"

// The same as the kernel's own.
static char DEFAULT_HOSTNAME[] = "oci2wasm";

enum { CONSOLE_LEVEL_ALL_BUT_DEBUG = 7 };

// The host told its clock as of reset: add what has passed since.
static void set_clock(uint64_t reset_ns) {
  const uint64_t second_ns = 1000000000;
  struct __kernel_timespec now = {0};
  sys_get_clock(CLOCK_MONOTONIC, &now);
  uint64_t time_ns = reset_ns + (uint64_t)now.tv_sec * second_ns + (uint64_t)now.tv_nsec;
  now = (struct __kernel_timespec){.tv_sec = (int64_t)(time_ns / second_ns), .tv_nsec = (int64_t)(time_ns % second_ns)};
  int result = sys_set_clock(CLOCK_REALTIME, &now);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "setting the clock", NULL, result);
}

static void set_hostname(const char *hostname) {
  int result = sys_set_hostname(hostname, strlen(hostname));
  if (result < 0)
    fail(EXIT_INIT_FAILED, "setting the host name", hostname, result);
}

static void make_folders(const struct launch *launch) {
  if (launch->workdir[0] != '/')
    fail(EXIT_INIT_FAILED, "the working directory is not an absolute path:", launch->workdir, 0);
  for (size_t i = 0; i < launch->volumes.count; i++)
    folder_make(launch->volumes.items[i]);
  folder_make(launch->workdir);
}

__attribute__((used)) static _Noreturn void init(void) {
  int mounted = sys_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  if (mounted < 0)
    fail(EXIT_INIT_FAILED, "mounting devtmpfs at", "/dev", mounted);
  // Booting is quiet, because it is quicker. From here on the engine is told why programs end.
  sys_set_console_level(CONSOLE_LEVEL_ALL_BUT_DEBUG);
  struct ports ports;
  ports_open(&ports);

  struct launch launch = {0};
  launch_read("/launch", &launch);
  if (launch.time_ns != 0)
    set_clock(launch.time_ns);
  const char *hostname = launch.hostname == NULL ? DEFAULT_HOSTNAME : launch.hostname;
  set_hostname(hostname);
  network_loopback_up();
  struct network network = {0};
  if (launch.network != NULL)
    network_read(launch.network, &network);
  if (launch.network6 != NULL)
    network_read6(launch.network6, &network);

  rootfs_enter(&launch);
  rootfs_mount_system(&launch);
  cgroup_make();
  const struct names names = {.address = network.address,
                              .name_server = network.name_server,
                              .hosts = &launch.hosts,
                              .resolving = &launch.resolving};
  rootfs_write_names(hostname, &names);
  struct container_plan plan = {.launch = &launch};
  if (launch.network != NULL)
    plan.network = &network;
  identity_resolve(launch.user, &plan.identity);
  rootfs_mount_shares(&launch.mounts, plan.identity.uid, plan.identity.gid);
  make_folders(&launch);
  plan.command = command_make(&launch);
  plan.environment = environment_make(&launch, hostname, plan.identity.home);

  struct terminal terminal;
  if (launch.tty) {
    terminal_make(&terminal);
    terminal_resize(&terminal, launch.rows, launch.columns);
    plan.terminal = &terminal;
  }

  rootfs_settle();
  struct container container;
  container_start(&plan, &container);
  bool size_unknown = launch.tty && launch.rows == 0;
  relay_run(&container, &ports, launch.tty ? &terminal : NULL, size_unknown);
  uint8_t code = container_exit_code(&container);
  memory_report_kills();
  rootfs_leave(&launch);
  finish(code);
}

PROGRAM_ENTRY(init);
