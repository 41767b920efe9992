// How the host's shared directories appear in the guest: 9p tags and paths.
#ifndef MACHINE_SHARES_H
#define MACHINE_SHARES_H

#include <stddef.h>

enum { SHARE_TAG_SIZE = 16, SHARE_PATH_SIZE = 4096 };

unsigned shares_count(void);
void shares_tag(unsigned share, char tag[SHARE_TAG_SIZE]);
// An absolute name is the path in the guest. The root cannot be covered and a relative name leads nowhere: "/" and "."
// appear at /host, "NAME" at /host/NAME. Empty components, "." and ".." are left out.
void shares_guest_path(unsigned share, char path[SHARE_PATH_SIZE]);

#endif
