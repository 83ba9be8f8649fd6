/** @file network_file_internal.h @brief Parts of the reader of networks. */
#ifndef LG_NETWORK_FILE_INTERNAL_H
#define LG_NETWORK_FILE_INTERNAL_H

#include "twin/network_file.h"

/** What is being read. */
typedef struct network_reader {
  lg_ctx *ctx;
  cable_network_model *m;
  const char *folder;        /* where relative names start */
  lg_network_inputs *inputs; /* may be NULL */
} network_reader;

/** @brief folder/name, noted as an input; free with lg_free. */
LG_MUST_CHECK lg_status network_path(network_reader *r, const char *name, char **path);

LG_MUST_CHECK lg_status network_note_input(network_reader *r, const char *path);

/** @brief "there is no <what> \"name\"; did you mean …" */
lg_status network_unknown(lg_ctx *ctx, const lg_json_at *at, const char *what, const char *name,
                          const char *const *names, size_t n);

/** @brief The population that a text names. */
LG_MUST_CHECK lg_status network_population(network_reader *r, const lg_json_at *at, const char *key, size_t *index);

/** @brief A number or {"uniform": [a, b]}, {"normal": [mean, sd]}, {"lognormal": [median, sigma]} with min, max. */
LG_MUST_CHECK lg_status network_value(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit, double low,
                                      double high, const double *fallback, cable_value *out);

/** @brief Some cells of a population: absent or "all", [indices], {"from": a, "to": b, "step": s}. */
LG_MUST_CHECK lg_status network_cells(network_reader *r, const lg_json_at *at, const char *key, size_t population,
                                      cable_selection *out);

/** @brief The synapse of a population's cell that a text names. */
LG_MUST_CHECK lg_status network_synapse(network_reader *r, const lg_json_at *at, const char *key, size_t population,
                                        size_t *index);

/** @brief A probe of v at a place of a population's cell, made when it is new; absent: the soma, or the first
 * compartment. */
LG_MUST_CHECK lg_status network_place(network_reader *r, const lg_json_at *at, const char *key, size_t population,
                                      size_t *probe);

bool network_same_place(const cable_location *a, const cable_location *b);

/** @brief The cell of a population: a file, a cell as in docs/cable.md, {"point": …} or {"dendrify": …}. */
LG_MUST_CHECK lg_status network_read_cell(network_reader *r, const lg_json_at *population, cable_population *out);

/** @brief A cell of "point" or "dendrify" as a cell of docs/cable.md; the caller takes the reference. */
LG_MUST_CHECK lg_status network_point_cell(lg_ctx *ctx, const lg_json_at *at, json_t **cell);
LG_MUST_CHECK lg_status network_dendrify_cell(lg_ctx *ctx, const lg_json_at *at, json_t **cell);

/**
 * @brief A point neuron of a twin's or a model's file as the cell of a population.
 * @param at   what may have `synapses`
 * @param draw each cell is a draw of the posterior
 */
LG_MUST_CHECK lg_status network_twin_cell(network_reader *r, const lg_json_at *at, const char *path, bool draw,
                                          cable_model **out);

LG_MUST_CHECK lg_status network_read_connections(network_reader *r, const lg_json_at *root);
LG_MUST_CHECK lg_status network_read_stimuli(network_reader *r, const lg_json_at *root);
LG_MUST_CHECK lg_status network_read_gaps(network_reader *r, const lg_json_at *root);
LG_MUST_CHECK lg_status network_read_probes(network_reader *r, const lg_json_at *root);

/** @brief Rows of a CSV file with named columns of numbers; columns that are not there give NAN. */
typedef lg_status (*network_row_fn)(void *user, size_t line, const double *values);
LG_MUST_CHECK lg_status network_csv(network_reader *r, const char *name, const char *const *columns, size_t n_columns,
                                    size_t n_needed, network_row_fn fn, void *user);

#endif
