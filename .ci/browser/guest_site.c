// A web server for the test of the Run page's frame: one process, one connection at a time.
// Usage: guest_site PORT, or guest_site connect ADDRESS PORT, which says how connecting ends.
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 65536, BODY_MAX = 4 << 20, DOWNLOAD = 20000000 };
static char head[HEAD_MAX + 1];
static char body[BODY_MAX];
static size_t body_length;

static const char PAGE[] =
    "<!doctype html><title>Site</title><h1>Hello from the container</h1><img src=/pixel.svg alt=pixel>"
    "<form action=/upload method=post enctype=multipart/form-data><input name=file "
    "type=file><button>Send</button></form>"
    "<p><a href=/redirect>Inside</a> <a href=/outside>Outside</a> <a href=/ target=_top>Top</a></p>"
    "<script>window.marker = 'run';</script>";
static const char PIXEL[] =
    "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'><rect width='4' height='4'/></svg>";

static void put(int client, const void *bytes, size_t length) {
  for (size_t sent = 0; sent < length;) {
    const ssize_t count = write(client, (const char *)bytes + sent, length - sent);
    if (count <= 0)
      return;
    sent += (size_t)count;
  }
}

static void text(int client, const char *string) {
  put(client, string, strlen(string));
}

static void answer(int client, const char *more, const void *bytes, size_t length) {
  char line[512];
  snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", length, more);
  text(client, line);
  put(client, bytes, length);
}

// xorshift, so that the test can make the same bytes.
static void download(int client) {
  static uint32_t block[16384];
  uint32_t state = 1;
  char line[128];
  snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/octet-stream\r\n\r\n",
           DOWNLOAD);
  text(client, line);
  for (size_t left = DOWNLOAD; left;) {
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      block[i] = state;
    }
    const size_t part = left < sizeof block ? left : sizeof block;
    put(client, block, part);
    left -= part;
  }
}

static void respond(int client, const char *method, const char *path) {
  char line[512];
  const char *cookie = strcasestr(head, "\r\nCookie: "), *host = strcasestr(head, "\r\nHost: ");
  if (!strcmp(method, "POST") && !strcmp(path, "/upload")) {
    snprintf(line, sizeof line, "<!doctype html><title>Got it</title><h1>%zu bytes arrived</h1>", body_length);
    answer(client, "Content-Type: text/html\r\n", line, strlen(line));
  } else if (!strcmp(path, "/")) {
    answer(client, "Content-Type: text/html\r\nX-Frame-Options: DENY\r\nSet-Cookie: visit=1; Path=/; HttpOnly\r\n",
           PAGE, strlen(PAGE));
  } else if (!strcmp(path, "/pixel.svg")) {
    answer(client, "Content-Type: image/svg+xml\r\n", PIXEL, strlen(PIXEL));
  } else if (!strcmp(path, "/uploaded")) {
    answer(client, "Content-Type: application/octet-stream\r\n", body, body_length);
  } else if (!strcmp(path, "/head")) {
    answer(client, "Content-Type: text/plain\r\n", head, strlen(head));
  } else if (!strcmp(path, "/chunked")) {
    text(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n5\r\nfirst\r\n");
    usleep(200000);
    text(client, "8;a=b\r\n, second\r\n0\r\nX-Trailer: 1\r\n\r\n");
  } else if (!strcmp(path, "/redirect")) {
    // As nginx does: the name that it was called by, and its own port.
    const int length = host ? (int)strcspn(host + 8, ":\r") : 0;
    snprintf(line, sizeof line,
             "HTTP/1.1 302 Found\r\nLocation: http://%.*s/inside?by=redirect\r\nContent-Length: 0\r\n\r\n", length,
             host ? host + 8 : "");
    text(client, line);
  } else if (!strcmp(path, "/outside")) {
    text(client, "HTTP/1.1 302 Found\r\nLocation: http://outside.example/\r\nContent-Length: 0\r\n\r\n");
  } else if (!strncmp(path, "/inside", 7)) {
    answer(client, "Content-Type: text/html\r\n", "<h1>inside</h1>", 15);
  } else if (!strcmp(path, "/download")) {
    download(client);
  } else if (!strcmp(path, "/cookies")) {
    const size_t length = cookie ? strcspn(cookie + 10, "\r") : 0;
    answer(client, "Content-Type: text/plain\r\n", cookie ? cookie + 10 : "", length);
  } else {
    text(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }
}

static void serve(int client) {
  size_t got = 0;
  char *end = NULL;
  while (!end && got < HEAD_MAX) {
    const ssize_t count = read(client, head + got, HEAD_MAX - got);
    if (count <= 0)
      return;
    head[got += (size_t)count] = 0;
    end = strstr(head, "\r\n\r\n");
  }
  if (!end)
    return;
  const char *length = strcasestr(head, "\r\nContent-Length: ");
  const size_t wanted = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
  if (wanted) {
    body_length = got - (size_t)(end + 4 - head);
    if (wanted > BODY_MAX || body_length > wanted)
      return;
    memcpy(body, end + 4, body_length);
    while (body_length < wanted) {
      const ssize_t count = read(client, body + body_length, wanted - body_length);
      if (count <= 0)
        return;
      body_length += (size_t)count;
    }
  }
  end[2] = 0;
  char method[8], path[256];
  if (sscanf(head, "%7s %255s", method, path) == 2)
    respond(client, method, path);
}

static int try_connecting(const char *host, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, host, &address.sin_addr);
  const int failed = connect(client, (const struct sockaddr *)&address, sizeof address);
  printf("connecting: %s\n", failed ? strerror(errno) : "connected");
  return failed != 0;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "connect"))
    return try_connecting(words[2], words[3]);
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)atoi(count > 1 ? words[1] : "80"))};
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (const struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
    perror("guest_site");
    return 1;
  }
  puts("guest_site listens");
  fflush(stdout);
  for (;;) {
    const int client = accept(listener, NULL, NULL);
    if (client >= 0) {
      serve(client);
      close(client);
    }
  }
}
