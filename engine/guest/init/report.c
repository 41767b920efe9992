#include "report.h"

#include "control.h"
#include "errno_text.h"
#include "text.h"

void report_error(const char *text) {
  char *line = concat("error ", text, NULL);
  // An object's name may hold anything; the message is one line.
  for (char *c = line; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ')
      *c = '?';
  }
  write_control(line);
  write_control("\n");
}

void finish(uint8_t code) {
  write_control(concat("exit ", decimal(code), "\n", NULL));
  power_off();
}

void fail(enum exit_code code, const char *what, const char *object, long error) {
  report_error(concat(what, object == NULL ? "" : " ", object == NULL ? "" : object, error == 0 ? "" : ": ",
                      error == 0 ? "" : errno_text(error), NULL));
  exit_container(code);
  finish((uint8_t)code);
}
