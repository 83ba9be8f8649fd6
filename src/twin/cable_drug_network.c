/* Drugs on networks: the cells of every population, and what arrives at their synapses. */
#include "twin/cable_drug.h"

#include <math.h>

static void scale(cable_value *x, double factor) {
  x->a *= factor;
  x->low *= factor;
  x->high *= factor;
  if (x->kind == CABLE_UNIFORM || x->kind == CABLE_NORMAL) x->b *= factor; /* of a logarithm: the same */
}

/* All weights that arrive at a synapse of a population's model. */
static void scale_arriving(cable_network_model *net, size_t population, size_t synapse, double factor) {
  for (size_t k = 0; k < net->n_projections; k++) {
    cable_projection *p = &net->projections[k];
    if (p->to != population || p->synapse != synapse) continue;
    scale(&p->weight, factor);
    for (size_t j = 0; j < p->n_list; j++) p->list[j].weight *= factor; /* NAN, which is drawn, stays */
  }
  for (size_t k = 0; k < net->n_stimuli; k++) {
    cable_stimulus *s = &net->stimuli[k];
    const bool events = s->kind == CABLE_POISSON_INPUT || s->kind == CABLE_TRAIN_INPUT;
    if (!events || s->to.population != population || s->synapse != synapse) continue;
    scale(&s->weight, factor);
    for (size_t j = 0; j < s->n_train; j++) s->train[j].weight *= factor;
  }
}

lg_status lg_cable_network_treat(lg_ctx *ctx, cable_network_model *net, size_t population, const lg_dose *doses,
                                 size_t n, const lg_drug_bath *bath, lg_cable_treated *how) {
  lg_status status = LG_OK;
  double *weights = NULL;
  cable_model *model = net->populations[population].model;
  if (!model) return LG_OK; /* sources without a cell */
  if (model->membrane)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the cells of '%s' are twins: treat their file with loligo drug apply and name what it writes",
                   net->populations[population].name);
  LG_NEW(ctx, weights, model->n_synapses + 1);
  for (size_t s = 0; s < model->n_synapses; s++) {
    weights[s] = model->synapses[s].weight_uS;
    model->synapses[s].weight_uS = 1.0; /* becomes the factor */
  }
  LG_TRY(lg_cable_treat(ctx, model, doses, n, bath, how));
  for (size_t s = 0; s < model->n_synapses; s++) {
    const double factor = model->synapses[s].weight_uS;
    model->synapses[s].weight_uS = weights[s] * factor;
    if (factor != 1.0) scale_arriving(net, population, s, factor);
  }
done:
  lg_free(ctx, weights);
  return status;
}
