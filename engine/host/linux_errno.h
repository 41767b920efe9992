// Error numbers as the guest knows them (Linux, asm-generic). The host's own <errno.h> may count differently.
#ifndef HOST_LINUX_ERRNO_H
#define HOST_LINUX_ERRNO_H

enum {
  LINUX_EPERM = 1,
  LINUX_ENOENT = 2,
  LINUX_EIO = 5,
  LINUX_EBADF = 9,
  LINUX_ENOMEM = 12,
  LINUX_EEXIST = 17,
  LINUX_ENOTDIR = 20,
  LINUX_EISDIR = 21,
  LINUX_EINVAL = 22,
  LINUX_ENFILE = 23,
  LINUX_EFBIG = 27,
  LINUX_ENOSPC = 28,
  LINUX_ENAMETOOLONG = 36,
  LINUX_ENOSYS = 38,
  LINUX_ENOTEMPTY = 39,
  LINUX_ELOOP = 40,
  LINUX_EMSGSIZE = 90,
  LINUX_EOPNOTSUPP = 95
};

#endif
