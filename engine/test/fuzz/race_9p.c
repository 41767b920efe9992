// race_9p SECONDS SEED     cases with the seeds SEED, SEED + 1, ..., until the time is over
// race_9p --processor SECONDS SEED     the same, until so much processor time is used
// race_9p --case SEED      one case again, with its messages
//
// Two 9P clients with shares of which one lies in the other, and somebody on the host who changes both, do random
// things. In every other case they take turns, and the seed repeats all of it. In the others each client is an engine
// of its own, all three run at the same time, and the seed repeats what they try.
//
// A finding is a report of ASan or UBSan, a malformed reply, a fid or a file left open, a client that does not end, and
// anything read or changed outside of the shares.
#include "race_client.h"
#include "race_world.h"

#include "host/native/files.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 2, MESSAGES = 400, CASE_SECONDS = 30, CHANGES_BEFORE = 40 };

static bool shows;

static void set_limit(void) {
  const struct itimerval limit = {.it_value.tv_sec = CASE_SECONDS};
  setitimer(ITIMER_VIRTUAL, &limit, NULL); // its signal ends the process
}

static void ask(struct race_client *client) {
  const char *wrong = race_client_ask(client);
  if (shows)
    fprintf(stderr, "%s\n", race_client_latest());
  if (!wrong)
    return;
  fprintf(stderr, "%s\nafter %s\n", wrong, race_client_latest());
  _exit(1);
}

static void end(const struct race_client *client) {
  const char *left = race_client_end(client);
  if (!left)
    return;
  fprintf(stderr, "share %u: %s\n", client->share, left);
  _exit(1);
}

static void take_turns(struct race_client *clients, struct dice *dice) {
  set_limit();
  for (unsigned i = 0; i < CLIENTS; i++)
    race_client_start(&clients[i]);
  for (unsigned message = 0; message < CLIENTS * MESSAGES; message++) {
    if (one_in(dice, 10))
      race_outsider(dice);
    ask(&clients[roll(dice, CLIENTS)]);
  }
  for (unsigned i = 0; i < CLIENTS; i++)
    end(&clients[i]);
}

_Noreturn static void run_alone(struct race_client *client) {
  set_limit();
  race_client_start(client);
  for (unsigned message = 0; message < MESSAGES; message++)
    ask(client);
  end(client);
  _exit(0);
}

// True if the process ended well.
static bool join(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) != child)
    return false;
  if (WIFSIGNALED(status))
    fprintf(stderr, WTERMSIG(status) == SIGVTALRM ? "a client does not end\n" : "a client was killed by a signal\n");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_running(pid_t child) {
  siginfo_t ended = {0};
  return waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

// Where the second client has the first one's share too, they meet everywhere.
static bool race(struct race_client *clients, struct dice *dice) {
  pid_t children[CLIENTS];
  bool good = true;
  clients[1].share = one_in(dice, 3) ? 0 : 1;
  for (unsigned i = 0; i < CLIENTS; i++) {
    children[i] = fork();
    if (children[i] == 0)
      run_alone(&clients[i]);
  }
  while (is_running(children[0]) || is_running(children[1]))
    race_outsider(dice);
  for (unsigned i = 0; i < CLIENTS; i++)
    good = join(children[i]) && good;
  return good;
}

// The case's own process, so that each begins without what servers keep.
_Noreturn static void case_process(struct dice *dice, bool racing) {
  struct race_client clients[CLIENTS];
  if (!host_native_share("/outer", race_outer()) || !host_native_share("/inner", race_inner()) || !race_client_init())
    _exit(2);
  for (unsigned i = 0; i < CLIENTS; i++)
    clients[i] = (struct race_client){.dice.state = roll_bits(dice), .share = i};
  for (unsigned i = 0; i < CHANGES_BEFORE; i++)
    race_outsider(dice);
  if (racing && !race(clients, dice))
    _exit(1);
  if (!racing)
    take_turns(clients, dice);
  if (shows)
    fprintf(stderr, "%llu replies were no errors\n", (unsigned long long)race_client_successes());
  _exit(0);
}

static bool run_case(uint64_t seed) {
  struct dice dice = {.state = seed * UINT64_C(0xd1342543de82ef95)};
  if (!race_make()) {
    fprintf(stderr, "cannot make folders for the shares\n");
    return false;
  }
  const pid_t child = fork();
  if (child == 0)
    case_process(&dice, seed % 2);
  bool good = join(child);
  const char *changed = race_changed();
  if (changed)
    fprintf(stderr, "changed or read: %s\n", changed);
  race_remove();
  return good && !changed;
}

static double processor_seconds(void) {
  struct rusage own, children;
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  const struct timeval times[] = {own.ru_utime, own.ru_stime, children.ru_utime, children.ru_stime};
  double sum = 0;
  for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
    sum += (double)times[i].tv_sec + (double)times[i].tv_usec / 1e6;
  return sum;
}

int main(int count, char **arguments) {
  const char *program = arguments[0];
  const bool by_processor = count == 4 && strcmp(arguments[1], "--processor") == 0;
  if (count != 3 && !by_processor) {
    fprintf(stderr, "usage: %s [--processor] SECONDS SEED | --case SEED\n", program);
    return 2;
  }
  shows = strcmp(arguments[1], "--case") == 0;
  const long seconds = atol(arguments[count - 2]); // 0 for --case
  const time_t end_time = time(NULL) + seconds;
  const uint64_t first = strtoull(arguments[count - 1], NULL, 10);
  uint64_t seed = first;
  bool good = true;
  printf("%s: seeds from %llu\n", program, (unsigned long long)first);
  fflush(stdout);
  do {
    good = run_case(seed++);
  } while (good && (by_processor ? processor_seconds() < (double)seconds : time(NULL) < end_time));
  if (!good) {
    fprintf(stderr, "%s: a finding with seed %llu; to run it again: %s --case %llu\n", program,
            (unsigned long long)seed - 1, program, (unsigned long long)seed - 1);
    return 1;
  }
  printf("%s: %llu cases of %u messages, %.0f s of processor time: clean\n", program,
         (unsigned long long)(seed - first), CLIENTS * MESSAGES, processor_seconds());
  return 0;
}
