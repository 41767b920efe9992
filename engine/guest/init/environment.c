#include "environment.h"

// docker's default for images that set none.
static char DEFAULT_PATH[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Whether two `NAME=VALUE` have the same name.
static bool same_name(const char *a, const char *b) {
  while (*a == *b && *a != '=' && *a != '\0') {
    a++;
    b++;
  }
  return *a == '=' && *b == '=';
}

static void set(struct string_list *environment, char *variable) {
  if (strchr(variable, '=') == NULL)
    return;
  for (size_t i = 0; i < environment->count; i++) {
    if (same_name(environment->items[i], variable)) {
      environment->items[i] = variable;
      return;
    }
  }
  list_append(environment, variable);
}

char *environment_get(const struct string_list *environment, const char *name) {
  for (size_t i = 0; i < environment->count; i++) {
    char *value = after_prefix(environment->items[i], name);
    if (value != NULL && *value == '=')
      return value + 1;
  }
  return NULL;
}

struct string_list environment_make(const struct launch *launch, const char *hostname, const char *home) {
  struct string_list environment = {0};
  set(&environment, DEFAULT_PATH);
  set(&environment, concat("HOSTNAME=", hostname, NULL));
  if (launch->tty)
    set(&environment, concat("TERM=xterm", NULL));
  for (size_t i = 0; i < launch->env.count; i++)
    set(&environment, launch->env.items[i]);
  for (size_t i = 0; i < launch->run_env.count; i++)
    set(&environment, launch->run_env.items[i]);
  if (environment_get(&environment, "HOME") == NULL)
    set(&environment, concat("HOME=", home, NULL));
  return environment;
}
