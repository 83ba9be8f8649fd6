/* Cloning: the public interface. */
#define _XOPEN_SOURCE 700
#include "twin/api.h"
#include "twin/clone_network.h"

#include <loligo/twin.h>
#include <unistd.h>

static void destroy_clone(lg_ctx *ctx, void *clone) { lg_clone_destroy(ctx, clone); }

typedef struct networks {
  lg_clone_net_file *file[LG_CLONE_NETWORKS];
  size_t n;
} networks;

/* Those of the folder that are there; each is an input of the run. */
static lg_status load_networks(lg_ctx *ctx, const char *folder, lg_provenance *provenance, networks *nets) {
  lg_status status = LG_OK;
  char path[4096];
  for (size_t k = 0; folder && k < LG_CLONE_NETWORKS; k++) {
    if (snprintf(path, sizeof path, "%s/%s.safetensors", folder, lg_clone_network_names[k]) >= (int)sizeof path)
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "the path of the networks is too long"));
    if (access(path, R_OK) != 0) continue;
    LG_TRY(lg_clone_net_load(ctx, path, &nets->file[nets->n]));
    nets->n++;
    LG_TRY(lg_provenance_add_input(ctx, provenance, "network", path));
  }
done:
  return status;
}

static lg_status give_json(lg_ctx *ctx, lg_result *r, const lg_clone *c, const lg_recording *rec,
                           lg_provenance *provenance) {
  lg_status status = LG_OK;
  lg_result_writer writer = {0};
  LG_TRY(lg_result_text_begin(ctx, &writer));
  lg_json w = lg_json_begin(writer.stream);
  lg_twin_write_json(&c->twin, rec, c->sweeps, c->n_sweeps, provenance, &w);
  if (!lg_json_end(&w)) LG_TRY(lg_fail(ctx, LG_ERR_INTERNAL, "the twin's JSON did not nest"));
  LG_TRY(lg_result_text_end(ctx, r, "json", &writer));
done:
  lg_result_text_drop(&writer);
  return status;
}

static lg_status give_arrays(lg_ctx *ctx, lg_result *r, const lg_clone *c, const lg_recording *rec) {
  lg_status status = LG_OK;
  const lg_twin *t = &c->twin;
  char name[40];
  LG_TRY(lg_result_lend(ctx, r, "samples", LG_ARRAY_DOUBLE, 2, (size_t[]){t->n_samples, t->n_parameters}, t->samples));
  LG_TRY(lg_result_lend(ctx, r, "covariance", LG_ARRAY_DOUBLE, 2, (size_t[]){t->n_parameters, t->n_parameters},
                        t->covariance));
  for (size_t k = 0; k < c->n_sweeps; k++) {
    (void)snprintf(name, sizeof name, "twin_mV.%zu", k);
    LG_TRY(lg_result_lend_row(ctx, r, name, c->twin_mV[k] ? rec->sweeps[k].n : 0, c->twin_mV[k]));
  }
done:
  return status;
}

lg_status lg_twin_clone(lg_ctx *ctx, const lg_recording *rec, const lg_clone_options *options, lg_result **out) {
  const lg_clone_options defaults = LG_CLONE_OPTIONS_INIT, *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_clone *clone = NULL;
  lg_provenance *provenance = NULL;
  networks nets = {.n = 0};
  char word[] = "lg_twin_clone", *argv[] = {word, NULL};
  *out = NULL;
  LG_TRY(lg_api_size(ctx, "lg_clone_options", o->size, sizeof *o));
  LG_TRY(lg_provenance_create(ctx, 1, argv, o->seed, &provenance));
  LG_TRY(lg_provenance_add_recording(ctx, provenance, rec));
  LG_TRY(load_networks(ctx, o->networks, provenance, &nets));
  const lg_clone_opts opts = {.model = o->model,
                              .all_sweeps = o->all_sweeps != 0,
                              .samples = o->laplace == 0,
                              .network_only = o->network_only != 0,
                              .nets = (const lg_clone_net_file *const *)nets.file,
                              .n_nets = nets.n,
                              .seed = o->seed};
  LG_TRY(lg_clone_recording(ctx, rec, &opts, &clone));
  LG_TRY(lg_result_create(ctx, &r));
  const lg_clone *found = clone;
  clone = NULL;
  LG_TRY(lg_result_keep(ctx, r, (void *)(uintptr_t)found, destroy_clone));
  LG_TRY(give_arrays(ctx, r, found, rec));
  LG_TRY(give_json(ctx, r, found, rec, provenance));
  *out = r;
  r = NULL;
done:
  lg_clone_destroy(ctx, clone);
  for (size_t k = 0; k < nets.n; k++) lg_clone_net_destroy(ctx, nets.file[k]);
  lg_provenance_destroy(ctx, provenance);
  lg_result_destroy(ctx, r);
  return status;
}
