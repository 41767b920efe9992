#include "errno_text.h"

#include "text.h"
#include <linux/errno.h>

static const struct {
  int number;
  const char *text;
} reasons[] = {
    {EPERM, "operation not permitted"},
    {ENOENT, "no such file or directory"},
    {EIO, "input/output error"},
    {ENXIO, "no such device or address"},
    {E2BIG, "argument list too long"},
    {ENOEXEC, "exec format error: neither a program for this CPU nor a script"},
    {ENOMEM, "out of memory"},
    {EACCES, "permission denied"},
    {EBUSY, "device or resource busy"},
    {EEXIST, "file exists"},
    {ENODEV, "no such device"},
    {ENOTDIR, "not a directory"},
    {EISDIR, "is a directory"},
    {EINVAL, "invalid argument"},
    {ENFILE, "too many open files"},
    {EMFILE, "too many open files"},
    {ETXTBSY, "text file busy"},
    {EFBIG, "file too large"},
    {ENOSPC, "no space left on device"},
    {EROFS, "read-only file system"},
    {ENAMETOOLONG, "file name too long"},
    {ENOSYS, "not supported by this kernel"},
    {ELOOP, "too many levels of symbolic links"},
    {ELIBBAD, "accessing a corrupted shared library"},
    {EPROTO, "protocol error"},
    {EOVERFLOW, "value too large"},
    {EUCLEAN, "corrupted file system"},
    {EOPNOTSUPP, "operation not supported"},
    {ETIMEDOUT, "timed out"},
};

const char *errno_text(long error) {
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
    if (reasons[i].number == -error)
      return reasons[i].text;
  }
  return concat("error ", decimal((uint64_t)-error), NULL);
}
