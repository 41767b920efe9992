// The only file of a scratch image: tells what it was started as, without a file of the image but itself.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
  char folder[256];
  printf("uid %u gid %u in %s home %s path %s\n", (unsigned)getuid(), (unsigned)getgid(),
         getcwd(folder, sizeof folder), getenv("HOME"), getenv("PATH"));
  return 7;
}
