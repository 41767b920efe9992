// The component's sockets, for those who wait.
#ifndef HOST_COMPONENT_NET_H
#define HOST_COMPONENT_NET_H

#include "host/component/wait.h"

// Is there something to tell, without waiting?
bool component_net_has_news(void);
// Adds what is waited for, and gives the most ns to wait.
uint64_t component_net_add(struct wait_list *list);
// Has a wait found something?
bool component_net_is_ready(void);

#endif
