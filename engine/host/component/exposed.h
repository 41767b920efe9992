// -P: the ports that the bundle's image exposes.
#ifndef HOST_COMPONENT_EXPOSED_H
#define HOST_COMPONENT_EXPOSED_H

#include "host/component/publish.h"

// Adds those of the launch description to `ports`, each with a free port of the host. NULL, or what was expected.
const char *exposed_publish(struct published ports[PUBLISH_MOST], size_t *count);

#endif
