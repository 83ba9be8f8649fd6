/* Manual pages (roff), made from the command and option tables. */
#include "app/cli/cli.h"
#include "io/canvas.h"

#include <ctype.h>
#include <loligo/version.h>
#include <string.h>

/* Text with roff's own characters escaped, and those beyond ASCII by their numbers. */
static void put(FILE *s, const char *text) {
  bool line_start = true;
  for (const char *p = text; *p; p++) {
    if ((unsigned char)*p >= 0x80) {
      const uint32_t c = lg_utf8_next(&p);
      if (c == 0x2026) (void)fputs("...", s); /* a terminal of ASCII lacks it */
      else (void)fprintf(s, "\\[u%04X]", (unsigned)c);
      p--;
      line_start = false;
      continue;
    }
    if (line_start && (*p == '.' || *p == '\'')) (void)fputs("\\&", s);
    if (*p == '\\') (void)fputs("\\e", s);
    else if (*p == '-') (void)fputs("\\-", s);
    else (void)fputc(*p, s);
    line_start = *p == '\n';
  }
}

static void put_options(FILE *s, const cli_option *options, size_t n) {
  for (size_t k = 0; k < n; k++) {
    const cli_option *o = &options[k];
    (void)fputs(".TP\n", s);
    if (strcmp(o->name, "output") == 0) (void)fputs("\\fB\\-o\\fR, ", s);
    (void)fputs("\\fB\\-\\-", s);
    put(s, o->name);
    (void)fputs("\\fR", s);
    if (o->value) {
      (void)fputs(" \\fI", s);
      put(s, o->value);
      (void)fputs("\\fR", s);
    }
    (void)fputc('\n', s);
    put(s, o->help);
    if (o->fallback && o->fallback[0]) {
      (void)fputs(" Default: ", s);
      put(s, o->fallback);
      (void)fputc('.', s);
    }
    (void)fputc('\n', s);
  }
}

static void put_title(FILE *s, const char *name) {
  (void)fputs(".TH \"LOLIGO", s);
  if (name) {
    (void)fputc('-', s);
    for (const char *p = name; *p; p++) (void)fputc(*p == ' ' ? '-' : toupper((unsigned char)*p), s);
  }
  (void)fprintf(s, "\" 1 \"\" \"loligo %s\" \"Loligo\"\n", lg_version());
}

static void put_shared(FILE *s) {
  (void)fputs(
      ".SH EXIT STATUS\n0 ok; 1 the answer is negative; 2 usage; 3 bad input file; 4 numerical failure; "
      "5 resource or input/output; 6 part of the jobs failed; 130 interrupted, state saved.\n"
      ".SH ENVIRONMENT\n\\fBLOLIGO_\\fIOPTION\\fR (upper case, '\\-' as '_') sets an option that the command "
      "line does not give. \\fBNO_COLOR\\fR and \\fBTERM=dumb\\fR are respected. \\fBLOLIGO_DATA_DIR\\fR is "
      "the folder of models and data.\n"
      ".SH FILES\n\\fI./loligo.json\\fR and \\fI$XDG_CONFIG_HOME/loligo/config.json\\fR set options that neither "
      "the command line nor the environment gives: {\"threads\": 2, \"clone\": {\"model\": \"hh\"}}, with // "
      "comments.\n",
      s);
}

static void manual_of_command(FILE *s, const cli_command *c) {
  size_t n;
  const cli_option *common = cli_common_options(&n);
  put_title(s, c->name);
  (void)fputs(".SH NAME\nloligo ", s);
  put(s, c->name);
  (void)fputs(" \\- ", s);
  put(s, c->summary);
  (void)fputs("\n.SH SYNOPSIS\n\\fBloligo ", s);
  put(s, c->name);
  (void)fputs("\\fR ", s);
  put(s, c->arguments);
  (void)fputs("\n.SH EXAMPLES\n.nf\n  ", s);
  put(s, c->example);
  (void)fputs("\n.fi\n.SH OPTIONS\n", s);
  put_options(s, c->options, c->n_options);
  put_options(s, common, n);
  put_shared(s);
  (void)fputs(".SH SEE ALSO\n\\fBloligo\\fR(1)\n", s);
}

static void manual_of_program(FILE *s) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  put_title(s, NULL);
  (void)fputs(
      ".SH NAME\nloligo \\- digital twins of neurons and cells\n.SH SYNOPSIS\n\\fBloligo\\fR COMMAND "
      "[ARGUMENTS] [OPTIONS]\n.SH EXAMPLES\n.nf\n  loligo clone cell.abf \\-o twin.json \\-\\-report report/\n.fi\n"
      ".SH COMMANDS\n",
      s);
  for (size_t k = 0; k < n; k++) {
    (void)fputs(".TP\n\\fB", s);
    put(s, commands[k]->name);
    (void)fputs("\\fR\n", s);
    put(s, commands[k]->summary);
    (void)fputc('\n', s);
  }
  const cli_option *common = cli_common_options(&n);
  (void)fputs(".SH OPTIONS OF EVERY COMMAND\n", s);
  put_options(s, common, n);
  put_shared(s);
}

void cli_manual(FILE *stream, const cli_command *command) {
  if (command) manual_of_command(stream, command);
  else manual_of_program(stream);
}
