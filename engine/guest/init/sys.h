// The system calls init makes, one line each. All return what the kernel returns: a negative errno on
// failure.
//
// There is no C library below: init is then a few pages instead of half a megabyte that every boot would
// unpack.
#ifndef INIT_SYS_H
#define INIT_SYS_H

#include <asm/poll.h>
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/time_types.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__riscv) && __riscv_xlen == 64
#include "arch_riscv64.h"
#elif defined(__x86_64__)
#include "arch_x86_64.h"
#else
#error "init: no system call interface for this architecture"
#endif

#define SYS(name, ...) SYS_PAD(__NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_PAD(number, a, b, c, d, e, f, ...)                                                                         \
  system_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// --- files ---
static inline int sys_open(const char *path, int flags, unsigned mode) {
  return (int)SYS(openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}
static inline long sys_read(int fd, void *to, size_t size) {
  return SYS(read, fd, to, size);
}
static inline long sys_write(int fd, const void *from, size_t size) {
  return SYS(write, fd, from, size);
}
static inline int sys_close(int fd) {
  return (int)SYS(close, fd);
}
static inline int sys_set_flags(int fd, int flags) {
  return (int)SYS(fcntl, fd, F_SETFL, flags);
}
static inline int sys_duplicate(int fd, int as) {
  return (int)SYS(dup3, fd, as, 0);
}
static inline int sys_pipe(int fds[2]) {
  return (int)SYS(pipe2, fds, O_CLOEXEC);
}
static inline int sys_ioctl(int fd, unsigned long request, void *argument) {
  return (int)SYS(ioctl, fd, request, argument);
}
static inline int sys_poll(struct pollfd *fds, unsigned count, const struct __kernel_timespec *timeout) {
  return (int)SYS(ppoll, fds, count, timeout, NULL, 0);
}
static inline int sys_stat(const char *path, struct stat *to) {
  return (int)SYS(newfstatat, AT_FDCWD, path, to, 0);
}
static inline int sys_fstat(int fd, struct stat *to) {
  return (int)SYS(fstat, fd, to);
}
static inline int sys_may_execute(const char *path) {
  return (int)SYS(faccessat, AT_FDCWD, path, 1);
}
static inline int sys_make_directory(const char *path, unsigned mode) {
  return (int)SYS(mkdirat, AT_FDCWD, path, mode);
}
static inline int sys_make_directory_in(int folder, const char *name, unsigned mode) {
  return (int)SYS(mkdirat, folder, name, mode);
}
static inline int sys_remove_directory_in(int folder, const char *name) {
  enum { REMOVE_DIRECTORY = 0x200 };
  return (int)SYS(unlinkat, folder, name, REMOVE_DIRECTORY);
}
static inline int sys_make_node(const char *path, unsigned mode, unsigned major, unsigned minor) {
  return (int)SYS(mknodat, AT_FDCWD, path, mode, major << 8 | minor);
}
static inline int sys_symlink(const char *target, const char *path) {
  return (int)SYS(symlinkat, target, AT_FDCWD, path);
}
static inline int sys_unlink(const char *path) {
  return (int)SYS(unlinkat, AT_FDCWD, path, 0);
}
static inline int sys_change_mode(const char *path, unsigned mode) {
  return (int)SYS(fchmodat, AT_FDCWD, path, mode);
}
static inline int sys_change_owner(int fd, unsigned uid, unsigned gid) {
  return (int)SYS(fchown, fd, uid, gid);
}
static inline int sys_change_directory(const char *path) {
  return (int)SYS(chdir, path);
}
static inline int sys_change_root(const char *path) {
  return (int)SYS(chroot, path);
}
static inline int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
                            const char *options) {
  return (int)SYS(mount, source, target, type, flags, options);
}

// All file systems, to their disks.
static inline void sys_sync(void) {
  SYS(sync);
}

static inline int sys_unmount(const char *target) {
  return (int)SYS(umount2, target, 0);
}

// --- processes ---
static inline long sys_clone(const struct clone_args *arguments) {
  return SYS(clone3, arguments, sizeof *arguments);
}
static inline long sys_execute(const char *path, char *const argv[], char *const envp[]) {
  return SYS(execve, path, argv, envp);
}
static inline long sys_wait(long pid, int *status) {
  return SYS(wait4, pid, status, 0, NULL);
}
static inline int sys_signal_process(int pidfd, int signal) {
  return (int)SYS(pidfd_send_signal, pidfd, signal, NULL, 0);
}
static inline int sys_new_session(void) {
  return (int)SYS(setsid);
}
static inline int sys_set_groups(const uint32_t *groups, size_t count) {
  return (int)SYS(setgroups, count, groups);
}
static inline int sys_set_gid(uint32_t gid) {
  return (int)SYS(setgid, gid);
}
static inline int sys_set_uid(uint32_t uid) {
  return (int)SYS(setuid, uid);
}
// From what execve may give: prctl(2), capabilities(7).
static inline int sys_drop_capability(int capability) {
  return (int)SYS(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
}
static inline int sys_unshare(unsigned long flags) {
  return (int)SYS(unshare, flags);
}
static inline int sys_set_umask(unsigned mask) {
  return (int)SYS(umask, mask);
}
static inline int sys_set_limit(int resource, const struct rlimit64 *limit) {
  return (int)SYS(prlimit64, 0, resource, limit, NULL);
}
static inline _Noreturn void sys_exit(int code) {
  for (;;)
    SYS(exit_group, code);
}

// --- machine ---
static inline long sys_map_memory(size_t size) {
  enum { READ_WRITE = 1 | 2, PRIVATE_ANONYMOUS = 0x02 | 0x20 };
  return SYS(mmap, NULL, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
}
static inline int sys_get_clock(int clock, struct __kernel_timespec *to) {
  return (int)SYS(clock_gettime, clock, to);
}
static inline int sys_set_clock(int clock, const struct __kernel_timespec *to) {
  return (int)SYS(clock_settime, clock, to);
}
static inline int sys_sleep(const struct __kernel_timespec *time) {
  return (int)SYS(nanosleep, time, NULL);
}
// Which of the kernel's messages go to its console: those below the level.
static inline int sys_set_console_level(int level) {
  enum { SYSLOG_ACTION_CONSOLE_LEVEL = 8 };
  return (int)SYS(syslog, SYSLOG_ACTION_CONSOLE_LEVEL, NULL, level);
}
// Its last messages, as many as there are or fit.
static inline int sys_read_kernel_log(char *to, int size) {
  enum { SYSLOG_ACTION_READ_ALL = 3 };
  return (int)SYS(syslog, SYSLOG_ACTION_READ_ALL, to, size);
}
static inline int sys_set_hostname(const char *name, size_t length) {
  return (int)SYS(sethostname, name, length);
}
static inline int sys_socket(int family, int type) {
  return (int)SYS(socket, family, type, 0);
}
static inline int sys_system_info(struct sysinfo *info) {
  return (int)SYS(sysinfo, info);
}
static inline int sys_reboot(int magic1, int magic2, unsigned command) {
  return (int)SYS(reboot, magic1, magic2, command, NULL);
}

#endif
