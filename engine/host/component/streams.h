// The streams there are, of any kind, and those of which something is to be told.
#ifndef HOST_COMPONENT_STREAMS_H
#define HOST_COMPONENT_STREAMS_H

#include "host/component/wasi.h"

enum { STREAM_TCP_MAX = 1024, STREAM_UDP_MAX = 512, STREAM_NAMES_MAX = 32, STREAM_BUFFER = 65536 };

enum stream_kind {
  STREAM_NOTHING, // over, but for what is to be told
  STREAM_TCP,
  STREAM_UDP,
  STREAM_NAME,
  STREAM_KINDS
};

// Where bytes or datagrams come in.
struct inlet {
  handle input, waiting;
  bool ready, found;   // `found`: a datagram, since it was ready
  uint64_t look_again; // for datagrams, ns; 0: when it is ready
};

struct stream {
  uint32_t number; // 0: free
  enum stream_kind kind;
  uint16_t next_due; // positions from 1
  bool due;
  // To be told, in this order.
  bool announce, opened, has_answer;
  enum net_reason reason; // of a reset, or 0
  uint8_t rcode;
  uint32_t freed;
  // What is under it; a client of a UDP port has nothing of its own.
  handle socket, output, waiting, output_waiting;
  struct inlet inlet;
  bool ready, output_ready;
  struct net_address address;
  uint16_t guest_port;
  unsigned udp_port; // position from 1; 0: a socket of its own
  // From outside
  uint32_t credit;
  bool input_ended;
  // To outside
  bool blocked, ending, output_ended;
  uint64_t look_again; // whether all has left, ns; 0: there is nothing to look for
  uint64_t room;       // when nothing is on its way
  uint8_t *buffer;
  uint32_t buffer_start, buffer_length;
  // A name that is asked for
  enum net_family family;
  uint8_t name_length;
  char name[255];
};

extern unsigned streams_count[STREAM_KINDS];

// Is there room for one more of this kind?
bool streams_have_room(enum stream_kind kind);
// A new one; NULL if there is none at all.
struct stream *streams_take(enum stream_kind kind);
// Drops what is under it; the number stays.
void streams_close(struct stream *stream);
void streams_release(struct stream *stream);
struct stream *streams_find(uint32_t number);
// All of them, from *at = streams_all() on: NULL after the last one. The one that was given may be released.
size_t streams_all(void);
struct stream *streams_each(size_t *at);
// Something is to be told of it.
void streams_tell(struct stream *stream);
// A reset is to be told; all else is over.
void streams_fail(struct stream *stream, enum net_reason reason);
// Whose turn it is; NULL: nothing is to be told.
struct stream *streams_next_due(void);
bool streams_any_due(void);

#endif
