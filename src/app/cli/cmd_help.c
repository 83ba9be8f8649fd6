#include "app/cli/commands.h"

#include <string.h>

static const char units[] =
    "Units\n"
    "  A bare number on the command line has the documented unit; a unit may be written behind it.\n"
    "  time           ms   (s, us, ns, min)\n"
    "  current        pA   (nA, uA, A)\n"
    "  potential      mV   (V, uV)\n"
    "  frequency      Hz   (kHz)\n"
    "  concentration  uM   (pM, nM, mM, M)\n"
    "  In models: Izhikevich pA, pF, nS, nS/mV, 1/ms; Hodgkin-Huxley 1952 per cm2 (uF, mS, uA).\n";

static const char formats[] =
    "Formats\n"
    "  recordings in   ABF2, ABF1, NWB 2.x (HDF5), Igor .ibw, CSV with t_ms,i_pA,v_mV[,sweep]\n"
    "  traces out      CSV (t_ms,v_mV,...; lines with # hold provenance), NWB, .h5, .npy\n"
    "  models, twins   JSON; people's files may hold // comments\n"
    "  networks        safetensors\n"
    "  reports         HTML (self-contained), PDF, SVG, PNG\n";

static const char exit_codes[] = "Exit codes\n"
                                 "    0  ok\n"
                                 "    1  the answer is negative (a check failed, out of range)\n"
                                 "    2  usage\n"
                                 "    3  bad input file\n"
                                 "    4  numerical failure\n"
                                 "    5  resource or input/output\n"
                                 "    6  part of the jobs failed\n"
                                 "  130  interrupted, state saved\n";

static int show(const char *text) {
  (void)fputs(text, stdout);
  return CLI_OK;
}

static int run_help(cli_run *run) {
  if (cli_positionals(run) == 0) {
    cli_help(NULL);
    return CLI_OK;
  }
  const char *topic = cli_positional(run, 0);
  if (strcmp(topic, "units") == 0) return show(units);
  if (strcmp(topic, "formats") == 0) return show(formats);
  if (strcmp(topic, "exit-codes") == 0) return show(exit_codes);
  char name[128];
  if (cli_positionals(run) > 1) (void)snprintf(name, sizeof name, "%s %s", topic, cli_positional(run, 1));
  else (void)snprintf(name, sizeof name, "%s", topic);
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t k = 0; k < n; k++) {
    if (strcmp(commands[k]->name, name) != 0) continue;
    cli_help(commands[k]);
    return CLI_OK;
  }
  return cli_usage(run, "no help on '%s'; topics are units, formats, exit-codes and every command", name);
}

const cli_command cli_help_command = {
    .name = "help",
    .arguments = "[TOPIC]",
    .summary = "Explain a command, or one of units, formats, exit-codes.",
    .example = "loligo help units\n  loligo help clone",
    .min_positional = 0,
    .max_positional = 2,
    .run = run_help,
};
