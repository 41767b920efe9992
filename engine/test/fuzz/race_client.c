#include "race_client.h"

#include "client_9p.h"
#include "race_world.h"

#include <dirent.h>

enum { SHARES = 2, FIDS = 12, ERRORS_MAX = 133, QID_SIZE = 13, GETATTR_SIZE = 153, STATFS_SIZE = 60, LOCK_MAX = 64 };
enum { READ_MAX = 6000, O_TRUNC_ = 01000, O_APPEND_ = 02000, O_EXCL_ = 0200, O_DIRECTORY_ = 0200000 };

static struct p9_server servers[SHARES];
static char latest[160];
static uint64_t successes;

bool race_client_init(void) {
  for (unsigned share = 0; share < SHARES; share++) {
    if (!p9_server_init(&servers[share], share))
      return false;
  }
  return true;
}

const char *race_client_latest(void) {
  return latest;
}

uint64_t race_client_successes(void) {
  return successes;
}

static void start_session(void) {
  if (!client_start())
    abort();
}

void race_client_start(const struct race_client *client) {
  serving = &servers[client->share];
  start_session();
}

enum want { WANT_ANY, WANT_FREE, WANT_DIRECTORY, WANT_SPARE_DIRECTORY, WANT_CLOSED, WANT_OPEN, WANT_OPEN_DIRECTORY };

static bool suits(const struct p9_fid *fid, enum want want) {
  if (want == WANT_FREE || !fid)
    return want == WANT_FREE && !fid;
  const bool directory = fid->node->kind == FILE_DIRECTORY;
  switch (want) {
  case WANT_DIRECTORY: return directory;
  case WANT_SPARE_DIRECTORY: return directory && !fid->open && fid->number; // fid 0 stays at the top
  case WANT_CLOSED: return !fid->open && fid->number;
  case WANT_OPEN: return fid->open && !directory;
  case WANT_OPEN_DIRECTORY: return fid->open && directory;
  default: return true;
  }
}

// A fid of that kind if there is one: random numbers seldom do anything.
static void put_fid(struct dice *dice, enum want want) {
  const unsigned start = roll(dice, FIDS);
  uint32_t number = one_in(dice, 20) ? (uint32_t)roll_bits(dice) : start;
  for (unsigned i = 0; i < FIDS; i++) {
    const uint32_t other = (start + i) % FIDS;
    if (number == start && suits(p9_fid_find(&serving->fids, other), want)) {
      number = other;
      break;
    }
  }
  u32(number);
}

static void put_name(struct dice *dice) {
  static const char *const BAD[] = {"..", ".", "", "a/b", "../outside"};
  text(one_in(dice, 30) ? BAD[roll(dice, 5)] : race_name(dice));
}

static uint32_t open_flags(struct dice *dice) {
  uint32_t flags = roll(dice, 3);
  flags |= one_in(dice, 4) ? O_TRUNC_ : 0;
  flags |= one_in(dice, 6) ? O_APPEND_ : 0;
  flags |= one_in(dice, 8) ? O_EXCL_ : 0;
  return one_in(dice, 3) ? O_DIRECTORY_ : flags;
}

static uint32_t mode_of(struct dice *dice) {
  static const uint32_t TYPES[] = {0100000, 0010000, 0020000, 0060000, 0140000, 0040000};
  return TYPES[roll(dice, 6)] | (uint32_t)(roll_bits(dice) & 07777);
}

static void put_walk(struct dice *dice) {
  const unsigned names = roll(dice, 3);
  put_fid(dice, WANT_DIRECTORY);
  put_fid(dice, one_in(dice, 10) ? WANT_ANY : WANT_FREE);
  u16(names);
  for (unsigned i = 0; i < names; i++)
    one_in(dice, 10) ? text("..") : put_name(dice);
}

static void put_write(struct dice *dice) {
  const uint32_t length = roll(dice, 600);
  put_fid(dice, WANT_OPEN);
  u64(one_in(dice, 30) ? roll_value(dice) >> 16 : roll(dice, 5000));
  u32(length);
  memset(request_bytes + request.length, 'w', length);
  request.length += length;
}

static void put_setattr(struct dice *dice) {
  put_fid(dice, WANT_ANY);
  u32((int64_t)(roll_bits(dice) & 0x1ff));
  u32(mode_of(dice));
  u32(roll(dice, 2000));
  u32(roll(dice, 2000));
  u64(one_in(dice, 20) ? roll_value(dice) >> 20 : roll(dice, 5000));
  for (unsigned i = 0; i < 4; i++)
    u64(roll(dice, 1000000000));
}

static enum want wanted_by(uint8_t type) {
  switch (type) {
  case P9_TLOPEN:
  case P9_TREMOVE:
  case P9_TRENAME:
  case P9_TCLUNK: return WANT_CLOSED;
  case P9_TREAD: return WANT_OPEN;
  case P9_TREADDIR: return WANT_OPEN_DIRECTORY;
  case P9_TLCREATE: return WANT_SPARE_DIRECTORY;
  case P9_TMKDIR:
  case P9_TMKNOD:
  case P9_TSYMLINK:
  case P9_TLINK:
  case P9_TRENAMEAT:
  case P9_TUNLINKAT: return WANT_DIRECTORY;
  default: return WANT_ANY;
  }
}

// The fields of one message.
static void put_fields(struct dice *dice, uint8_t type) {
  switch (type) {
  case P9_TWALK: put_walk(dice); return;
  case P9_TWRITE: put_write(dice); return;
  case P9_TSETATTR: put_setattr(dice); return;
  case P9_TVERSION: u32(one_in(dice, 4) ? roll(dice, 9000) : CLIENT_MSIZE), text("9P2000.L"); return;
  case P9_TATTACH: put_fid(dice, WANT_FREE), u32(CLIENT_NO_FID), text("5:6"), text(""), u32(roll(dice, 3)); return;
  default: break;
  }
  put_fid(dice, wanted_by(type));
  switch (type) {
  case P9_TLOPEN: u32(open_flags(dice)); break;
  case P9_TLCREATE: put_name(dice), u32(open_flags(dice)), u32(mode_of(dice)), u32(7); break;
  case P9_TREAD:
  case P9_TREADDIR:
    u64(type == P9_TREADDIR && one_in(dice, 2) ? 0 : roll(dice, 5000));
    u32(1 + roll(dice, READ_MAX));
    break;
  case P9_TMKDIR: put_name(dice), u32(mode_of(dice)), u32(7); break;
  case P9_TMKNOD: put_name(dice), u32(mode_of(dice)), u32(1), u32(3), u32(7); break;
  case P9_TSYMLINK: put_name(dice), text(race_target(dice)), u32(7); break;
  case P9_TLINK: put_fid(dice, WANT_ANY), put_name(dice); break;
  case P9_TRENAME: put_fid(dice, WANT_DIRECTORY), put_name(dice); break;
  case P9_TRENAMEAT: put_name(dice), put_fid(dice, WANT_DIRECTORY), put_name(dice); break;
  case P9_TUNLINKAT: put_name(dice), u32(one_in(dice, 2) ? 0x200 : 0); break;
  case P9_TGETATTR: u64(0x7ff); break;
  case P9_TFSYNC: u32(roll(dice, 2)); break;
  case P9_TLOCK: u8(roll(dice, 3)), u32(roll(dice, 2)), u64(0), u64(0), u32(1), text("client"); break;
  case P9_TGETLOCK: u8(roll(dice, 3)), u64(0), u64(0), u32(1), text("client"); break;
  default: break; // a fid and nothing else
  }
}

static uint8_t random_type(struct dice *dice) {
  static const uint8_t OFTEN[] = {P9_TWALK,     P9_TLOPEN,    P9_TLCREATE, P9_TREAD,   P9_TWRITE,   P9_TREADDIR,
                                  P9_TMKDIR,    P9_TRENAMEAT, P9_TRENAME,  P9_TLINK,   P9_TSYMLINK, P9_TCLUNK,
                                  P9_TUNLINKAT, P9_TGETATTR,  P9_TSETATTR, P9_TREMOVE, P9_TMKNOD,   P9_TREADLINK};
  static const uint8_t SELDOM[] = {P9_TSTATFS, P9_TFSYNC,   P9_TLOCK,     P9_TGETLOCK,
                                   P9_TATTACH, P9_TVERSION, P9_TXATTRWALK};
  if (one_in(dice, 25))
    return SELDOM[roll(dice, sizeof SELDOM)];
  return one_in(dice, 4) ? P9_TWALK : OFTEN[roll(dice, sizeof OFTEN)];
}

static bool take_good_qid(uint64_t *path) {
  const uint8_t type = take_qid(path);
  return type == QID_FILE || type == QID_LINK || type == QID_DIRECTORY;
}

static bool holds(const char *text, size_t length) {
  return memmem(reply_bytes, reply.length, text, length) != NULL;
}

// All entries of a listing, which must fill the reply. Where a client makes up the place it gets any names.
static bool good_listing(void) {
  static const uint8_t START[sizeof(uint64_t)];
  const bool from_start = memcmp(request_bytes + P9_HEADER_SIZE + sizeof(uint32_t), START, sizeof START) == 0;
  const uint32_t length = p9_take_u32(&reply);
  if (length != reply.length - reply.at)
    return false;
  while (reply.at < reply.length) {
    uint64_t path;
    if (!take_good_qid(&path))
      return false;
    p9_take_u64(&reply);
    p9_take_u8(&reply);
    const struct p9_text name = p9_take_text(&reply);
    if (from_start && (name.length == 0 || memchr(name.bytes, '/', name.length)))
      return false;
  }
  return !reply.failed;
}

static bool good_qids(unsigned count, size_t rest) {
  uint64_t path;
  for (; count; count--) {
    if (!take_good_qid(&path))
      return false;
  }
  return reply.length - reply.at == rest && !reply.failed;
}

static bool good_body(uint8_t type) {
  switch (type) {
  case P9_TWALK: return good_qids(p9_take_u16(&reply), 0);
  case P9_TATTACH:
  case P9_TSYMLINK:
  case P9_TMKDIR:
  case P9_TMKNOD: return good_qids(1, 0);
  case P9_TLOPEN:
  case P9_TLCREATE: return good_qids(1, 4);
  case P9_TREAD: return p9_take_u32(&reply) == reply.length - reply.at;
  case P9_TREADDIR: return good_listing();
  case P9_TWRITE: return p9_take_u32(&reply) < 600 && reply.at == reply.length;
  case P9_TREADLINK: p9_take_text(&reply); return p9_ended(&reply);
  case P9_TGETATTR: return reply.length - reply.at == GETATTR_SIZE;
  case P9_TSTATFS: return reply.length - reply.at == STATFS_SIZE;
  case P9_TLOCK: return reply.length - reply.at == 1;
  case P9_TGETLOCK: return reply.length - reply.at <= LOCK_MAX;
  case P9_TVERSION: p9_take_u32(&reply), p9_take_text(&reply); return p9_ended(&reply);
  default: return reply.at == reply.length;
  }
}

static const char *check_reply(uint8_t type, uint32_t total) {
  uint32_t size;
  memcpy(&size, reply_bytes, sizeof size);
  if (total < P9_HEADER_SIZE || size != total || reply_bytes[5] != CLIENT_TAG || reply_bytes[6] != 0)
    return "the reply's header is wrong";
  if (holds(RACE_SECRET, strlen(RACE_SECRET)))
    return "the reply holds what a file outside holds";
  if (type == P9_TREADDIR && holds(RACE_SECRET_NAME, strlen(RACE_SECRET_NAME)))
    return "the reply names a file outside";
  if (reply_bytes[4] == P9_RLERROR) {
    const uint32_t error = p9_take_u32(&reply);
    return total == P9_ERROR_SIZE && error > 0 && error <= ERRORS_MAX ? NULL : "the reply's error is none";
  }
  successes++;
  if (reply_bytes[4] != type + 1)
    return "the reply is of another type";
  return good_body(type) ? NULL : "the reply's body is wrong";
}

const char *race_client_ask(struct race_client *client) {
  struct dice *dice = &client->dice;
  const uint8_t type = random_type(dice);
  serving = &servers[client->share];
  begin(type);
  put_fields(dice, type);
  int length = snprintf(latest, sizeof latest, "share %u, type %u:", client->share, type);
  for (size_t i = P9_HEADER_SIZE; i < request.length && i < P9_HEADER_SIZE + 40; i++)
    length +=
        snprintf(latest + length, sizeof latest - (size_t)length, "%s%02x", i % 4 == 3 ? " " : "", request_bytes[i]);
  const char *wrong = check_reply(type, send_as((uint32_t)request.length, request.length));
  if (type == P9_TVERSION && !wrong)
    start_session(); // all fids are gone
  return wrong;
}

static unsigned open_files(void) {
  unsigned count = 0;
  DIR *directory = opendir("/proc/self/fd");
  while (directory && readdir(directory))
    count++;
  if (directory)
    closedir(directory);
  return count;
}

const char *race_client_end(const struct race_client *client) {
  static const char *left[] = {NULL, "fids are left", "names are left", "files are left open"};
  struct p9_server *server_of = &servers[client->share];
  unsigned wrong = 0, free_fids = 0, free_nodes = 0, open_fids = 0;
  for (unsigned i = 0; i < server_of->fids.used; i++)
    open_fids += server_of->fids.fids[i].open;
  const unsigned files = open_files();
  serving = server_of;
  for (unsigned bucket = 0; bucket < P9_FID_BUCKETS; bucket++) {
    while (server_of->fids.buckets[bucket])
      send_fid(P9_TCLUNK, server_of->fids.buckets[bucket]->number);
  }
  for (const struct p9_fid *fid = server_of->fids.free; fid; fid = fid->next)
    free_fids++;
  for (const struct p9_node *node = server_of->tree.free; node; node = node->next)
    free_nodes++;
  if (free_fids != server_of->fids.used)
    wrong = 1;
  else if (free_nodes != server_of->tree.used || server_of->tree.root.references != 1)
    wrong = 2;
  else if (open_files() != files - open_fids)
    wrong = 3;
  return left[wrong];
}
