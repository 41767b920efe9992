// Linux, Documentation/filesystems/ext4. Each group of 128 MiB begins with its bitmaps and inodes, the first one with
// superblock and descriptors before them, and root, lost+found and journal behind. Nothing else is written: the others'
// bitmaps are made by whoever first uses the group (uninit_bg), and inodes that were never used are the file's holes.
#include "device/scratch_format.h"

#include "host/files.h"
#include "host/linux_errno.h"

#include <string.h>

enum {
  BLOCK_SIZE = SCRATCH_BLOCK_SIZE,
  GROUP_BLOCKS = 32768,
  GROUP_INODES = 8192,
  INODE_SIZE = 256,
  INODE_TABLE_BLOCKS = GROUP_INODES * INODE_SIZE / BLOCK_SIZE,
  GROUP_OVERHEAD = 2 + INODE_TABLE_BLOCKS, // with its bitmaps
  DESCRIPTOR_SIZE = 32,
  DESCRIPTORS_IN_BLOCK = BLOCK_SIZE / DESCRIPTOR_SIZE,
  JOURNAL_BLOCKS_MIN = 1024,
  JOURNAL_BLOCKS_MAX = 8192
};
_Static_assert((uint64_t)GROUP_BLOCKS *BLOCK_SIZE == SCRATCH_GROUP_SIZE, "a group");

enum { ROOT_INODE = 2, JOURNAL_INODE = 8, LOST_INODE = 11, FIRST_FREE_INODE = 12 };

enum {
  SUPER_OFFSET = 1024,
  SUPER_INODES = 0x00,
  SUPER_BLOCKS = 0x04,
  SUPER_FREE_BLOCKS = 0x0c,
  SUPER_FREE_INODES = 0x10,
  SUPER_LOG_BLOCK_SIZE = 0x18,
  SUPER_LOG_CLUSTER_SIZE = 0x1c,
  SUPER_BLOCKS_PER_GROUP = 0x20,
  SUPER_CLUSTERS_PER_GROUP = 0x24,
  SUPER_INODES_PER_GROUP = 0x28,
  SUPER_MAX_MOUNTS = 0x36,
  SUPER_MAGIC = 0x38,
  SUPER_STATE = 0x3a,
  SUPER_ERRORS = 0x3c,
  SUPER_REVISION = 0x4c,
  SUPER_FIRST_INODE = 0x54,
  SUPER_INODE_SIZE = 0x58,
  SUPER_COMPATIBLE = 0x5c,
  SUPER_INCOMPATIBLE = 0x60,
  SUPER_READ_ONLY_COMPATIBLE = 0x64,
  SUPER_UUID = 0x68,
  SUPER_NAME = 0x78,
  SUPER_JOURNAL_INODE = 0xe0,
  SUPER_HASH_SEED = 0xec,
  SUPER_HASH_VERSION = 0xfc,
  SUPER_JOURNAL_BACKUP = 0xfd,
  SUPER_MOUNT_OPTIONS = 0x100,
  SUPER_JOURNAL_BLOCKS = 0x10c,
  SUPER_MIN_EXTRA_SIZE = 0x15c,
  SUPER_WANT_EXTRA_SIZE = 0x15e,
  SUPER_FLAGS = 0x160
};
enum {
  MAGIC = 0xef53,
  CLEAN = 1,
  ERRORS_CONTINUE = 1,
  NEVER = 0xffff,
  HALF_MD4 = 1,
  BACKUP_OF_BLOCKS = 1,
  USER_ATTRIBUTES_AND_ACLS = 0xc,
  SIGNED_HASH = 1,
  HAS_JOURNAL = 0x4,
  EXTENDED_ATTRIBUTES = 0x8,
  INDEXED_DIRECTORIES = 0x20,
  SPARSE_SUPER_2 = 0x200, // backups are in two groups that are named, here in none
  FILE_TYPES = 0x2,
  EXTENTS = 0x40,
  LARGE_FILES = 0x2,
  HUGE_FILES = 0x8,
  DESCRIPTOR_CHECKSUMS = 0x10,
  MANY_SUBDIRECTORIES = 0x20,
  EXTRA_SIZE = 0x40
};

enum {
  GROUP_BLOCK_BITMAP = 0x0,
  GROUP_INODE_BITMAP = 0x4,
  GROUP_INODE_TABLE = 0x8,
  GROUP_FREE_BLOCKS = 0xc,
  GROUP_FREE_INODES = 0xe,
  GROUP_DIRECTORIES = 0x10,
  GROUP_FLAGS = 0x12,
  GROUP_UNUSED_INODES = 0x1c,
  GROUP_CHECKSUM = 0x1e
};
enum { INODES_UNINIT = 1, BLOCKS_UNINIT = 2, INODES_ZEROED = 4 };

enum {
  INODE_MODE = 0x0,
  INODE_LENGTH = 0x4,
  INODE_LINKS = 0x1a,
  INODE_SECTORS = 0x1c,
  INODE_FLAGS = 0x20,
  INODE_BLOCK = 0x28,
  INODE_BLOCK_SIZE = 60,
  INODE_EXTRA_SIZE = 0x80,
  FLAG_EXTENTS = 0x80000,
  EXTENT_MAGIC = 0xf30a,
  EXTENTS_IN_INODE = 4,
  EXTRA_BYTES = 32
};

// Big-endian, as all of a journal.
enum {
  JOURNAL_MAGIC = 0x0,
  JOURNAL_TYPE = 0x4,
  JOURNAL_BLOCK_SIZE = 0xc,
  JOURNAL_LENGTH = 0x10,
  JOURNAL_FIRST = 0x14,
  JOURNAL_SEQUENCE = 0x18,
  JOURNAL_USERS = 0x40,
  TYPE_SUPERBLOCK_2 = 4
};
#define JOURNAL_MAGIC_VALUE 0xc03b3998U

struct layout {
  int file;
  const uint8_t *identity;
  uint32_t groups, descriptor_blocks, journal_blocks;
  uint32_t bitmaps, inodes, root, lost, journal, used; // blocks of group 0; `used` is the first free one
};

static void put(uint8_t *at, uint32_t value, unsigned size) {
  for (unsigned i = 0; i < size; i++)
    at[i] = (uint8_t)(value >> 8 * i);
}

static void put_big(uint8_t *at, uint32_t value) {
  for (unsigned i = 0; i < 4; i++)
    at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get(const uint8_t *at, unsigned size) {
  uint32_t value = 0;
  for (unsigned i = 0; i < size; i++)
    value |= (uint32_t)at[i] << 8 * i;
  return value;
}

// CRC-16 with the reversed polynomial 0xa001, as descriptors have it.
static uint16_t checksum(uint16_t crc, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (unsigned bit = 0; bit < 8; bit++)
      crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa001 : 0));
  }
  return crc;
}

static int write_block(const struct layout *layout, uint64_t block, const uint8_t bytes[BLOCK_SIZE]) {
  for (size_t at = 0; at < BLOCK_SIZE;) {
    const struct files_vector vector = {(uint8_t *)(uintptr_t)bytes + at, BLOCK_SIZE - at};
    size_t done;
    const int error = files_write(layout->file, block * BLOCK_SIZE + at, &vector, 1, &done);
    if (error || done == 0)
      return error ? error : LINUX_EIO;
    at += done;
  }
  return 0;
}

static struct layout lay_out(int file, uint64_t size, const uint8_t *identity) {
  struct layout layout = {.file = file, .identity = identity, .groups = (uint32_t)(size / SCRATCH_GROUP_SIZE)};
  layout.descriptor_blocks = (layout.groups + DESCRIPTORS_IN_BLOCK - 1) / DESCRIPTORS_IN_BLOCK;
  const uint32_t part = layout.groups * (GROUP_BLOCKS / 64);
  layout.journal_blocks = part < JOURNAL_BLOCKS_MIN   ? JOURNAL_BLOCKS_MIN
                          : part > JOURNAL_BLOCKS_MAX ? JOURNAL_BLOCKS_MAX
                                                      : part;
  layout.bitmaps = 1 + layout.descriptor_blocks;
  layout.inodes = layout.bitmaps + 2;
  layout.root = layout.inodes + INODE_TABLE_BLOCKS;
  layout.lost = layout.root + 1;
  layout.journal = layout.lost + 1;
  layout.used = layout.journal + layout.journal_blocks;
  return layout;
}

static void put_descriptor(const struct layout *layout, uint32_t group, uint8_t *at) {
  const uint32_t bitmaps = group ? group * GROUP_BLOCKS : layout->bitmaps;
  const uint32_t used_inodes = group ? 0 : FIRST_FREE_INODE - 1;
  uint8_t number[4];
  put(at + GROUP_BLOCK_BITMAP, bitmaps, 4);
  put(at + GROUP_INODE_BITMAP, bitmaps + 1, 4);
  put(at + GROUP_INODE_TABLE, bitmaps + 2, 4);
  put(at + GROUP_FREE_BLOCKS, GROUP_BLOCKS - (group ? GROUP_OVERHEAD : layout->used), 2);
  put(at + GROUP_FREE_INODES, GROUP_INODES - used_inodes, 2);
  put(at + GROUP_DIRECTORIES, group ? 0 : 2, 2);
  put(at + GROUP_FLAGS, group ? INODES_UNINIT | BLOCKS_UNINIT | INODES_ZEROED : INODES_ZEROED, 2);
  put(at + GROUP_UNUSED_INODES, GROUP_INODES - used_inodes, 2);
  put(number, group, sizeof number);
  uint16_t crc = checksum(0xffff, layout->identity, SCRATCH_IDENTITY);
  crc = checksum(crc, number, sizeof number);
  put(at + GROUP_CHECKSUM, checksum(crc, at, GROUP_CHECKSUM), 2);
}

static int write_descriptors(const struct layout *layout) {
  int error = 0;
  for (uint32_t block = 0; block < layout->descriptor_blocks && !error; block++) {
    uint8_t bytes[BLOCK_SIZE] = {0};
    for (uint32_t i = 0; i < DESCRIPTORS_IN_BLOCK; i++) {
      const uint32_t group = block * DESCRIPTORS_IN_BLOCK + i;
      if (group < layout->groups)
        put_descriptor(layout, group, bytes + i * DESCRIPTOR_SIZE);
    }
    error = write_block(layout, 1 + block, bytes);
  }
  return error;
}

static void set_bits(uint8_t *bytes, uint32_t from, uint32_t to) {
  for (uint32_t bit = from; bit < to; bit++)
    bytes[bit / 8] |= (uint8_t)(1U << bit % 8);
}

static int write_bitmaps(const struct layout *layout) {
  uint8_t bits[BLOCK_SIZE] = {0};
  set_bits(bits, 0, layout->used);
  const int error = write_block(layout, layout->bitmaps, bits);
  memset(bits, 0, sizeof bits);
  set_bits(bits, 0, FIRST_FREE_INODE - 1);
  set_bits(bits, GROUP_INODES, BLOCK_SIZE * 8); // there are no such inodes
  return error ? error : write_block(layout, layout->bitmaps + 1, bits);
}

static void put_inode(uint8_t *table, uint32_t number, uint32_t mode, uint32_t links, uint32_t block, uint32_t count) {
  uint8_t *at = table + (number - 1) * INODE_SIZE, *extents = at + INODE_BLOCK;
  put(at + INODE_MODE, mode, 2);
  put(at + INODE_LENGTH, count * BLOCK_SIZE, 4);
  put(at + INODE_LINKS, links, 2);
  put(at + INODE_SECTORS, count * (BLOCK_SIZE / 512), 4);
  put(at + INODE_FLAGS, FLAG_EXTENTS, 4);
  put(at + INODE_EXTRA_SIZE, EXTRA_BYTES, 2);
  put(extents, EXTENT_MAGIC, 2);
  put(extents + 2, 1, 2); // entries
  put(extents + 4, EXTENTS_IN_INODE, 2);
  put(extents + 16, count, 2);
  put(extents + 20, block, 4);
}

// Of the first inodes; they fit in one block.
static void make_inodes(const struct layout *layout, uint8_t table[BLOCK_SIZE]) {
  enum { DIRECTORY = 0040000, REGULAR = 0100000 };
  put_inode(table, ROOT_INODE, DIRECTORY | 0755, 3, layout->root, 1);
  put_inode(table, LOST_INODE, DIRECTORY | 0700, 2, layout->lost, 1);
  put_inode(table, JOURNAL_INODE, REGULAR | 0600, 1, layout->journal, layout->journal_blocks);
}
_Static_assert((FIRST_FREE_INODE - 1) * INODE_SIZE <= BLOCK_SIZE, "the first inodes are in one block");

static void put_entry(uint8_t *at, uint32_t inode, uint32_t length, const char *name) {
  enum { IS_DIRECTORY = 2 };
  const size_t name_length = strlen(name);
  put(at, inode, 4);
  put(at + 4, length, 2);
  at[6] = (uint8_t)name_length;
  at[7] = IS_DIRECTORY;
  memcpy(at + 8, name, name_length);
}

static int write_directories(const struct layout *layout) {
  enum { DOTS = 12 };
  uint8_t entries[BLOCK_SIZE] = {0};
  put_entry(entries, ROOT_INODE, DOTS, ".");
  put_entry(entries + DOTS, ROOT_INODE, DOTS, "..");
  put_entry(entries + 2 * DOTS, LOST_INODE, BLOCK_SIZE - 2 * DOTS, "lost+found");
  const int error = write_block(layout, layout->root, entries);
  memset(entries, 0, sizeof entries);
  put_entry(entries, LOST_INODE, DOTS, ".");
  put_entry(entries + DOTS, ROOT_INODE, BLOCK_SIZE - DOTS, "..");
  return error ? error : write_block(layout, layout->lost, entries);
}

static int write_journal(const struct layout *layout) {
  uint8_t bytes[BLOCK_SIZE] = {0};
  put_big(bytes + JOURNAL_MAGIC, JOURNAL_MAGIC_VALUE);
  put_big(bytes + JOURNAL_TYPE, TYPE_SUPERBLOCK_2);
  put_big(bytes + JOURNAL_BLOCK_SIZE, BLOCK_SIZE);
  put_big(bytes + JOURNAL_LENGTH, layout->journal_blocks);
  put_big(bytes + JOURNAL_FIRST, 1);
  put_big(bytes + JOURNAL_SEQUENCE, 1);
  put_big(bytes + JOURNAL_USERS, 1);
  return write_block(layout, layout->journal, bytes);
}

static int write_superblock(const struct layout *layout, const uint8_t *inodes) {
  uint8_t bytes[BLOCK_SIZE] = {0}, *super = bytes + SUPER_OFFSET;
  const uint8_t *journal = inodes + (JOURNAL_INODE - 1) * INODE_SIZE;
  put(super + SUPER_INODES, layout->groups * GROUP_INODES, 4);
  put(super + SUPER_BLOCKS, layout->groups * GROUP_BLOCKS, 4);
  put(super + SUPER_FREE_BLOCKS, layout->groups * GROUP_BLOCKS - layout->used - (layout->groups - 1) * GROUP_OVERHEAD,
      4);
  put(super + SUPER_FREE_INODES, layout->groups * GROUP_INODES - (FIRST_FREE_INODE - 1), 4);
  put(super + SUPER_LOG_BLOCK_SIZE, 2, 4); // 1024 << 2
  put(super + SUPER_LOG_CLUSTER_SIZE, 2, 4);
  put(super + SUPER_BLOCKS_PER_GROUP, GROUP_BLOCKS, 4);
  put(super + SUPER_CLUSTERS_PER_GROUP, GROUP_BLOCKS, 4);
  put(super + SUPER_INODES_PER_GROUP, GROUP_INODES, 4);
  put(super + SUPER_MAX_MOUNTS, NEVER, 2);
  put(super + SUPER_MAGIC, MAGIC, 2);
  put(super + SUPER_STATE, CLEAN, 2);
  put(super + SUPER_ERRORS, ERRORS_CONTINUE, 2);
  put(super + SUPER_REVISION, 1, 4);
  put(super + SUPER_FIRST_INODE, LOST_INODE, 4);
  put(super + SUPER_INODE_SIZE, INODE_SIZE, 2);
  put(super + SUPER_COMPATIBLE, HAS_JOURNAL | EXTENDED_ATTRIBUTES | INDEXED_DIRECTORIES | SPARSE_SUPER_2, 4);
  put(super + SUPER_INCOMPATIBLE, FILE_TYPES | EXTENTS, 4);
  put(super + SUPER_READ_ONLY_COMPATIBLE,
      LARGE_FILES | HUGE_FILES | DESCRIPTOR_CHECKSUMS | MANY_SUBDIRECTORIES | EXTRA_SIZE, 4);
  memcpy(super + SUPER_UUID, layout->identity, SCRATCH_IDENTITY);
  memcpy(super + SUPER_NAME, "oci2wasm", 8);
  put(super + SUPER_JOURNAL_INODE, JOURNAL_INODE, 4);
  memcpy(super + SUPER_HASH_SEED, layout->identity, SCRATCH_IDENTITY);
  super[SUPER_HASH_VERSION] = HALF_MD4;
  super[SUPER_JOURNAL_BACKUP] = BACKUP_OF_BLOCKS;
  put(super + SUPER_MOUNT_OPTIONS, USER_ATTRIBUTES_AND_ACLS, 4);
  memcpy(super + SUPER_JOURNAL_BLOCKS, journal + INODE_BLOCK, INODE_BLOCK_SIZE);
  memcpy(super + SUPER_JOURNAL_BLOCKS + INODE_BLOCK_SIZE + 4, journal + INODE_LENGTH, 4);
  put(super + SUPER_MIN_EXTRA_SIZE, EXTRA_BYTES, 2);
  put(super + SUPER_WANT_EXTRA_SIZE, EXTRA_BYTES, 2);
  put(super + SUPER_FLAGS, SIGNED_HASH, 4);
  return write_block(layout, 0, bytes);
}

int scratch_format(int file, uint64_t size, const uint8_t identity[SCRATCH_IDENTITY]) {
  const struct layout layout = lay_out(file, size, identity);
  static uint8_t inodes[BLOCK_SIZE]; // a frame on the stack would be too large with it
  memset(inodes, 0, sizeof inodes);
  int error = files_resize(file, 0);
  // The last block gives the file its size, with zeros: not every host makes a file longer without writing.
  if (!error)
    error = write_block(&layout, size / BLOCK_SIZE - 1, inodes);
  make_inodes(&layout, inodes);
  if (!error)
    error = write_descriptors(&layout);
  if (!error)
    error = write_bitmaps(&layout);
  if (!error)
    error = write_block(&layout, layout.inodes, inodes);
  if (!error)
    error = write_directories(&layout);
  if (!error)
    error = write_journal(&layout);
  return error ? error : write_superblock(&layout, inodes);
}

void scratch_format_read(const uint8_t block[SCRATCH_BLOCK_SIZE], struct scratch_found *found) {
  const uint8_t *super = block + SUPER_OFFSET;
  found->made = get(super + SUPER_MAGIC, 2) == MAGIC && get(super + SUPER_LOG_BLOCK_SIZE, 4) == 2;
  found->size = (uint64_t)get(super + SUPER_BLOCKS, 4) * BLOCK_SIZE;
  memcpy(found->identity, super + SUPER_UUID, SCRATCH_IDENTITY);
}
