/* What loligo info says about the gates of a channel that are a network. */
#include "app/cli/info.h"
#include "learn/gate_net.h"

#include <math.h>

static const char *unit_of(const lg_gate_plan *p) { return p->input == LG_GATE_CALCIUM ? "uM" : "mV"; }

static const char *input_name(const lg_gate_plan *p) { return p->input == LG_GATE_CALCIUM ? "calcium" : "voltage"; }

/* The opening at rest where the file says that the gates rest, solved with its weights. */
static double solved_rest(const lg_gate_net *net, double gates[LG_GATES_MOST]) {
  return lg_gate_net_rest(net, net->plan.rest_u, gates);
}

void info_gate_text(lg_ctx *ctx, FILE *stream, const lg_safetensors *st) {
  lg_gate_net *net = NULL;
  double gates[LG_GATES_MOST];
  if (lg_gate_net_parse(ctx, st, &net) != LG_OK) {
    (void)fprintf(stream, "\nnot usable as gates of a channel: %s\n", lg_ctx_message(ctx));
    return;
  }
  const lg_gate_plan *p = &net->plan;
  (void)fprintf(stream, "\ngates of a channel, moved by %s: P =", input_name(p));
  for (size_t k = 0; k < p->n_gates; k++)
    if (p->power[k] == 1) (void)fprintf(stream, " %s", p->name[k]);
    else if (p->power[k] > 1) (void)fprintf(stream, " %s^%u", p->name[k], p->power[k]);
  for (size_t k = 0; k < p->n_gates; k++)
    if (p->power[k] == 0) (void)fprintf(stream, "; latent %s", p->name[k]);
  (void)fprintf(stream, "\nthe network gives %s\n",
                p->form == LG_GATE_RATE ? "opening and closing rates of every gate (0 <= P <= 1 at any step)"
                                        : "dP/dt, which is stepped explicitly and clipped");
  (void)fprintf(stream, "trained on   %.4g to %.4g %s, %.4g to %.4g %s/s", p->range_u[0], p->range_u[1], unit_of(p),
                p->range_udot[0], p->range_udot[1], unit_of(p));
  if (!isnan(p->celsius)) (void)fprintf(stream, ", %g degC (Q10 %g)", p->celsius, p->q10);
  const double open = solved_rest(net, gates);
  (void)fprintf(stream, "\nat rest      P %.6g at %g %s (", open, p->rest_u, unit_of(p));
  for (size_t k = 0; k < p->n_gates; k++) (void)fprintf(stream, "%s%s %.6g", k ? ", " : "", p->name[k], gates[k]);
  (void)fprintf(stream, ")\nhash         %016llx\n", (unsigned long long)net->hash);
  lg_gate_net_destroy(ctx, net);
}

void info_gate_json(lg_ctx *ctx, lg_json *w, const lg_safetensors *st) {
  lg_gate_net *net = NULL;
  double gates[LG_GATES_MOST];
  char hash[20];
  lg_json_key(w, "gates");
  lg_json_object(w);
  if (lg_gate_net_parse(ctx, st, &net) != LG_OK) {
    lg_json_key_text(w, "error", lg_ctx_message(ctx));
    lg_json_end_object(w);
    return;
  }
  const lg_gate_plan *p = &net->plan;
  const double open = solved_rest(net, gates);
  lg_json_key_text(w, "form", p->form == LG_GATE_RATE ? "rate" : "raw");
  lg_json_key_text(w, "input", p->input == LG_GATE_CALCIUM ? "c" : "v");
  lg_json_key(w, "gates");
  lg_json_array(w);
  for (size_t k = 0; k < p->n_gates; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "name", p->name[k]);
    lg_json_key_integer(w, "power", (int64_t)p->power[k]);
    lg_json_key_number(w, "rest", gates[k]);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_key_number(w, "P_rest", open);
  lg_json_key_number(w, p->input == LG_GATE_CALCIUM ? "rest_uM" : "rest_mV", p->rest_u);
  (void)snprintf(hash, sizeof hash, "%016llx", (unsigned long long)net->hash);
  lg_json_key_text(w, "hash", hash);
  lg_json_end_object(w);
  lg_gate_net_destroy(ctx, net);
}
