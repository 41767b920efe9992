#include "host/component/exposed.h"

#include "host/host.h"

#include <string.h>

// EXPOSE names ports of the container, and no address or port of the host. What is not of TCP or UDP is left out.
static bool is_published(const char *port) {
  const char *slash = strchr(port, '/');
  return !strchr(port, ':') && (!slash || strcmp(slash, "/tcp") == 0 || strcmp(slash, "/udp") == 0);
}

const char *exposed_publish(struct published ports[PUBLISH_MOST], size_t *count) {
  static const char KEY[] = "expose=";
  const size_t size = (size_t)host_part_size(HOST_LAUNCH);
  char *launch = host_allocate(size + 1);
  if (!launch)
    return "more memory, for the launch description";
  host_part_read(HOST_LAUNCH, 0, (uint8_t *)launch, size);
  launch[size] = 0;
  for (const char *record = launch; record < launch + size; record += strlen(record) + 1) {
    const char *port = record + sizeof KEY - 1;
    if (strncmp(record, KEY, sizeof KEY - 1) != 0 || !is_published(port))
      continue;
    const char *expected = publish_parse(port, ports, count);
    if (expected)
      return expected;
  }
  return NULL;
}
