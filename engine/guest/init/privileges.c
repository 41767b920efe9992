#include "privileges.h"

#include "report.h"
#include "sys.h"
#include <linux/capability.h>
#include <linux/mount.h>
#include <stdbool.h>

enum { DATA_ONLY = MS_NOSUID | MS_NODEV | MS_NOEXEC };

// What is not there need not be hidden.
static void check(const char *what, const char *path, int result) {
  if (result < 0 && result != -ENOENT)
    fail(EXIT_INIT_FAILED, what, path, result);
}

void privileges_mask_paths(void) {
  static const char *const masked[] = {
      "/proc/acpi",        "/proc/asound",     "/proc/kcore",       "/proc/keys", "/proc/latency_stats",
      "/proc/sched_debug", "/proc/timer_list", "/proc/timer_stats", "/proc/scsi", "/sys/devices/virtual/powercap",
      "/sys/firmware",
  };
  static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
    int result = sys_mount("/dev/null", masked[i], NULL, MS_BIND, NULL);
    if (result == -ENOTDIR)
      result = sys_mount("tmpfs", masked[i], "tmpfs", DATA_ONLY | MS_RDONLY, "size=0k");
    check("hiding", masked[i], result);
  }
  for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
    int result = sys_mount(read_only[i], read_only[i], NULL, MS_BIND, NULL);
    if (result == 0)
      result = sys_mount(NULL, read_only[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | DATA_ONLY, NULL);
    check("making read-only", read_only[i], result);
  }
}

static bool is_dockers(int capability) {
  static const int dockers[] = {
      CAP_AUDIT_WRITE,      CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,  CAP_KILL,   CAP_MKNOD,
      CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SETFCAP,      CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_CHROOT,
  };
  for (size_t i = 0; i < sizeof dockers / sizeof *dockers; i++) {
    if (dockers[i] == capability)
      return true;
  }
  return false;
}

void privileges_bound_capabilities(void) {
  // The kernel may know more capabilities than its headers did: it says when there are no more.
  int result = 0;
  for (int capability = 0; result == 0; capability++)
    result = is_dockers(capability) ? 0 : sys_drop_capability(capability);
  if (result != -EINVAL)
    fail(EXIT_INIT_FAILED, "dropping capabilities", NULL, result);
}
