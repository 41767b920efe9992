// Words of the command line whose meaning is the host's.
#ifndef HOST_WORDS_H
#define HOST_WORDS_H

#include <stdbool.h>

enum host_word {
  HOST_WORD_CONTROL,
  HOST_WORD_NET,
  HOST_WORD_PUBLISH,
  HOST_WORD_PUBLISH_ALL, // without a value
  HOST_WORD_NETWORK,
  HOST_WORD_ALLOW,
  HOST_WORD_ADD_HOST,
  HOST_WORD_DNS
};

// Takes one. NULL, or what was expected.
const char *host_word(enum host_word word, const char *value);
// Does one of them ask for a network, without HOST_WORD_NET?
bool host_words_ask_net(void);
// The largest exit code that the host passes on.
int host_exit_code_max(void);

#endif
