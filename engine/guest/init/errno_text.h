// Reasons of failed system calls.
#ifndef INIT_ERRNO_TEXT_H
#define INIT_ERRNO_TEXT_H

// What a negative errno means, in words; `error N` for one that init's calls do not return by themselves.
const char *errno_text(long error);

#endif
