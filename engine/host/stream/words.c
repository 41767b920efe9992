// Where a peer has the sockets, it has the words about them, too.
#include "host/words.h"

#include <stddef.h>

const char *host_word(enum host_word word, const char *value) {
  (void)value;
  switch (word) {
  case HOST_WORD_PUBLISH:
  case HOST_WORD_PUBLISH_ALL:
  case HOST_WORD_NETWORK:
  case HOST_WORD_ALLOW:
  case HOST_WORD_DNS:
    return "a peer that has sockets: oci2wasm run --runtime \"RUNTIME\" takes this option before the module";
  default: return NULL;
  }
}

bool host_words_ask_net(void) {
  return false;
}

int host_exit_code_max(void) {
  enum { ALL = 255 };
  return ALL;
}
