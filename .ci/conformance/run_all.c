// The program of an image that holds a suite: runs the commands of a list, one a line, words split at blanks, and tells
// how each ended.
//
//   run_all SECONDS LIST    prints "=== begin COMMAND", the command's output, "=== end STATUS COMMAND" for each line;
//                           STATUS is the exit status, 128 and the signal, or "timeout"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 64, NOT_STARTED = 127 };

static void child(char *line) {
  char *words[WORDS_MAX + 1];
  int count = 0;
  for (char *word = strtok(line, " \t"); word && count < WORDS_MAX; word = strtok(NULL, " \t"))
    words[count++] = word;
  words[count] = NULL;
  setpgid(0, 0);
  dup2(open("/dev/null", O_RDONLY), 0);
  dup2(1, 2);
  if (count > 0)
    execvp(words[0], words);
  perror(line);
  _exit(NOT_STARTED);
}

// SIGCHLD, which is blocked, says when to look.
static void await(pid_t pid, int seconds, const char *line) {
  struct timespec now, left = {.tv_sec = seconds};
  sigset_t ended;
  int status;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  clock_gettime(CLOCK_MONOTONIC, &now);
  const time_t until = now.tv_sec + seconds;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (sigtimedwait(&ended, NULL, &left) < 0) {
      kill(-pid, SIGKILL);
      waitpid(pid, &status, 0);
      printf("\n=== end timeout %s\n", line);
      return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    left.tv_sec = until > now.tv_sec ? until - now.tv_sec : 0;
  }
  kill(-pid, SIGKILL); // what it left behind
  printf("\n=== end %d %s\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), line);
}

int main(int count, char **arguments) {
  FILE *list = count == 3 ? fopen(arguments[2], "r") : NULL;
  const int seconds = count == 3 ? atoi(arguments[1]) : 0;
  char line[4096], copy[4096];
  sigset_t ended;
  if (!list || seconds <= 0) {
    fprintf(stderr, "usage: run_all SECONDS LIST\n");
    return 2;
  }
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, NULL);
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    printf("=== begin %s\n", line);
    fflush(stdout);
    strcpy(copy, line);
    const pid_t pid = fork();
    if (pid == 0) {
      sigprocmask(SIG_UNBLOCK, &ended, NULL);
      child(copy);
    }
    if (pid < 0)
      printf("\n=== end nofork %s\n", line);
    else
      await(pid, seconds, line);
    fflush(stdout);
  }
  return 0;
}
