/** @file trial_options.h @brief What trials, screens and populations ask alike: subject, drugs, bath. */
#ifndef LG_CLI_TRIAL_OPTIONS_H
#define LG_CLI_TRIAL_OPTIONS_H

#include "app/cli/cli.h"
#include "twin/trial.h"

/** Options of the bath, for the tables of commands. */
#define CLI_BATH_OPTIONS                                                                                               \
  {"gaba-tone", "CONCENTRATION|CONDUCTANCE", CLI_TEXT, NULL,                                                           \
   "Ambient GABA (0.3uM), or the tonic conductance that it opens (2nS)."},                                             \
      {"egaba", "VOLTAGE", CLI_VOLTAGE, NULL, "Reversal potential of GABA-A; without it the twin's."}, {               \
    "combination", "bliss|one-site", CLI_CHOICE, "bliss", "How drugs act together at one target."                      \
  }

/** @brief Fill the bath from these options. CLI_OK or an exit code, reported. */
int cli_bath(cli_run *run, lg_drug_bath *bath);

/**
 * @brief The subject of an argument: a twin or model (JSON), or a recording, which is cloned into a tm twin first.
 * @param n_members draws of the posterior
 */
int cli_subject(cli_run *run, const char *path, size_t n_members, lg_subject **out);

/** @brief Split "A,B,C" in place; returns the number of words, at most `most` are kept. */
size_t cli_split(char *text, char **words, size_t most);

#endif
