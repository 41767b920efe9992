// Whom a guest may reach (docs/NETWORK.md). The same as module net has in Java and docs/net_rules.mjs in JavaScript;
// all three are tested with the same vectors.
#ifndef HOST_COMPONENT_RULES_H
#define HOST_COMPONENT_RULES_H

#include "host/component/address.h"

enum { RULES_ADDRESSES = 64 };

// Words of the command line; each gives NULL, or what was expected.
const char *rules_network(const char *value);
const char *rules_allow(const char *value);
const char *rules_add_host(const char *value);
// Does some rule allow anything?
bool rules_any(void);
void rules_forget(void);

// The addresses that --add-host gives a name.
size_t rules_pinned(const char *name, size_t length, struct net_address addresses[RULES_ADDRESSES]);
// May name servers be asked for it? Not if no answer could be used: a name that is asked for carries a message to
// whoever serves it.
bool rules_may_resolve(const char *name, size_t length);
// Keeps those answers for a name that may be reached, and gives their count. A rule for the name reaches public
// addresses only, so that whoever serves the name cannot lead inside. Times are in ns.
size_t rules_give(const char *name, size_t length, struct net_address *answers, size_t count, uint64_t now);
// Where a connection leads; false if the rules forbid it.
bool rules_target(const struct net_address *to, struct net_address *target, uint64_t now);

#endif
