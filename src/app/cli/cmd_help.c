#include "app/cli/commands.h"
#include "app/cli/help_json.h"
#include "base/base.h"

#include <string.h>

static const char units[] =
    "Units\n"
    "  A bare number on the command line has the documented unit; a unit may be written behind it.\n"
    "  time           ms   (s, us, ns, min)\n"
    "  current        pA   (nA, uA, A)\n"
    "  potential      mV   (V, uV)\n"
    "  frequency      Hz   (kHz)\n"
    "  concentration  uM   (pM, nM, mM, M)\n"
    "  doses must have a unit: 10nM, 1uM,10uM, 0.1:100uM:10log, 1:10uM:5lin, 2x (therapeutic)\n"
    "  In models: Izhikevich pA, pF, nS, nS/mV, 1/ms; Hodgkin-Huxley 1952 per cm2 (uF, mS, uA).\n";

static const char formats[] =
    "Formats\n"
    "  recordings in   ABF2, ABF1, NWB 2.x (HDF5), Igor .ibw (one wave, a pair, a folder),\n"
    "                  CSV, .npy or HDF5 with t_ms,v_mV[,i_pA][,sweep]\n"
    "  recordings out  CSV, NWB 2, .npy, HDF5 (loligo convert IN OUT)\n"
    "  traces          CSV (t_ms,v_mV,...; lines with # hold provenance), NWB 2, .npy, HDF5\n"
    "  models, twins   JSON; people's files may hold // comments; parameters as CSV\n"
    "  drugs           CSV: one row per drug and target, or a sheet with columns per channel\n"
    "  networks        safetensors; tensors as HDF5 or .npy; ONNX (loligo export-onnx)\n"
    "  reports         HTML (self-contained), PDF, SVG, PNG\n"
    "  The content of a file decides what it is, not its name; loligo info FILE says what was found.\n";

static const char exit_codes[] = "Exit codes\n"
                                 "    0  ok\n"
                                 "    1  the answer is negative (a check failed, out of range)\n"
                                 "    2  usage\n"
                                 "    3  bad input file: missing, damaged, not supported, implausible\n"
                                 "    4  numerical failure\n"
                                 "    5  resource or input/output: no memory, disk full, output not writable\n"
                                 "    6  part of the jobs failed\n"
                                 "  130  interrupted, state saved\n";

static int show(cli_run *run, const char *topic, const char *text) {
  if (cli_json(run)) return cli_help_topic_json(run, topic, text);
  (void)fputs(text, stdout);
  return CLI_OK;
}

static void group_help(const char *first) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  const size_t length = strlen(first);
  for (size_t k = 0; k < n; k++)
    if (strncmp(commands[k]->name, first, length) == 0 && commands[k]->name[length] == ' ')
      (void)printf("  %-18s %s\n", commands[k]->name, commands[k]->summary);
}

static bool is_group(const char *first) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  const size_t length = strlen(first);
  for (size_t k = 0; k < n; k++)
    if (strncmp(commands[k]->name, first, length) == 0 && commands[k]->name[length] == ' ') return true;
  return false;
}

static lg_status write_manual(cli_run *run, const char *folder, const cli_command *command) {
  char path[1024];
  lg_outfile *file = NULL;
  (void)snprintf(path, sizeof path, "%s/loligo%s%s.1", folder, command ? "-" : "", command ? command->name : "");
  for (char *p = path + strlen(folder); *p; p++)
    if (*p == ' ') *p = '-';
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  cli_manual(lg_outfile_stream(file), command);
  return lg_outfile_commit(cli_ctx(run), file);
}

/* Every manual page into a folder, or one to stdout. */
static int manuals(cli_run *run, const char *name) {
  const char *folder = cli_text(run, "output");
  const cli_command *command = name ? cli_find_command(name) : NULL;
  if (name && !command) return cli_usage(run, "no command '%s'", name);
  if (!folder || strcmp(folder, "-") == 0) {
    cli_manual(stdout, command);
    return CLI_OK;
  }
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  lg_status status = lg_make_directory(cli_ctx(run), folder);
  if (status == LG_OK) status = write_manual(run, folder, NULL);
  for (size_t k = 0; k < n && status == LG_OK; k++) status = write_manual(run, folder, commands[k]);
  return status == LG_OK ? CLI_OK : cli_report(run, folder, status);
}

static int no_help(cli_run *run, const char *name) {
  const char *names[128] = {"units", "formats", "exit-codes"};
  size_t n, used = 3;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t k = 0; k < n && used < 128; k++) names[used++] = commands[k]->name;
  const char *near = cli_nearest(name, names, used);
  if (near) return cli_usage(run, "no help on '%s'; did you mean '%s'?", name, near);
  return cli_usage(run, "no help on '%s'; topics are units, formats, exit-codes and every command", name);
}

static int run_help(cli_run *run) {
  char name[128] = "";
  const char *topic = cli_positional(run, 0);
  if (cli_positionals(run) > 1) (void)snprintf(name, sizeof name, "%s %s", topic, cli_positional(run, 1));
  else if (topic) (void)snprintf(name, sizeof name, "%s", topic);
  if (cli_flag(run, "man")) return manuals(run, topic ? name : NULL);
  if (cli_given(run, "output")) return cli_usage(run, "-o belongs to --man");
  if (!topic) {
    if (cli_json(run)) return cli_help_json(run, NULL);
    cli_help(NULL);
    return CLI_OK;
  }
  if (strcmp(name, "units") == 0) return show(run, name, units);
  if (strcmp(name, "formats") == 0) return show(run, name, formats);
  if (strcmp(name, "exit-codes") == 0) return show(run, name, exit_codes);
  const cli_command *command = cli_find_command(name);
  if (cli_json(run) && (command || is_group(name))) return cli_help_json(run, name);
  if (command) cli_help(command);
  else if (is_group(name)) group_help(name);
  else return no_help(run, name);
  return CLI_OK;
}

static const cli_option options[] = {
    {"man", NULL, CLI_FLAG, NULL, "Write the manual page (roff) instead."},
    {"output", "DIR", CLI_OUTPUT, NULL, "With --man: a page per command into this folder."},
};

const cli_command cli_help_command = {
    .name = "help",
    .arguments = "[TOPIC]",
    .summary = "Explain a command, or one of units, formats, exit-codes.",
    .example = "loligo help units\n  loligo help clone\n  loligo help --json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 2,
    .run = run_help,
};
