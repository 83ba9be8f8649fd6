#include "cable/model.h"
#include "cable/mechanism_net.h"
#include "cable/nmodl.h"

const cable_mechanism *lg_cable_model_own(const cable_model *model, size_t k) {
  if (k < model->n_own_mechanisms) return lg_cable_nmodl_mechanism(model->own_mechanisms[k]);
  k -= model->n_own_mechanisms;
  return k < model->n_nets ? lg_cable_net_mechanism(model->nets[k]) : NULL;
}

void lg_cable_model_destroy(lg_ctx *ctx, cable_model *model) {
  if (!model) return;
  lg_morphology_destroy(ctx, model->morphology);
  lg_free(ctx, model->nseg);
  lg_free(ctx, model->swc_path);
  lg_free(ctx, model->compartments);
  for (size_t r = 0; r < model->n_regions; r++) {
    for (size_t u = 0; u < model->regions[r].n_uses; u++) {
      lg_free(ctx, model->regions[r].uses[u].values);
      lg_free(ctx, model->regions[r].uses[u].shapes);
    }
    lg_free(ctx, model->regions[r].uses);
  }
  lg_free(ctx, model->regions);
  lg_free(ctx, model->clamps);
  for (size_t p = 0; p < model->n_points; p++) lg_free(ctx, model->points[p].use.values);
  lg_free(ctx, model->points);
  for (size_t s = 0; s < model->n_synapses; s++) {
    lg_free(ctx, model->synapses[s].use.values);
    lg_free(ctx, model->synapses[s].times_ms);
  }
  lg_free(ctx, model->synapses);
  lg_free(ctx, model->probes);
  for (size_t k = 0; k < model->n_own_mechanisms; k++) lg_cable_nmodl_destroy(ctx, model->own_mechanisms[k]);
  lg_free(ctx, model->own_mechanisms);
  for (size_t k = 0; k < model->n_nets; k++) lg_cable_net_destroy(ctx, model->nets[k]);
  lg_free(ctx, model->nets);
  if (model->membrane) model->release_membrane(ctx, model->membrane);
  lg_free(ctx, model);
}
