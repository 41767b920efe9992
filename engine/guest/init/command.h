// What the container runs.
#ifndef INIT_COMMAND_H
#define INIT_COMMAND_H

#include "launch.h"

// Entrypoint and command as one argument vector; none at all ends the run.
struct string_list command_make(const struct launch *launch);

// The file to execute for `name`: itself where it holds a slash, else found in the folders of `path`. Ends
// the run with docker's codes: 127 where there is none, 126 where it is no executable file. To be called as
// the container's user.
char *command_find(char *name, const char *path);

#endif
