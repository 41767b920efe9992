// The folders of the host that race_9p.c is about:
//
//   TOP/outside          what no client may read, change or see: files, a folder, a link
//   TOP/top/outer        the first share
//   TOP/top/outer/inner  the second share
#ifndef TEST_FUZZ_RACE_WORLD_H
#define TEST_FUZZ_RACE_WORLD_H

#include "random.h"

// Content of the files outside, and a name there: neither may ever be in a reply.
#define RACE_SECRET "only the host knows this"
#define RACE_SECRET_NAME "hidden-from-guests"

// Makes the folders in a new directory; false if that fails.
bool race_make(void);
const char *race_outer(void);
const char *race_inner(void);
// NULL, or what outside of the shares is not as it was made.
const char *race_changed(void);
void race_remove(void);

// A path of small names below the outer share, at most `depth` names.
void race_path(struct dice *dice, char *path, unsigned depth);
const char *race_name(struct dice *dice);
// Where a link may lead: out, mostly.
const char *race_target(struct dice *dice);
// Somebody on the host changes something in the shares. Never follows a link.
void race_outsider(struct dice *dice);

#endif
