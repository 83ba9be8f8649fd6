/** @file culture_options.h @brief What the commands that identify a culture share: options and what they print. */
#ifndef LG_CLI_CULTURE_OPTIONS_H
#define LG_CLI_CULTURE_OPTIONS_H

#include "app/cli/cli.h"
#include "twin/culture_amortised.h"
#include "twin/culture_file.h"
#include "twin/culture_movie.h"
#include "twin/culture_report.h"

/** Rows of their tables of options. */
#define CLI_CULTURE_OPTIONS                                                                                            \
  {"method", "soe|crlsm|tikhonov|lsm|iv|weak|shooting|pinn|pinn-paper|amortised", CLI_CHOICE, "soe",                   \
   "How to find k and the feeds."},                                                                                    \
      {"law", "auto|ul/degree|l/degree|(l/u)/area|unit", CLI_CHOICE, "auto",                                           \
       "What couples two cells; auto: the law that leaves least between events."},                                     \
      {"resample", "time|cells|both", CLI_CHOICE, "time",                                                              \
       "What the intervals resample: blocks of frames, cells, or both."},                                              \
      {"block", "FRAMES", CLI_COUNT, "30", "Frames of a block."},                                                      \
      {"replicates", "N", CLI_COUNT, "1000", "Replicates of the bootstrap."},                                          \
      {"amortised-net", "NET.safetensors", CLI_INPUT, NULL,                                                            \
       "Network of --method amortised instead of the one that ships."},                                                \
      {"no-events", NULL, CLI_FLAG, NULL, "Of --method shooting: without the inputs of detected events."},             \
      {"window", "FRAMES", CLI_COUNT, "0", "Windows of shooting; 0: the whole."},                                      \
      {"leak", "none|common|cell", CLI_CHOICE, "none",                                                                 \
       "Of --method soe: cells lose by themselves, at one rate or at one each."},                                      \
      {"train", "FRAMES", CLI_COUNT, NULL,                                                                             \
       "Frames of the training part in fit.csv; 211, or 7 in 12 of short movies."},                                    \
      {"pdf", NULL, CLI_FLAG, NULL, "Write report.pdf too."},                                                          \
      {"figures", NULL, CLI_FLAG, NULL, "Write every figure as SVG and PNG too."}, {                                   \
    "no-report", NULL, CLI_FLAG, NULL, "Tables and summary.json alone: no page and no figures."                        \
  }

/** @brief The options as given. */
culture_identify cli_culture_options(cli_run *run);

/**
 * @brief What --traces, --edges and --cells name, their hashes kept in the provenance.
 * @param[out] about the file in hand, where something fails; graph and y are the caller's then, too
 */
LG_MUST_CHECK lg_status cli_culture_load(cli_run *run, const char **about, lg_culture_graph **graph, double **y,
                                         size_t *n_times);

/** @brief The network of --method amortised into the options; `loaded` is cleared by the caller. @param about the file
 */
LG_MUST_CHECK lg_status cli_culture_network(cli_run *run, culture_identify *options, lg_culture_amortised *loaded,
                                            const char **about);

/** @brief report.html (and report.pdf), and what it shows for 'loligo report', into the folder, unless --no-report. The
 * view's title, method, options and provenance are filled in; title from the name of `source`. */
LG_MUST_CHECK lg_status cli_culture_report(cli_run *run, const char *folder, const char *source,
                                           const culture_identify *options, culture_view view);

/** @brief shifts.csv into the folder of `output`, where the film was aligned. */
LG_MUST_CHECK lg_status cli_culture_write_shifts(cli_run *run, const char *output, const lg_culture_film *film);

/** @brief Whether --simplify is 0 to 100 px; says so otherwise. */
bool cli_culture_simplify_is_fine(cli_run *run);

/** @brief --law: culture_law, -1 for auto. */
int cli_culture_law(cli_run *run);

/** @brief ro-crate-metadata.json of the files that a run or an identification left in its folder; call it last. */
LG_MUST_CHECK lg_status cli_culture_crate(cli_run *run, const char *folder, const char *source);

/** @brief One line and the warnings, or the JSON object. */
void cli_culture_print(cli_run *run, const lg_culture_graph *graph, const lg_culture_result *result, const char *method,
                       const char *out);

#endif
