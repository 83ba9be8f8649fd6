/** @file culture_coupling.h @brief What a learned message function leaves: summary.json, coupling.csv, params.csv and
 * its figure. */
#ifndef LG_CULTURE_COUPLING_H
#define LG_CULTURE_COUPLING_H

#include "culture/graph_ode.h"
#include "data/provenance.h"

/** @brief summary.json, coupling.csv (the curve and its band), params.csv (feeds, as identify writes them),
 * fig-coupling.svg and .png, phi.safetensors; the folder is made where it is missing. */
LG_MUST_CHECK lg_status lg_culture_learned_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                                 const lg_culture_learned *learned, lg_provenance *provenance);

/** @brief The members of summary.json but for schema and provenance: also what --json prints. */
void lg_culture_learned_summary(lg_json *json, const lg_culture_graph *graph, const lg_culture_learned *learned);

/** @brief "linear", "saturates", "steepens", or "undecided": what the bend's band and the kept frames say. */
const char *lg_culture_learned_shape(const lg_culture_learned *learned);

#endif
