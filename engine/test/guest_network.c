// A guest's side of network.py: servers and clients with nothing but sockets.
//
//   network echo PORT [ADDRESS]  sends back what each connection brings, until it ends; says "ready" before
//   network udp PORT [ADDRESS]   the same for datagrams
//   network send ADDRESS PORT N  sends N bytes, ends, and says "same" if they come back
//   network push ADDRESS PORT N  sends N bytes and waits for the end
//   network pull ADDRESS PORT N  takes N bytes
//   network connect ADDRESS PORT says what connect(2) says
//   network ask ADDRESS PORT TEXT  sends a datagram and says the answer, or what recv(2) says; TEXT is repeated
//                                until it has 3,000 bytes if it is "long"
//   network name NAME            says the address; name6: that of IPv6; name-tcp: asked for by TCP
//   network ping ADDRESS         says "answered", or what recv(2) says
//   network dhcp                 says which address a server of DHCP offers
//   network pause SECONDS        waits
//   network copy CODE            copies its input to its output, and ends with CODE
//
// Several, with a word "," between them, are done one after the other; what "&" follows goes on beside the next.
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 1100, BUFFER = 65536 };

struct connection {
  size_t start, end;
  int file, ended;
  char bytes[BUFFER];
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

// Of either family; none at all is IPv4's, "::" means both.
static struct sockaddr_in6 address_of(const char *address, const char *port) {
  struct sockaddr_in6 made = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
  struct sockaddr_in *four = (struct sockaddr_in *)&made; // with its port in the same place
  if (address && strchr(address, ':')) {
    inet_pton(AF_INET6, address, &made.sin6_addr);
    return made;
  }
  four->sin_family = AF_INET;
  four->sin_addr.s_addr = address ? inet_addr(address) : INADDR_ANY;
  return made;
}

// Moves what it can; 0 when the connection is over.
static int serve(struct connection *connection) {
  const int file = connection->file;
  if (connection->start == connection->end && !connection->ended) {
    const ssize_t got = recv(file, connection->bytes, BUFFER, MSG_DONTWAIT);
    if (got < 0)
      return errno == EAGAIN;
    connection->ended = got == 0;
    connection->start = 0;
    connection->end = (size_t)got;
  }
  if (connection->start != connection->end) {
    const ssize_t sent = send(file, connection->bytes + connection->start, connection->end - connection->start,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
      return errno == EAGAIN;
    connection->start += (size_t)sent;
  }
  return !connection->ended || connection->start != connection->end;
}

static void watch(int all, int how, int file, uint32_t events, struct connection *connection) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  epoll_ctl(all, how, file, &event);
}

static void accept_one(int all, int listener) {
  const int file = accept(listener, NULL, NULL);
  if (file < 0)
    die("accept");
  struct connection *connection = calloc(1, sizeof *connection);
  connection->file = file;
  watch(all, EPOLL_CTL_ADD, file, EPOLLIN, connection);
}

static void echo(const char *port, const char *at) {
  const struct sockaddr_in6 address = address_of(at, port);
  const struct rlimit files = {.rlim_cur = CONNECTIONS + 10, .rlim_max = CONNECTIONS + 10};
  setrlimit(RLIMIT_NOFILE, &files);
  const int listener = socket(address.sin6_family, SOCK_STREAM, 0);
  if (bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0)
    die("listen");
  puts("ready");
  fflush(stdout);
  const int all = epoll_create1(0);
  watch(all, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
  for (;;) {
    struct epoll_event ready[64];
    const int count = epoll_wait(all, ready, sizeof ready / sizeof *ready, -1);
    for (int i = 0; i < count; i++) {
      struct connection *connection = ready[i].data.ptr;
      if (!connection) {
        accept_one(all, listener);
      } else if (serve(connection)) {
        watch(all, EPOLL_CTL_MOD, connection->file, connection->start == connection->end ? EPOLLIN : EPOLLOUT,
              connection);
      } else {
        close(connection->file);
        free(connection);
      }
    }
  }
}

static void udp(const char *port, const char *at) {
  static char bytes[BUFFER];
  struct sockaddr_in6 address = address_of(at, port);
  const int server = socket(address.sin6_family, SOCK_DGRAM, 0);
  if (bind(server, (const struct sockaddr *)&address, sizeof address) < 0)
    die("bind");
  puts("ready");
  fflush(stdout);
  for (;;) {
    socklen_t size = sizeof address;
    const ssize_t got = recvfrom(server, bytes, sizeof bytes, 0, (struct sockaddr *)&address, &size);
    sendto(server, bytes, (size_t)got, 0, (const struct sockaddr *)&address, size);
  }
}

static int connected(int type, const char *to, const char *port) {
  const struct sockaddr_in6 address = address_of(to, port);
  const int file = socket(address.sin6_family, type, 0);
  if (connect(file, (const struct sockaddr *)&address, sizeof address) < 0) {
    puts(strerror(errno));
    exit(0);
  }
  return file;
}

static char byte_at(size_t position) {
  return (char)(position * 7 + position / 251);
}

static void send_and_compare(const char *to, const char *port, size_t wanted) {
  static char out[BUFFER], in[BUFFER];
  const int file = connected(SOCK_STREAM, to, port);
  size_t sent = 0, heard = 0;
  for (;;) {
    struct pollfd ready = {.fd = file, .events = (short)(POLLIN | (sent < wanted ? POLLOUT : 0))};
    poll(&ready, 1, -1);
    if (ready.revents & POLLOUT && sent < wanted) {
      const size_t part = wanted - sent < sizeof out ? wanted - sent : sizeof out;
      for (size_t i = 0; i < part; i++)
        out[i] = byte_at(sent + i);
      const ssize_t done = send(file, out, part, MSG_DONTWAIT);
      sent += done > 0 ? (size_t)done : 0;
      if (sent == wanted)
        shutdown(file, SHUT_WR);
    }
    if (ready.revents & (POLLIN | POLLHUP)) {
      const ssize_t got = recv(file, in, sizeof in, MSG_DONTWAIT);
      if (got < 0 && errno != EAGAIN)
        die("recv");
      if (got == 0)
        break;
      for (ssize_t i = 0; i < got; i++) {
        if (in[i] != byte_at(heard + (size_t)i)) {
          printf("differs at %zu\n", heard + (size_t)i);
          return;
        }
      }
      heard += got > 0 ? (size_t)got : 0;
    }
  }
  puts(heard == wanted ? "same" : "short");
}

static void push(const char *to, const char *port, size_t wanted) {
  static char out[BUFFER];
  const int file = connected(SOCK_STREAM, to, port);
  for (ssize_t sent; wanted; wanted -= (size_t)sent) {
    if ((sent = send(file, out, wanted < sizeof out ? wanted : sizeof out, 0)) < 0)
      die("send");
  }
  shutdown(file, SHUT_WR);
  puts(recv(file, out, sizeof out, 0) == 0 ? "pushed" : "not ended");
}

static void pull(const char *to, const char *port, size_t wanted) {
  static char in[BUFFER];
  const int file = connected(SOCK_STREAM, to, port);
  for (ssize_t got; (got = recv(file, in, sizeof in, 0)) > 0; wanted -= (size_t)got)
    ;
  puts(wanted == 0 ? "pulled" : "short");
}

static void ask(const char *to, const char *port, const char *text) {
  char question[3000], answer[4000];
  size_t length = strlen(text);
  memcpy(question, text, length);
  if (strcmp(text, "long") == 0) {
    for (length = 0; length < sizeof question; length++)
      question[length] = byte_at(length);
  }
  const int file = connected(SOCK_DGRAM, to, port);
  send(file, question, length, 0);
  const ssize_t got = recv(file, answer, sizeof answer, 0);
  if (got < 0)
    puts(strerror(errno));
  else
    puts((size_t)got == length && memcmp(question, answer, length) == 0 ? "same" : "differs");
}

static void name(const char *wanted, int type) {
  static unsigned char answer[4096];
  ns_msg message;
  ns_rr record;
  char text[INET6_ADDRSTRLEN];
  const int length = res_query(wanted, ns_c_in, type, answer, sizeof answer);
  if (length < 0 || ns_initparse(answer, length, &message) < 0 || ns_parserr(&message, ns_s_an, 0, &record) < 0)
    printf("%s\n", h_errno == HOST_NOT_FOUND ? "unknown" : "failed");
  else
    puts(inet_ntop(type == ns_t_a ? AF_INET : AF_INET6, ns_rr_rdata(record), text, sizeof text));
}

static void name_by_tcp(const char *wanted) {
  res_init();
  _res.options |= RES_USEVC;
  name(wanted, ns_t_a);
}

static void ping(const char *to) {
  char answer[200];
  const struct sockaddr_in6 address = address_of(to, "0");
  const int four = address.sin6_family == AF_INET;
  const struct icmphdr echo = {.type = four ? ICMP_ECHO : ICMP6_ECHO_REQUEST};
  const int file = socket(address.sin6_family, SOCK_DGRAM, four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
  const int on = 1;
  setsockopt(file, four ? IPPROTO_IP : IPPROTO_IPV6, four ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
  if (sendto(file, &echo, sizeof echo, 0, (const struct sockaddr *)&address, sizeof address) < 0)
    die("sendto");
  puts(recv(file, answer, sizeof answer, 0) < 0 ? strerror(errno) : "answered");
}

static void dhcp(void) {
  enum { COOKIE = 236, OFFERED = 16 };
  static unsigned char message[600] = {1, 1, 6, 0, 1, 2, 3, 4};
  char text[INET_ADDRSTRLEN];
  memcpy(message + COOKIE, (const unsigned char[]){99, 130, 83, 99, 53, 1, 1, 255}, 8);
  const struct sockaddr_in6 client = address_of(NULL, "68"), all = address_of("255.255.255.255", "67");
  const int file = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  setsockopt(file, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  if (bind(file, (const struct sockaddr *)&client, sizeof client) < 0 ||
      sendto(file, message, 300, 0, (const struct sockaddr *)&all, sizeof all) < 0 ||
      recv(file, message, sizeof message, 0) < 0)
    die("dhcp");
  puts(inet_ntop(AF_INET, message + OFFERED, text, sizeof text));
}

static void copy(const char *code) {
  static char bytes[BUFFER];
  for (ssize_t got; (got = read(0, bytes, sizeof bytes)) > 0;) {
    if (write(1, bytes, (size_t)got) != got)
      die("write");
  }
  exit(atoi(code));
}

static void obey(char **words) {
  const char *what = words[0];
  if (strcmp(what, "echo") == 0)
    echo(words[1], words[2]);
  else if (strcmp(what, "udp") == 0)
    udp(words[1], words[2]);
  else if (strcmp(what, "send") == 0)
    send_and_compare(words[1], words[2], strtoul(words[3], NULL, 10));
  else if (strcmp(what, "push") == 0)
    push(words[1], words[2], strtoul(words[3], NULL, 10));
  else if (strcmp(what, "pull") == 0)
    pull(words[1], words[2], strtoul(words[3], NULL, 10));
  else if (strcmp(what, "connect") == 0)
    puts(connected(SOCK_STREAM, words[1], words[2]) < 0 ? "" : "connected");
  else if (strcmp(what, "ask") == 0)
    ask(words[1], words[2], words[3]);
  else if (strcmp(what, "name") == 0)
    name(words[1], ns_t_a);
  else if (strcmp(what, "name-tcp") == 0)
    name_by_tcp(words[1]);
  else if (strcmp(what, "name6") == 0)
    name(words[1], ns_t_aaaa);
  else if (strcmp(what, "ping") == 0)
    ping(words[1]);
  else if (strcmp(what, "dhcp") == 0)
    dhcp();
  else if (strcmp(what, "pause") == 0)
    sleep((unsigned)atoi(words[1]));
  else if (strcmp(what, "copy") == 0)
    copy(words[1]);
  else
    exit(2);
  exit(0);
}

int main(int count, char **words) {
  int status = 0;
  for (int at = 1; at < count; at++) {
    char **first = words + at;
    while (at < count && strcmp(words[at], ",") != 0 && strcmp(words[at], "&") != 0)
      at++;
    const int beside = at < count && strcmp(words[at], "&") == 0;
    words[at] = NULL;
    const pid_t begun = fork();
    if (begun == 0)
      obey(first);
    if (!beside)
      waitpid(begun, &status, 0);
  }
  while (wait(NULL) > 0)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
