#include "container.h"

#include "cgroup.h"
#include "command.h"
#include "environment.h"
#include "privileges.h"
#include "report.h"
#include "settings.h"
#include "sys.h"
#include <asm/signal.h>
#include <linux/mount.h>

enum { IN, OUT, ERR, STREAMS };
enum { READ_END, WRITE_END };

static void or_fail(const char *what, const char *object, long result) {
  if (result < 0)
    fail(EXIT_INIT_FAILED, what, object, result);
}

// The process' privileges and limits. As docker: whoever runs may reopen the streams through /dev/stdout and the like.
static void become(const struct identity *identity, const struct launch *launch) {
  for (int stream = IN; stream < STREAMS; stream++)
    sys_change_owner(stream, identity->uid, (unsigned)-1);
  settings_limit();
  if (!launch->privileged)
    privileges_bound_capabilities();
  or_fail("setting the groups", NULL, sys_set_groups(identity->groups, identity->group_count));
  or_fail("setting the group", NULL, sys_set_gid(identity->gid));
  or_fail("setting the user", NULL, sys_set_uid(identity->uid));
}

static _Noreturn void run(const struct container_plan *plan, int pipes[STREAMS][2]) {
  report_from_container();
  sys_new_session();
  or_fail("mounting proc at", "/proc", sys_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  settings_apply();
  if (plan->network != NULL)
    network_up(plan->network);
  cgroup_enter(plan->launch);
  if (!plan->launch->privileged)
    privileges_mask_paths();
  if (plan->terminal != NULL) {
    terminal_take(plan->terminal);
  } else {
    for (int stream = IN; stream < STREAMS; stream++)
      or_fail("taking the standard streams", NULL,
              sys_duplicate(pipes[stream][stream == IN ? READ_END : WRITE_END], stream));
  }
  or_fail("entering the working directory", plan->launch->workdir, sys_change_directory(plan->launch->workdir));
  become(&plan->identity, plan->launch);

  char *file = command_find(plan->command.items[0], environment_get(&plan->environment, "PATH"));
  report_started();
  long result = sys_execute(file, plan->command.items, plan->environment.items);
  fail(result == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE,
       result == -ENOENT ? "executing (the file is there, so its interpreter or loader is not)" : "executing", file,
       result);
}

void container_start(const struct container_plan *plan, struct container *container) {
  int pipes[STREAMS][2];
  if (plan->terminal == NULL) {
    for (int stream = IN; stream < STREAMS; stream++)
      or_fail("making the standard streams", NULL, sys_pipe(pipes[stream]));
  }

  int pidfd = -1;
  const struct clone_args arguments = {
      .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_PIDFD,
      .pidfd = (uint64_t)(uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
  };
  long pid = sys_clone(&arguments);
  or_fail("starting the container's process", NULL, pid);
  if (pid == 0)
    run(plan, pipes);

  *container = (struct container){.pid = pid, .pidfd = pidfd, .err = -1};
  if (plan->terminal != NULL) {
    container->in = container->out = plan->terminal->master;
    return;
  }
  int *own_ends[STREAMS] = {&container->in, &container->out, &container->err};
  for (int stream = IN; stream < STREAMS; stream++) {
    *own_ends[stream] = pipes[stream][stream == IN ? WRITE_END : READ_END];
    sys_close(pipes[stream][stream == IN ? READ_END : WRITE_END]);
    or_fail("making the standard streams", NULL, sys_set_flags(*own_ends[stream], O_NONBLOCK));
  }
}

uint8_t container_exit_code(const struct container *container) {
  // wait(2)'s status: the signal in the low seven bits, or none and the exit code above.
  int status;
  or_fail("waiting for the container's process", NULL, sys_wait(container->pid, &status));
  int signal = status & 0x7f;
  return (uint8_t)(signal != 0 ? 128 + signal : status >> 8 & 0xff);
}
