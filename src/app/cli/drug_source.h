/** @file drug_source.h @brief The table of drugs of a command: the shipped one, or the user's. */
#ifndef LG_CLI_DRUG_SOURCE_H
#define LG_CLI_DRUG_SOURCE_H

#include "app/cli/cli.h"
#include "twin/drug_learn_net.h"

/**
 * @brief Read a table and hash it as an input of the run.
 * @param path       NULL: data/drugs.csv
 * @param keep_going bad rows are named on stderr, and skipped
 * @param[out] n_skipped may be NULL
 * @return an exit code; the failure was reported
 */
int cli_drug_table(cli_run *run, const char *path, bool keep_going, const lg_drug_read_options *options,
                   lg_drug_table **out, size_t *n_skipped);

/** @brief A drug by name; the exit code, reported when there is none. */
int cli_drug_find(cli_run *run, const lg_drug_table *table, const char *name, const lg_drug **out);

/**
 * @brief Load a learned map of drug effects, if this neuron needs one (izhikevich); hashed as an input.
 * @param path NULL: the one that ships
 * @param[in,out] learned stays what it is when it is there already, or not needed
 * @return an exit code; the failure was reported
 */
int cli_learned(cli_run *run, const lg_neuron *neuron, const char *path, lg_delta_net **learned);

#endif
