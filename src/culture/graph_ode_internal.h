/** @file graph_ode_internal.h @brief A stretch of frames as the graph neural ODE sees it, and its training. */
#ifndef LG_CULTURE_GRAPH_ODE_INTERNAL_H
#define LG_CULTURE_GRAPH_ODE_INTERNAL_H

#include "culture/graph_ode.h"
#include "culture/weak.h"

/** All cells over some frames. */
typedef struct culture_weak_problem {
  const lg_culture_graph *graph;
  const lg_culture_coupling *coupling;
  const culture_phi *phi;
  const double *y; /* (form.n_times, graph->n) */
  culture_bump bump;
  culture_weak_form form;
  lg_culture_data *data;
  culture_weak_cell *cell; /* (data->n_inner) */
  double *block;
} culture_weak_problem;

/** @brief phi's units are read from phi. */
LG_MUST_CHECK lg_status lg_culture_weak_problem_create(lg_ctx *ctx, const lg_culture_graph *graph,
                                                       const lg_culture_coupling *coupling, const culture_phi *phi,
                                                       const double *y, size_t n_times, size_t half, size_t step,
                                                       culture_weak_problem *out);
void lg_culture_weak_problem_clear(lg_ctx *ctx, culture_weak_problem *problem);

/** @brief u over its mean and l over its mean of a link, and the law's weight times its norm: the same both ways. */
typedef struct culture_link {
  double u, l, w;
} culture_link;
/** @brief Of every entry of coupling->other. @param out (coupling->first[n]) */
LG_MUST_CHECK lg_status lg_culture_links(lg_ctx *ctx, const lg_culture_graph *graph,
                                         const lg_culture_coupling *coupling, culture_link *out);

/** @brief Learn phi from a start of its own (the linear law). @param theta (params.count) out */
LG_MUST_CHECK lg_status lg_culture_phi_train(lg_ctx *ctx, culture_weak_problem *problem,
                                             const culture_graph_ode *options, uint64_t seed, double *theta);

/** @brief What arrives at each cell and frame, with `shift` added to every difference. @param out (n_inner, n_times) */
LG_MUST_CHECK lg_status lg_culture_messages(lg_ctx *ctx, const culture_weak_problem *problem, const double *theta,
                                            double shift, double *out);

/** @brief One factor for all of phi, that noise in the differences has flattened, and the feeds with it.
 * @param k_linear the linear law's k, a start @param gamma (n_inner) out */
LG_MUST_CHECK lg_status lg_culture_phi_factor(lg_ctx *ctx, const culture_weak_problem *problem, const double *theta,
                                              double k_linear, double *factor, double *gamma);

#endif
