// 9P messages: bounded reading and writing of their fields. Integers are little-endian; a text is a 16-bit length and
// that many bytes.
#ifndef DEVICE_VIRTIO_9P_MESSAGE_H
#define DEVICE_VIRTIO_9P_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 9P2000.L (diod's protocol.md, Linux's include/net/9p/9p.h). A reply's type is the request's plus one.
enum p9_type {
  P9_RLERROR = 7,
  P9_TSTATFS = 8,
  P9_TLOPEN = 12,
  P9_TLCREATE = 14,
  P9_TSYMLINK = 16,
  P9_TMKNOD = 18,
  P9_TRENAME = 20,
  P9_TREADLINK = 22,
  P9_TGETATTR = 24,
  P9_TSETATTR = 26,
  P9_TXATTRWALK = 30,
  P9_TXATTRCREATE = 32,
  P9_TREADDIR = 40,
  P9_TFSYNC = 50,
  P9_TLOCK = 52,
  P9_TGETLOCK = 54,
  P9_TLINK = 70,
  P9_TMKDIR = 72,
  P9_TRENAMEAT = 74,
  P9_TUNLINKAT = 76,
  P9_TVERSION = 100,
  P9_TAUTH = 102,
  P9_TATTACH = 104,
  P9_TFLUSH = 108,
  P9_TWALK = 110,
  P9_TREAD = 116,
  P9_TWRITE = 118,
  P9_TCLUNK = 120,
  P9_TREMOVE = 122
};

// Every message begins with its whole size (32 bits), its type (8) and its tag (16).
enum { P9_HEADER_SIZE = 7, P9_QID_SIZE = 13, P9_ERROR_SIZE = P9_HEADER_SIZE + 4 };

struct p9_text {
  const char *bytes; // not ended by 0
  size_t length;
};

bool p9_text_is(struct p9_text text, const char *expected);

// What is read after the end of a message is 0 or empty, and p9_ended() is false from then on.
struct p9_reader {
  const uint8_t *bytes;
  size_t length, at;
  bool failed;
};

uint8_t p9_take_u8(struct p9_reader *reader);
uint16_t p9_take_u16(struct p9_reader *reader);
uint32_t p9_take_u32(struct p9_reader *reader);
uint64_t p9_take_u64(struct p9_reader *reader);
struct p9_text p9_take_text(struct p9_reader *reader);
// True if exactly the whole message was read.
bool p9_ended(const struct p9_reader *reader);

// What does not fit is left out, and `failed` says so.
struct p9_writer {
  uint8_t *bytes;
  size_t capacity, length;
  bool failed;
};

void p9_put_u8(struct p9_writer *writer, uint8_t value);
void p9_put_u16(struct p9_writer *writer, uint16_t value);
void p9_put_u32(struct p9_writer *writer, uint32_t value);
void p9_put_u64(struct p9_writer *writer, uint64_t value);
void p9_put_text(struct p9_writer *writer, const char *bytes, size_t length);

#endif
