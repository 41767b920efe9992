// The environment of the container's process.
#ifndef INIT_ENVIRONMENT_H
#define INIT_ENVIRONMENT_H

#include "launch.h"

// docker's defaults, then the image's variables, then the run's; each replaces an earlier one of its name.
struct string_list environment_make(const struct launch *launch, const char *hostname, const char *home);

// The value of a variable, or NULL.
char *environment_get(const struct string_list *environment, const char *name);

#endif
