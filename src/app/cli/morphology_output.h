/** @file morphology_output.h @brief What `neuron morphology` writes: JSON, a table, nodes, a drawing. */
#ifndef LG_CLI_MORPHOLOGY_OUTPUT_H
#define LG_CLI_MORPHOLOGY_OUTPUT_H

#include "app/cli/cli.h"
#include "cable/tree.h"

/** What is told of a cell. */
typedef struct morphology_result {
  const char *swc, *soma; /* file, rule */
  const lg_morphology *m; /* without sections: refused */
  const char *refused;    /* NULL: it was not */
  const size_t *n;        /* (n_sections) compartments, NULL: not asked for */
  size_t n_compartments;
} morphology_result;

void cli_morphology_json(cli_run *run, const morphology_result *r);
void cli_morphology_table(const morphology_result *r);
LG_MUST_CHECK lg_status cli_morphology_nodes(cli_run *run, const char *path, const cable_tree *tree);
LG_MUST_CHECK lg_status cli_morphology_draw(cli_run *run, const char *path, const lg_morphology *m);

#endif
