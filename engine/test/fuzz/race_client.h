// A 9P client that asks for random things, and looks closely at the replies.
#ifndef TEST_FUZZ_RACE_CLIENT_H
#define TEST_FUZZ_RACE_CLIENT_H

#include "random.h"

struct race_client {
  struct dice dice;
  unsigned share;
};

// Once a process: makes both servers.
bool race_client_init(void);
// Begins a client's session.
void race_client_start(const struct race_client *client);
// One message. NULL, or what is wrong with the reply.
const char *race_client_ask(struct race_client *client);
// Gives all fids up. NULL, or what is left of them.
const char *race_client_end(const struct race_client *client);
// The latest message, for people.
const char *race_client_latest(void);
// Replies that were not errors, of all.
uint64_t race_client_successes(void);

#endif
