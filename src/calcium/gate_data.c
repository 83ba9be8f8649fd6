/* Sets of recordings of a channel. */
#include "calcium/gate_data.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

void lg_gate_data_destroy(lg_ctx *ctx, gate_data *d) {
  if (!d) return;
  lg_free(ctx, d->protocols);
  lg_free(ctx, d->t_s);
  lg_free(ctx, d->u);
  lg_free(ctx, d->udot);
  lg_free(ctx, d->open);
  lg_free(ctx, d->weight);
  lg_free(ctx, d);
}

lg_status lg_gate_data_create(lg_ctx *ctx, bool voltage, size_t n_protocols, size_t n, gate_data **out) {
  lg_status status = LG_OK;
  gate_data *d = NULL;
  *out = NULL;
  LG_NEW(ctx, d, 1);
  d->voltage = voltage;
  d->n_protocols = n_protocols;
  d->n = n;
  LG_NEW(ctx, d->protocols, n_protocols + 1);
  LG_NEW(ctx, d->t_s, n + 1);
  LG_NEW(ctx, d->u, n + 1);
  LG_NEW(ctx, d->udot, n + 1);
  LG_NEW(ctx, d->open, n + 1);
  LG_NEW(ctx, d->weight, n + 1);
  *out = d;
  d = NULL;
done:
  lg_gate_data_destroy(ctx, d);
  return status;
}

lg_status lg_gate_data_pick(lg_ctx *ctx, const gate_data *from, const size_t *which, size_t n, gate_data **out) {
  size_t rows = 0;
  for (size_t k = 0; k < n; k++) rows += from->protocols[which[k]].n;
  const lg_status status = lg_gate_data_create(ctx, from->voltage, n, rows, out);
  if (status != LG_OK) return status;
  gate_data *d = *out;
  d->n_states = from->n_states;
  rows = 0;
  for (size_t k = 0; k < n; k++) {
    const gate_protocol *p = &from->protocols[which[k]];
    d->protocols[k] = *p;
    d->protocols[k].first = rows;
    memcpy(d->t_s + rows, from->t_s + p->first, p->n * sizeof *d->t_s);
    memcpy(d->u + rows, from->u + p->first, p->n * sizeof *d->u);
    memcpy(d->udot + rows, from->udot + p->first, p->n * sizeof *d->udot);
    memcpy(d->open + rows, from->open + p->first, p->n * sizeof *d->open);
    memcpy(d->weight + rows, from->weight + p->first, p->n * sizeof *d->weight);
    rows += p->n;
  }
  return LG_OK;
}

/* Fritsch & Carlson: slopes of at most three times the chord keep the cubic between its ends. */
static double cut(double slope, double chord) {
  if (slope * chord <= 0.0 && fabs(chord) > 0.0) return 0.0;
  return fabs(slope) > 3.0 * fabs(chord) ? 3.0 * chord : slope;
}

void lg_gate_data_at(const gate_data *d, size_t i, double s, double *u, double *udot) {
  const double dt = d->t_s[i + 1] - d->t_s[i];
  const double ua = d->u[i], ub = d->u[i + 1], da = d->udot[i], db = d->udot[i + 1];
  if (da == 0.0 && db == 0.0) { /* constant, or held and then a jump */
    *u = ua;
    *udot = 0.0;
    return;
  }
  const bool log = !d->voltage;
  const double a = log ? lg_ln(ua) : ua, b = log ? lg_ln(ub) : ub, chord = (b - a) / dt;
  const double ma = cut(log ? da / ua : da, chord), mb = cut(log ? db / ub : db, chord);
  const double s2 = s * s, s3 = s2 * s;
  const double y = a + (3.0 * s2 - 2.0 * s3) * (b - a) + dt * ((s3 - 2.0 * s2 + s) * ma + (s3 - s2) * mb);
  const double dy = 6.0 * (s - s2) * chord + (3.0 * s2 - 4.0 * s + 1.0) * ma + (3.0 * s2 - 2.0 * s) * mb;
  *u = log ? lg_exp(y) : y;
  *udot = log ? *u * dy : dy;
}
