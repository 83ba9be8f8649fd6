/* Network files; small networks that are accepted run for some steps, and their states go round. */
#include "twin/network_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static bool is_small(const cable_network_model *m) {
  size_t cells = 0, named = 0;
  for (size_t p = 0; p < m->n_populations; p++) {
    const cable_population *q = &m->populations[p];
    cells += q->number;
    if (q->number > 300 || q->rate_Hz > 1e4) return false;
    if (q->model && (q->model->n_compartments > 50 || q->model->morphology)) return false;
  }
  for (size_t s = 0; s < m->n_stimuli; s++)
    if (m->stimuli[s].rate_Hz > 1e4) return false;
  for (size_t k = 0; k < m->n_probes; k++) named += m->probes[k].of.all ? 300 : m->probes[k].of.n;
  return cells <= 600 && m->n_projections <= 20 && m->tstop_ms / m->sample_ms < 1e5 && named < 2000;
}

static void run(lg_ctx *ctx, cable_network_model *m) {
  cable_network *net = NULL;
  cable_network_result *result = NULL;
  unsigned char *state = NULL;
  size_t n = 0;
  if (m->tstop_ms > 20 * m->dt_ms) m->tstop_ms = 20 * m->dt_ms;
  if (lg_cable_network_create(ctx, m, NULL, &net) != LG_OK) {
    require(strlen(lg_ctx_message(ctx)) > 10, "no message", "create");
    return;
  }
  const lg_status ran = lg_cable_network_run(ctx, net, NULL);
  require(ran == LG_OK || ran == LG_ERR_NUMERICAL || ran == LG_ERR_LIMIT, "cannot run", lg_ctx_message(ctx));
  require(lg_cable_network_result(ctx, net, &result) == LG_OK, "no result", lg_ctx_message(ctx));
  require(lg_cable_network_save(ctx, net, &state, &n) == LG_OK, "cannot be saved", lg_ctx_message(ctx));
  require(lg_cable_network_restore(ctx, net, state, n) == LG_OK, "cannot be put back", lg_ctx_message(ctx));
  for (size_t k = 1; k < result->n_spikes; k++)
    require(result->spikes[k - 1].t_ms <= result->spikes[k].t_ms, "spikes do not ascend", "");
  lg_free(ctx, state);
  lg_cable_network_result_destroy(ctx, result);
  lg_cable_network_destroy(ctx, net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_json_doc *doc = NULL;
  cable_network_model *m = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_json_parse(ctx, "fuzz.json", data, size, LG_JSON_COMMENTS, &doc) == LG_OK) {
    const lg_json_at root = lg_json_root(doc);
    const lg_status status = lg_network_parse(ctx, &root, "/nonexistent", NULL, &m);
    const char *message = lg_ctx_message(ctx);
    require((status == LG_OK) == (m != NULL), "status and network disagree", message);
    require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
    require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
    if (m && is_small(m)) run(ctx, m);
  }
  lg_cable_network_model_destroy(ctx, m);
  lg_json_doc_destroy(ctx, doc);
  lg_ctx_destroy(ctx);
  return 0;
}
