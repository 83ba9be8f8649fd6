/* Help texts, made from the command and option tables. */
#include "app/cli/cli.h"

#include <loligo/version.h>
#include <string.h>

static void print_option(const cli_option *o) {
  char left[64];
  const char *short_form = strcmp(o->name, "output") == 0 ? "-o, " : "";
  (void)snprintf(left, sizeof left, "%s--%s%s%s", short_form, o->name, o->value ? " " : "", o->value ? o->value : "");
  (void)printf("  %-28s %s", left, o->help);
  if (o->fallback && o->fallback[0] != '\0') (void)printf(" [%s]", o->fallback);
  (void)putchar('\n');
}

static void print_options(const char *title, const cli_option *options, size_t n) {
  if (n == 0) return;
  (void)printf("\n%s\n", title);
  for (size_t k = 0; k < n; k++) print_option(&options[k]);
}

/* Each line of the examples by two spaces, however the table has them. */
static void print_examples(const char *text) {
  while (*text) {
    text += strspn(text, " ");
    const size_t n = strcspn(text, "\n");
    (void)printf("  %.*s\n", (int)n, text);
    text += n + (text[n] == '\n');
  }
}

static void print_command(const cli_command *c) {
  (void)printf("Example\n");
  print_examples(c->example);
  (void)printf("\n%s\n\nUsage\n  loligo %s%s%s\n", c->summary, c->name, c->arguments[0] ? " " : "", c->arguments);
  print_options("Options", c->options, c->n_options);
  size_t n;
  const cli_option *common = cli_common_options(&n);
  print_options("Options of every command", common, n);
}

void cli_help(const cli_command *command) {
  if (command) {
    print_command(command);
    return;
  }
  (void)printf("Example\n  loligo clone cell.abf -o twin.json --report report/\n\n"
               "Loligo %s: digital twins of neurons and cells.\n\nCommands\n",
               lg_version());
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  size_t width = 0;
  for (size_t k = 0; k < n; k++)
    if (strlen(commands[k]->name) > width) width = strlen(commands[k]->name);
  for (size_t k = 0; k < n; k++) (void)printf("  %-*s  %s\n", (int)width, commands[k]->name, commands[k]->summary);
  (void)printf("\n'loligo COMMAND --help' explains one; 'loligo help units|formats|exit-codes' what they share.\n");
}
