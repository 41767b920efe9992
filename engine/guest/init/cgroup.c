#include "cgroup.h"

#include "file.h"
#include "report.h"
#include "sys.h"
#include <linux/mount.h>

#define HIERARCHY "/sys/fs/cgroup"
#define GROUP HIERARCHY "/container"

static void or_fail(const char *what, const char *object, int result) {
  if (result < 0)
    fail(EXIT_INIT_FAILED, what, object, result);
}

static void mount_hierarchy(unsigned long flags) {
  or_fail("mounting cgroup2 at", HIERARCHY,
          sys_mount("cgroup", HIERARCHY, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC | flags, NULL));
}

void cgroup_make(void) {
  mount_hierarchy(0);
  file_write(HIERARCHY "/cgroup.subtree_control", "+pids");
  or_fail("making the control group", GROUP, sys_make_directory(GROUP, 0755));
}

void cgroup_enter(const struct launch *launch) {
  file_write(GROUP "/cgroup.procs", "0"); // whoever writes it
  or_fail("making a namespace of control groups", NULL, sys_unshare(CLONE_NEWCGROUP));
  or_fail("unmounting", HIERARCHY, sys_unmount(HIERARCHY));
  mount_hierarchy(launch->privileged ? 0 : MS_RDONLY);
}
