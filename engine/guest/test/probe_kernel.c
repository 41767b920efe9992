#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void *map(size_t size, int fd, off_t offset) {
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void *space = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, offset);
  must("mmap", space == MAP_FAILED ? -1 : 0);
  return space;
}

// A request that does nothing goes through both rings.
void probe_uring(void) {
  struct io_uring_params params = {0};
  const int ring = (int)must("io_uring_setup", syscall(SYS_io_uring_setup, 4, &params));
  char *submissions = map(PAGE, ring, IORING_OFF_SQ_RING);
  char *completions = map(PAGE, ring, IORING_OFF_CQ_RING);
  struct io_uring_sqe *entries = map(PAGE, ring, IORING_OFF_SQES);
  entries[0] = (struct io_uring_sqe){.opcode = IORING_OP_NOP, .user_data = 42};
  ((unsigned *)(submissions + params.sq_off.array))[0] = 0;
  *(unsigned *)(submissions + params.sq_off.tail) = 1;
  must("io_uring_enter", syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
  const struct io_uring_cqe *done = (struct io_uring_cqe *)(completions + params.cq_off.cqes);
  must_be("the request is done", *(unsigned *)(completions + params.cq_off.tail) == 1 && done->user_data == 42);
}

static int fault_fd;

static void *answer_fault(void *unused) {
  struct uffd_msg message;
  static char content[PAGE] = "content";
  must_be("a fault is told", read(fault_fd, &message, sizeof message) == sizeof message);
  const unsigned long page = message.arg.pagefault.address & ~(PAGE - 1ul);
  struct uffdio_copy copy = {.dst = page, .src = (unsigned long)content, .len = PAGE};
  must("UFFDIO_COPY", ioctl(fault_fd, UFFDIO_COPY, &copy));
  return unused;
}

void probe_userfaultfd(void) {
  fault_fd = (int)must("userfaultfd", syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY | O_CLOEXEC));
  struct uffdio_api api = {.api = UFFD_API};
  must("UFFDIO_API", ioctl(fault_fd, UFFDIO_API, &api));
  char *space = map(PAGE, -1, 0);
  struct uffdio_register range = {.range = {(unsigned long)space, PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  must("UFFDIO_REGISTER", ioctl(fault_fd, UFFDIO_REGISTER, &range));
  pthread_t thread;
  must_be("a thread", pthread_create(&thread, NULL, answer_fault, NULL) == 0);
  must_be("the page is what was copied", strcmp(space, "content") == 0);
  pthread_join(thread, NULL);
}

// As on a host that has reserved none of them: there are large pages, but no room.
void probe_hugetlb(void) {
  const int fd = (int)must("memfd_create", memfd_create("large", MFD_HUGETLB));
  must("ftruncate", ftruncate(fd, 2 << 20));
}

void probe_secret(void) {
  const int fd = (int)must("memfd_secret", syscall(SYS_memfd_secret, 0));
  must("ftruncate", ftruncate(fd, PAGE));
  char *space = map(PAGE, fd, 0);
  strcpy(space, "secret");
  struct iovec from = {space, 6}, to = {(char[6]){0}, 6};
  must_be("other programs cannot read it", process_vm_readv(getpid(), &to, 1, &from, 1, 0) == -1 && errno == EFAULT);
}

void probe_ipc(void) {
  struct {
    long type;
    char text[4];
  } message = {1, "one"};
  const int queue = (int)must("msgget", msgget(IPC_PRIVATE, 0600));
  must("msgsnd", msgsnd(queue, &message, sizeof message.text, 0));
  must_be("the message arrives", msgrcv(queue, &message, sizeof message.text, 1, 0) == sizeof message.text);
  const int semaphore = (int)must("semget", semget(IPC_PRIVATE, 1, 0600));
  must("semop", semop(semaphore, &(struct sembuf){.sem_op = 1}, 1));
  char *shared = shmat((int)must("shmget", shmget(IPC_PRIVATE, PAGE, 0600)), NULL, 0);
  must("shmat", shared == (char *)-1 ? -1 : 0);
  *shared = 1;
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
  must("mq_open", mq_open("/probe", O_CREAT | O_RDWR, 0600, &attributes));
  must("access", access("/dev/mqueue/probe", F_OK));
}

void probe_core(void) {
  char pattern[8] = "", magic[5] = "";
  must_be("core_pattern is core", read(open("/proc/sys/kernel/core_pattern", O_RDONLY), pattern, 5) == 5);
  must_be("core_pattern is core", strcmp(pattern, "core\n") == 0);
  must("chdir", chdir("/tmp"));
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  must("setrlimit", setrlimit(RLIMIT_CORE, &none));
  int status;
  const pid_t child = (pid_t)must("fork", fork());
  if (child == 0)
    abort();
  must("wait", waitpid(child, &status, 0));
  must_be("core dumped", WIFSIGNALED(status) && WCOREDUMP(status));
  must_be("core is an ELF file", read(open("core", O_RDONLY), magic, 4) == 4 && strcmp(magic, "\177ELF") == 0);
}

void probe_keys(void) {
  const long key = must("add_key", syscall(SYS_add_key, "user", "probe", "value", 5, KEY_SPEC_PROCESS_KEYRING));
  char value[8] = "";
  must("keyctl", syscall(SYS_keyctl, KEYCTL_READ, key, value, sizeof value));
  must_be("the key's value", strcmp(value, "value") == 0);
  must("access", access("/proc/key-users", R_OK));
}

void probe_dnotify(void) {
  signal(SIGUSR1, SIG_IGN);
  const int folder = (int)must("open", open("/tmp", O_RDONLY | O_DIRECTORY));
  must("F_SETSIG", fcntl(folder, F_SETSIG, SIGUSR1));
  must("F_NOTIFY", fcntl(folder, F_NOTIFY, DN_CREATE));
}

void probe_kcmp(void) {
  must_be("a file is itself", syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 1, 1) == 0);
}

void probe_thp(void) {
  char *space = map(8 << 20, -1, 0);
  must("MADV_HUGEPAGE", madvise(space, 8 << 20, MADV_HUGEPAGE));
}

#ifdef __x86_64__
// Old programs call the kernel at fixed addresses, where nothing can be read.
void probe_vsyscall(void) {
  const unsigned long page = 0xffffffffff600000;
  struct timeval time = {0}, now = {0};
  int status;
  must("gettimeofday", ((int (*)(struct timeval *, void *))page)(&time, NULL));
  must("gettimeofday", gettimeofday(&now, NULL));
  must_be("the time is now", labs(time.tv_sec - now.tv_sec) <= 1);
  const pid_t child = (pid_t)must("fork", fork());
  if (child == 0)
    _exit(*(volatile char *)page);
  must("wait", waitpid(child, &status, 0));
  must_be("reading it is SIGSEGV", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}
#endif
