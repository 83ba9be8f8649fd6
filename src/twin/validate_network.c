#include "twin/validate_network.h"

#include <string.h>

struct lg_validate_network {
  lg_clone_net_file *file;
  lg_ctx **worker; /* (threads): a context belongs to one thread */
  unsigned threads;
};

lg_status lg_validate_network_load(lg_ctx *ctx, const char *path, lg_validate_family model, unsigned threads,
                                   lg_validate_network **out) {
  lg_status status = LG_OK;
  lg_validate_network *n = NULL;
  *out = NULL;
  LG_NEW(ctx, n, 1);
  LG_TRY(lg_clone_net_load(ctx, path, &n->file));
  if ((n->file->net.plan.family == LG_NET_TM) != (model == LG_VALIDATE_TM)) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "network %s is of another family", n->file->name);
    goto done;
  }
  LG_NEW(ctx, n->worker, threads);
  n->threads = threads;
  for (unsigned t = 0; t < threads; t++)
    if (lg_ctx_create(&n->worker[t]) != LG_OK) {
      status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for a context");
      goto done;
    }
  *out = n;
  return LG_OK;
done:
  lg_validate_network_destroy(ctx, n);
  return status;
}

void lg_validate_network_destroy(lg_ctx *ctx, lg_validate_network *network) {
  if (!network) return;
  for (unsigned t = 0; network->worker && t < network->threads; t++) lg_ctx_destroy(network->worker[t]);
  lg_free(ctx, (void *)network->worker);
  lg_clone_net_destroy(ctx, network->file);
  lg_free(ctx, network);
}

bool lg_validate_network_predict(void *user, unsigned worker, const lg_trace *trace, double natural[LG_VALIDATE_P]) {
  const lg_validate_network *n = user;
  const lg_fit_trace one = {trace->v_mV, trace->i_pA, trace->n, trace->dt_ms};
  lg_clone_guess guess; /* 30 kB */
  if (lg_clone_net_guess(n->worker[worker], n->file, &one, 1, 1, &guess) != LG_OK) return false;
  memcpy(natural, guess.mean, sizeof guess.mean);
  return true;
}
