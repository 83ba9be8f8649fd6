/* How well a network of gates does: on protocols, and in waves. */
#include "calcium/gate_net.h"
#include "twin/gate_train.h"

#include <math.h>
#include <string.h>

void lg_gate_score_clear(lg_ctx *ctx, gate_score *s) {
  lg_free(ctx, s->rows);
  *s = (gate_score){0};
}

/* Of one protocol: squares over samples, and over time by trapezoids. */
static void score_row(const gate_data *d, const gate_protocol *p, const double *open, gate_score_row *row,
                      double sums[4]) {
  double square = 0.0, area = 0.0, span = 0.0;
  (void)snprintf(row->name, sizeof row->name, "%s", p->name);
  row->n = p->n;
  for (size_t i = p->first; i < p->first + p->n; i++) {
    const double e = open[i] - d->open[i];
    square += e * e;
    row->worst = fabs(e) > row->worst ? fabs(e) : row->worst;
    if (i == p->first) continue;
    const double before = open[i - 1] - d->open[i - 1], dt = d->t_s[i] - d->t_s[i - 1];
    area += 0.5 * dt * (e * e + before * before);
    span += dt;
  }
  row->rmse = sqrt(square / (double)p->n);
  row->rmse_time = sqrt(area / span);
  sums[0] += square;
  sums[1] += (double)p->n;
  sums[2] += area / span;
  sums[3] += 1.0;
}

lg_status lg_gate_score(lg_ctx *ctx, const lg_gate_net *net, const gate_data *d, gate_score *s) {
  lg_status status = LG_OK;
  double *open = NULL, sums[4] = {0};
  memset(s, 0, sizeof *s);
  s->low = 1.0;
  LG_NEW(ctx, open, d->n);
  LG_NEW(ctx, s->rows, d->n_protocols);
  s->n_rows = d->n_protocols;
  lg_gate_replay(net, d, 2e-5, open, &s->clipped);
  for (size_t k = 0; k < d->n_protocols; k++) {
    score_row(d, &d->protocols[k], open, &s->rows[k], sums);
    s->worst = s->rows[k].worst > s->worst ? s->rows[k].worst : s->worst;
  }
  for (size_t i = 0; i < d->n; i++) {
    s->low = open[i] < s->low ? open[i] : s->low;
    s->high = open[i] > s->high ? open[i] : s->high;
  }
  s->rmse = sqrt(sums[0] / sums[1]);
  s->rmse_time = sqrt(sums[2] / sums[3]);
done:
  lg_free(ctx, open);
  return status;
}

/* ---- waves ------------------------------------------------------------------------------------------ */

static lg_status wave(lg_ctx *ctx, const calcium_case *c, const calcium_gate *gate, double dx_um, double dt_s,
                      calcium_summary *out) {
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  calcium_result *r = NULL;
  const calcium_options o = {.dt_s = dt_s};
  LG_TRY(lg_calcium_grid_create(ctx, c, dx_um, &grid));
  LG_TRY(lg_calcium_simulate(ctx, c, grid, gate, NULL, &o, &r));
  *out = r->summary;
done:
  lg_calcium_result_destroy(ctx, r);
  lg_calcium_grid_destroy(ctx, grid);
  return status;
}

lg_status lg_gate_wave_score(lg_ctx *ctx, const lg_gate_net *net, const gate_train_options *o, bool long_run,
                             double dx_um, double dt_s, gate_wave_score *s) {
  lg_status status = LG_OK;
  calcium_gate_net *own = NULL;
  calcium_section cylinder = {.length_um = 64.0, .parent = -1, .radius0_um = 0.4, .er0_um = 0.15};
  calcium_stimulus ramp = {.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001};
  calcium_place probe = {0, 32.0};
  calcium_case c = {.constants = o->constants ? *o->constants : lg_calcium_constants_default(),
                    .n_sections = 1,
                    .sections = &cylinder,
                    .n_stimuli = 1,
                    .stimuli = &ramp,
                    .threshold_uM = 1.0,
                    .n_probes = 1,
                    .probes = &probe};
  memset(s, 0, sizeof *s);
  c.end_s = o->wave == GATE_WAVE_RISE ? 0.12 : long_run ? 0.32 : 0.14;
  LG_TRY(lg_calcium_gate_net_create(ctx, net, &own));
  const calcium_gate learned = lg_calcium_gate_net(own);
  const calcium_gate reference = o->wave == GATE_WAVE_RISE      ? lg_calcium_gate_rise(&c.constants)
                                 : o->wave == GATE_WAVE_CLOSURE ? lg_calcium_gate_closure(&c.constants)
                                                                : lg_calcium_gate_kl(&c.constants);
  LG_TRY(wave(ctx, &c, &reference, dx_um, dt_s, &s->reference));
  status = wave(ctx, &c, &learned, dx_um, dt_s, &s->net);
  if (status == LG_ERR_NUMERICAL) { /* a network that is not there yet: no wave of it */
    s->net = (calcium_summary){.speed_um_s = (double)NAN, .peak_uM = (double)NAN};
    status = LG_OK;
  }
  s->speed = s->net.speed_um_s / s->reference.speed_um_s - 1.0;
  s->peak = s->net.peak_uM / s->reference.peak_uM - 1.0;
  s->above = s->net.above_threshold_ms / s->reference.above_threshold_ms - 1.0;
  s->half = s->net.open_half_ms / s->reference.open_half_ms - 1.0;
done:
  lg_calcium_gate_net_destroy(ctx, own);
  return status;
}
