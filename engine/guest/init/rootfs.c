#include "rootfs.h"

#include "file.h"
#include "memory.h"
#include "report.h"
#include "sys.h"
#include <linux/mount.h>

static void mount_or_fail(const char *source, const char *target, const char *type, unsigned long flags,
                          const char *options) {
  int result = sys_mount(source, target, type, flags, options);
  if (result < 0)
    fail(EXIT_INIT_FAILED, concat("mounting ", type, " at", NULL), target, result);
}

// Files in memory may take a part of it, so that a file system that is full is an error to whoever writes, and not the
// end of a process. A file takes a kilobyte besides its content: there may be as many as pages of content.
static char *room_for_files(const char *mode, uint64_t bytes) {
  enum { PAGE = 4096 };
  return concat("mode=", mode, ",size=", decimal(bytes), ",nr_inodes=", decimal(bytes / PAGE), NULL);
}

// Of what memory has besides the kernel's own data and a small program.
static uint64_t part_of_memory(unsigned percent) {
  enum { KEPT = 12 << 20 };
  return (memory_total() - KEPT) * percent / 100;
}

static bool is_kept(const struct launch *launch) {
  return launch->scratch != NULL && after_prefix(launch->scratch, "keep") != NULL;
}

// On a disk without a free inode or block the overlay could not make its own folder and files, nor init its. So a disk
// that stays has a few empty folders, of an inode and a block each. They give way from here until the container starts.
static const char *const SPARES[] = {"spare0", "spare1", "spare2", "spare3", "spare4", "spare5", "spare6", "spare7"};
enum { SPARE_COUNT = sizeof SPARES / sizeof *SPARES };

static int disk = -1; // the folder of the spares, while there are none

static void remove_spares(void) {
  disk = sys_open("/rw", O_RDONLY | O_DIRECTORY, 0);
  if (disk < 0)
    fail(EXIT_INIT_FAILED, "opening", "/rw", disk);
  for (size_t i = 0; i < SPARE_COUNT; i++)
    sys_remove_directory_in(disk, SPARES[i]);
}

void rootfs_settle(void) {
  if (disk < 0)
    return;
  // Those that do not fit any more are made when the container has made room.
  for (size_t i = 0; i < SPARE_COUNT; i++)
    sys_make_directory_in(disk, SPARES[i], 0700);
  sys_close(disk);
}

// What the container writes is in memory, or on a disk that the engine has made.
static void mount_writable(const struct launch *launch) {
  enum { ROOT_PERCENT = 60 };
  if (launch->scratch == NULL) {
    mount_or_fail("tmpfs", "/rw", "tmpfs", 0, room_for_files("0755", part_of_memory(ROOT_PERCENT)));
    return;
  }
  int result = sys_mount("/dev/vdb", "/rw", "ext4", 0, NULL);
  if (result < 0)
    fail(EXIT_INIT_FAILED, "mounting the scratch disk (run e2fsck -f on its file, or remove it to begin anew)", NULL,
         result);
  if (is_kept(launch))
    remove_spares();
}

void rootfs_enter(const struct launch *launch) {
  mount_or_fail("/dev/vda", "/lower", "erofs", MS_RDONLY, NULL);
  mount_writable(launch);
  // An earlier run may have made them.
  sys_make_directory("/rw/upper", 0755);
  sys_make_directory("/rw/work", 0755);
  // volatile: what ends with the run needs no fsync.
  mount_or_fail(
      "overlay", "/root", "overlay", 0,
      concat("lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work", is_kept(launch) ? "" : ",volatile", NULL));

  // The initramfs cannot be unmounted: cover it, so that paths and links resolve in the image from here on.
  int result = sys_change_directory("/root");
  if (result == 0)
    result = sys_mount(".", "/", NULL, MS_MOVE, NULL);
  if (result == 0)
    result = sys_change_root(".");
  if (result == 0)
    result = sys_change_directory("/");
  if (result < 0)
    fail(EXIT_INIT_FAILED, "entering the image's root", NULL, result);
}

void rootfs_leave(const struct launch *launch) {
  if (is_kept(launch))
    sys_sync();
}

static void make_devices(void) {
  enum { MEMORY_DEVICES = 1, TTY_DEVICES = 5 };
  static const struct {
    const char *path;
    unsigned major, minor;
  } nodes[] = {
      {"/dev/null", MEMORY_DEVICES, 3},   {"/dev/zero", MEMORY_DEVICES, 5},    {"/dev/full", MEMORY_DEVICES, 7},
      {"/dev/random", MEMORY_DEVICES, 8}, {"/dev/urandom", MEMORY_DEVICES, 9}, {"/dev/tty", TTY_DEVICES, 0},
  };
  static const struct {
    const char *path, *target;
  } links[] = {
      {"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
      {"/dev/stderr", "/proc/self/fd/2"}, {"/dev/ptmx", "pts/ptmx"},
  };
  sys_set_umask(0);
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    int result = sys_make_node(nodes[i].path, S_IFCHR | 0666, nodes[i].major, nodes[i].minor);
    if (result < 0)
      fail(EXIT_INIT_FAILED, "making the device", nodes[i].path, result);
  }
  sys_set_umask(022);
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    int result = sys_symlink(links[i].target, links[i].path);
    if (result < 0)
      fail(EXIT_INIT_FAILED, "making the link", links[i].path, result);
  }
}

// docker's 64 MB, or less in a small guest.
static uint64_t shared_memory_size(void) {
  enum { MOST = 64 << 20, PERCENT = 15 };
  uint64_t part = part_of_memory(PERCENT);
  return part < MOST ? part : MOST;
}

void rootfs_mount_system(const struct launch *launch) {
  enum { DATA_ONLY = MS_NOSUID | MS_NODEV | MS_NOEXEC, DEVICES_SIZE = 2 << 20 };
  folder_make("/proc");
  folder_make("/sys");
  folder_make("/dev");
  mount_or_fail("sysfs", "/sys", "sysfs", launch->privileged ? DATA_ONLY : DATA_ONLY | MS_RDONLY, NULL);
  mount_or_fail("tmpfs", "/dev", "tmpfs", MS_NOSUID, room_for_files("0755", DEVICES_SIZE));
  make_devices();
  folder_make("/dev/pts");
  folder_make("/dev/shm");
  folder_make("/dev/mqueue");
  mount_or_fail("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620,gid=5");
  mount_or_fail("shm", "/dev/shm", "tmpfs", DATA_ONLY, room_for_files("1777", shared_memory_size()));
  mount_or_fail("mqueue", "/dev/mqueue", "mqueue", DATA_ONLY, NULL);
}

// docker's lines; the container's own address, or one of loopback's, is its name's.
static char *hosts_file(const char *hostname, const struct names *names) {
  char *text = concat("127.0.0.1\tlocalhost\n"
                      "::1\tlocalhost ip6-localhost ip6-loopback\n"
                      "fe00::\tip6-localnet\n"
                      "ff00::\tip6-mcastprefix\n"
                      "ff02::1\tip6-allnodes\n"
                      "ff02::2\tip6-allrouters\n",
                      NULL);
  for (size_t i = 0; i < names->hosts->count; i++) {
    char *address = concat(names->hosts->items[i], NULL);
    char *name = next_field(&address, ' ');
    if (address == NULL)
      fail(EXIT_INIT_FAILED, "reading the launch description: malformed run.host", name, 0);
    text = concat(text, address, "\t", name, "\n", NULL);
  }
  return concat(text, names->address == NULL ? "127.0.1.1" : names->address, "\t", hostname, "\n", NULL);
}

static const char *resolver_file(const struct names *names) {
  // No network beyond loopback: a resolver fails at once instead of waiting for an answer.
  if (names->name_server == NULL)
    return "# There is no name server: this container has no network.\n";
  char *text = concat("nameserver ", names->name_server, "\n", NULL);
  for (size_t i = 0; i < names->resolving->count; i++)
    text = concat(text, names->resolving->items[i], "\n", NULL);
  return text;
}

void rootfs_write_names(const char *hostname, const struct names *names) {
  folder_make("/etc");
  file_replace("/etc/hostname", concat(hostname, "\n", NULL));
  file_replace("/etc/hosts", hosts_file(hostname, names));
  file_replace("/etc/resolv.conf", resolver_file(names));
  // Where the image has one, it stays.
  sys_symlink("/proc/mounts", "/etc/mtab");
}

void rootfs_mount_shares(const struct string_list *shares, uint32_t uid, uint32_t gid) {
  // The server has no users of its own: it learns from the first attach's user name as whose the files shall appear
  // that nobody else made. Every user attaches anew (access=client), so that it knows who makes a file; what they may
  // do is checked here, by the modes that it shows. Reads and writes go to the server at once (directio): only what is
  // mapped is kept here, as the host may change files at any time.
  char *options =
      concat("trans=virtio,version=9p2000.L,msize=131072,access=client,cache=mmap,directio,uname=", decimal(uid), ":",
             decimal(gid), NULL);
  for (size_t i = 0; i < shares->count; i++) {
    char *path = shares->items[i];
    char *tag = next_field(&path, ' ');
    if (path == NULL || path[0] != '/')
      fail(EXIT_INIT_FAILED, "reading the launch description: malformed run.mount", tag, 0);
    folder_make(path);
    mount_or_fail(tag, path, "9p", 0, options);
  }
}
