/* What loligo info says about networks that stand for the mechanics of an axon. */
#include "app/cli/info.h"
#include "learn/gate_net.h"
#include "twin/axon_net_file.h"

#include <string.h>

static const char *const outputs[AXON_PREDICTED] = {"mt", "axl", "tau_pct", "nf_pct"};

bool info_axon_net_is(const lg_safetensors *st) {
  const char *schema = lg_safetensors_metadata(st, "schema");
  return schema && strncmp(schema, "loligo-axon-surrogate/", 22) == 0;
}

/* Constants that are not the male axon's. */
static void params_text(FILE *stream, const axon_params *params) {
  const axon_params male = lg_axon_params_male();
  size_t n = 0;
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *p = &lg_axon_param_names[k];
    const double x = lg_axon_param_get(params, p);
    if (x == lg_axon_param_get(&male, p)) continue;
    (void)fprintf(stream, "%s%s=%g", n++ ? " " : "the default male axon but ", p->name, x);
  }
  if (n == 0) (void)fprintf(stream, "the default male axon");
}

void info_axon_net_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st) {
  lg_axon_surrogate *net = NULL;
  if (lg_axon_surrogate_of(ctx, st, &net) != LG_OK) {
    (void)fprintf(stream, "\nnot usable by loligo axon predict: %s\n", lg_ctx_message(ctx));
    return;
  }
  (void)fprintf(stream, "\nsurrogate of an axon: %zu networks of layout '%s', %zu weights each\n", net->n_nets,
                lg_axon_net_shape(net->layout)->name, net->n_weights);
  (void)fprintf(stream, "labels of    ");
  params_text(stream, &net->params);
  (void)fprintf(stream, "\nin range    within %.4g of one of %zu training profiles, and a spread of at most",
                net->known_threshold, net->n_known);
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    if (net->most_spread[q] > 0.0) (void)fprintf(stream, " %s %.3g", outputs[q], net->most_spread[q]);
    else (void)fprintf(stream, " %s any", outputs[q]);
  (void)fprintf(stream, "\nsd           floor and factor of the spread, in sd of the transformed output:");
  for (size_t q = 0; q < AXON_PREDICTED; q++)
    (void)fprintf(stream, " %s %.3g %.3g", outputs[q], net->sd_floor[q], net->sd_scale[q]);
  (void)fputc('\n', stream);
  lg_axon_surrogate_destroy(ctx, net);
}

void info_axon_net_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st) {
  lg_axon_surrogate *net = NULL;
  lg_json_key(w, "surrogate");
  lg_json_object(w);
  if (lg_axon_surrogate_of(ctx, st, &net) != LG_OK) {
    lg_json_key_text(w, "error", lg_ctx_message(ctx));
    lg_json_end_object(w);
    return;
  }
  lg_json_key_text(w, "layout", lg_axon_net_shape(net->layout)->name);
  lg_json_key_integer(w, "n_networks", (int64_t)net->n_nets);
  lg_json_key_integer(w, "n_weights", (int64_t)net->n_weights);
  lg_json_key_integer(w, "n_known", (int64_t)net->n_known);
  lg_json_key_number(w, "known_threshold", net->known_threshold);
  lg_json_key(w, "outputs");
  lg_json_array(w);
  for (size_t q = 0; q < AXON_PREDICTED; q++) lg_json_text(w, outputs[q]);
  lg_json_end_array(w);
  lg_json_key_numbers(w, "most_spread", net->most_spread, AXON_PREDICTED);
  lg_json_key_numbers(w, "sd_floor", net->sd_floor, AXON_PREDICTED);
  lg_json_key_numbers(w, "sd_scale", net->sd_scale, AXON_PREDICTED);
  lg_json_key(w, "params");
  lg_json_object(w);
  for (size_t k = 0; k < AXON_PARAMS; k++)
    lg_json_key_number(w, lg_axon_param_names[k].name, lg_axon_param_get(&net->params, &lg_axon_param_names[k]));
  lg_json_end_object(w);
  lg_json_end_object(w);
  lg_axon_surrogate_destroy(ctx, net);
}

void info_network_kind_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st) {
  if (lg_gate_net_is(st)) info_gate_text(ctx, stream, st);
  else if (info_axon_net_is(st)) info_axon_net_text(ctx, stream, st);
}

void info_network_kind_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st) {
  if (lg_gate_net_is(st)) info_gate_json(ctx, w, st);
  else if (info_axon_net_is(st)) info_axon_net_json(ctx, w, st);
}
