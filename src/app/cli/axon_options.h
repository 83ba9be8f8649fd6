/** @file axon_options.h @brief What the commands of axons' populations read alike: seeds, constants. */
#ifndef LG_CLI_AXON_OPTIONS_H
#define LG_CLI_AXON_OPTIONS_H

#include "app/cli/cli.h"
#include "axon/population.h"

enum { AXON_MOST_SEEDS = 1000000 };

/**
 * @brief Seeds of gaps as `1..100` or `1..10,17,40..49`, each once, in the order written.
 * @retval LG_ERR_ARGUMENT what cannot be read, a seed that stands twice, more than AXON_MOST_SEEDS
 */
LG_MUST_CHECK lg_status cli_axon_seeds(lg_ctx *ctx, const char *text, uint64_t **seeds, size_t *n);

/** @brief Constants of the option --params, otherwise the male axon's; the file goes into the provenance. */
LG_MUST_CHECK lg_status cli_axon_params(cli_run *run, axon_params *out, const char **about);

/** @brief The population of the options --params and --seeds. */
LG_MUST_CHECK lg_status cli_axon_population(cli_run *run, lg_axon_population **out, const char **about);

/** @brief Seconds of CPU of all threads of this program so far. */
double cli_cpu_seconds(void);

/** Names of the outputs in files, in their order. */
extern const char *const cli_axon_outputs[AXON_OUTPUTS];

#endif
