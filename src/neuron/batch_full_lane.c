/* Batches of tm neurons with every current, one lane at a time: rows of a neuron, its crossings, peaks and shape. */
#include "base/elementary.h"
#include "neuron/batch_full.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

#define SHAPE_BEFORE_MS 8.0
#define SHAPE_AFTER_MS 22.0 /* a spike returns within 15 ms, its minimum lies within 5 ms after the peak */

unsigned lg_full_flags(const lg_neuron *neuron) {
  const double *p = neuron->value;
  unsigned flags = 0;
  const bool b1 = p[LG_TM_NAB_DOSE] > 0.0 && p[LG_TM_NAB_KON] > 0.0;
  const bool b2 = p[LG_TM_NAB2_DOSE] > 0.0 && p[LG_TM_NAB2_KON] > 0.0;
  if (p[LG_TM_GNAP] > 0.0) flags |= LG_FULL_NAP;
  if (p[LG_TM_GA] > 0.0) flags |= LG_FULL_A;
  if (p[LG_TM_GCAT] > 0.0) flags |= LG_FULL_CAT;
  if (p[LG_TM_GCAL] > 0.0) flags |= LG_FULL_CAL;
  if (p[LG_TM_GSK] > 0.0) flags |= LG_FULL_SK;
  if (p[LG_TM_GH] > 0.0) flags |= LG_FULL_H;
  if (b1) flags |= LG_FULL_B1;
  if (b2) flags |= LG_FULL_B2;
  if (b1 && b2 && p[LG_TM_ONE_SITE] > 0.5) flags |= LG_FULL_ONE_SITE;
  if (p[LG_TM_SLOW] > 0.0 || (b1 && p[LG_TM_NAB_SLOW] > 0.5) || (b2 && p[LG_TM_NAB2_SLOW] > 0.5)) flags |= LG_FULL_S;
  return flags;
}

typedef double rows_of[LG_TILE];

static void fill_base(rows_of *row, size_t l, const double *p) {
  const double inv_C = 1.0 / p[LG_TM_C];
  row[LG_FR_GNA][l] = p[LG_TM_GNA] * p[LG_TM_GNA_SCALE] * inv_C;
  row[LG_FR_GK][l] = p[LG_TM_GK] * p[LG_TM_GK_SCALE] * inv_C;
  row[LG_FR_GM][l] = p[LG_TM_GM] * p[LG_TM_GM_SCALE] * inv_C;
  /* tonic GABA and GIRK are leaks of their own potentials */
  row[LG_FR_GL][l] = (p[LG_TM_GL] + (p[LG_TM_GGABA] + p[LG_TM_GGIRK])) * inv_C;
  row[LG_FR_GLEL][l] =
      (p[LG_TM_GL] * p[LG_TM_EL] + (p[LG_TM_GGABA] * p[LG_TM_EGABA] + p[LG_TM_GGIRK] * p[LG_TM_EK])) * inv_C;
  row[LG_FR_ENA][l] = p[LG_TM_ENA];
  row[LG_FR_EK][l] = p[LG_TM_EK];
  row[LG_FR_VT][l] = p[LG_TM_VT];
  row[LG_FR_AH][l] = 0.128 * lg_exp((17.0 + p[LG_TM_H_SHIFT]) / 18.0);
  row[LG_FR_BH][l] = lg_exp((40.0 + p[LG_TM_H_SHIFT]) * 0.2);
  row[LG_FR_PSCALE][l] = lg_exp((p[LG_TM_VT] + 35.0 - p[LG_TM_P_SHIFT]) * 0.05);
  row[LG_FR_P_RATE][l] = 1.0 / p[LG_TM_TAUMAX];
  row[LG_FR_Q][l] = p[LG_TM_RATE_SCALE];
}

static void fill_currents(rows_of *row, size_t l, const double *p) {
  const double inv_C = 1.0 / p[LG_TM_C], q = p[LG_TM_RATE_SCALE];
  row[LG_FR_GNAP][l] = p[LG_TM_GNAP] * inv_C;
  row[LG_FR_NAP_HALF][l] = p[LG_TM_NAP_HALF];
  row[LG_FR_NAP_SLOPE][l] = 1.0 / p[LG_TM_NAP_SLOPE];
  row[LG_FR_GA][l] = p[LG_TM_GA] * inv_C;
  row[LG_FR_A_HALF][l] = p[LG_TM_A_HALF];
  row[LG_FR_A_SLOPE][l] = 1.0 / p[LG_TM_A_SLOPE];
  row[LG_FR_B_HALF][l] = p[LG_TM_A_H_HALF];
  row[LG_FR_B_SLOPE][l] = 1.0 / p[LG_TM_A_H_SLOPE];
  row[LG_FR_B_RATE][l] = q / p[LG_TM_A_H_TAU];
  row[LG_FR_GCAT][l] = p[LG_TM_GCAT] * inv_C;
  row[LG_FR_CAT_SHIFT][l] = p[LG_TM_CAT_SHIFT];
  row[LG_FR_GCAL][l] = p[LG_TM_GCAL] * inv_C;
  row[LG_FR_ECA][l] = p[LG_TM_ECA];
  row[LG_FR_GSK][l] = p[LG_TM_GSK] * inv_C;
  row[LG_FR_SK_INV][l] = 1.0 / p[LG_TM_SK_K];
  row[LG_FR_CA_PULL][l] = p[LG_TM_CA_TAU] * p[LG_TM_CA_GAIN] * p[LG_TM_C];
  row[LG_FR_CA_REST][l] = p[LG_TM_CA_REST];
  row[LG_FR_CA_RATE][l] = 1.0 / p[LG_TM_CA_TAU];
  row[LG_FR_GH][l] = p[LG_TM_GH] * inv_C;
  row[LG_FR_EH][l] = p[LG_TM_EH];
  row[LG_FR_R_HALF][l] = p[LG_TM_H_HALF];
  row[LG_FR_R_SLOPE][l] = 1.0 / p[LG_TM_H_SLOPE];
  row[LG_FR_R_TAU_MIN][l] = p[LG_TM_H_TAU_MIN];
  row[LG_FR_R_TAU_GAP][l] = p[LG_TM_H_TAU_MAX] - p[LG_TM_H_TAU_MIN];
}

static void fill_sodium(rows_of *row, size_t l, const double *p) {
  row[LG_FR_SHARE][l] = p[LG_TM_SLOW];
  row[LG_FR_S_HALF][l] = p[LG_TM_S_HALF];
  row[LG_FR_S_SLOPE][l] = 1.0 / p[LG_TM_S_SLOPE];
  row[LG_FR_S_TAU_MIN][l] = p[LG_TM_S_TAU_MIN];
  row[LG_FR_S_TAU_GAP][l] = p[LG_TM_S_TAU_MAX] - p[LG_TM_S_TAU_MIN];
  for (size_t k = 0; k < 2; k++) {
    const double *b = p + (k > 0 ? LG_TM_NAB2_KON - LG_TM_NAB_KON : 0);
    const size_t first = k > 0 ? LG_FR_B2_ON : LG_FR_B1_ON;
    row[first][l] = b[LG_TM_NAB_KON] * b[LG_TM_NAB_DOSE];
    row[first + 1][l] = b[LG_TM_NAB_KON] * b[LG_TM_NAB_KI];
    row[first + 2][l] = b[LG_TM_NAB_KI] / b[LG_TM_NAB_KR];
    row[first + 3][l] = b[LG_TM_NAB_SLOW];
  }
}

/* State of the model to row of its start. */
static const struct {
  int state, row;
} starts[] = {{LG_TMS_V, LG_FR_V},   {LG_TMS_M, LG_FR_M},  {LG_TMS_H, LG_FR_H},  {LG_TMS_N, LG_FR_N},
              {LG_TMS_P, LG_FR_P},   {LG_TMS_AM, LG_FR_A}, {LG_TMS_AH, LG_FR_B}, {LG_TMS_U, LG_FR_U},
              {LG_TMS_CA, LG_FR_CA}, {LG_TMS_R, LG_FR_R},  {LG_TMS_S, LG_FR_S},  {LG_TMS_B, LG_FR_B1},
              {LG_TMS_B2, LG_FR_B2}};
enum { N_STARTS = sizeof starts / sizeof starts[0] };

bool lg_full_fill(lg_full_tile *t, size_t lane, const lg_neuron *neuron, const lg_neuron *before, double scale,
                  double offset) {
  rows_of *row = t->row;
  const double inv_C = 1.0 / neuron->value[LG_TM_C];
  if (before && memcmp(neuron, before, sizeof *neuron) == 0) {
    for (size_t r = 0; r < LG_FR_ROWS; r++) row[r][lane] = row[r][lane - 1];
  } else {
    lg_plan plan;
    if (!lg_plan_tm_checked(neuron, &plan)) return false;
    fill_base(row, lane, plan.p);
    fill_currents(row, lane, plan.p);
    fill_sodium(row, lane, plan.p);
    for (size_t k = 0; k < N_STARTS; k++) {
      const int place = plan.place[starts[k].state];
      row[starts[k].row][lane] = place >= 0 ? plan.y0[place] : 0.0;
    }
  }
  row[LG_FR_SCALE][lane] = scale * inv_C;
  row[LG_FR_OFFSET][lane] = offset * inv_C;
  return true;
}

/* ---- crossings, peaks, shapes ------------------------------------------------------------------------------------ */

void lg_full_crossing(lg_full_tile *t, size_t lane, size_t k, double share, double v_mV) {
  const lg_batch_output *o = t->output;
  const size_t neuron = t->neuron[lane];
  const double at = ((double)k + share) * t->dt_ms;
  if (t->stop_step[lane] != SIZE_MAX) return;
  if (o->spikes_ms && t->count[lane] < o->max_spikes) o->spikes_ms[neuron * o->max_spikes + t->count[lane]] = at;
  if (o->peaks_mV && t->count[lane] < o->max_spikes) o->peaks_mV[neuron * o->max_spikes + t->count[lane]] = (double)NAN;
  if (t->ring || t->ring32) {
    if (t->n_queue[lane] == LG_FULL_QUEUE) /* the oldest one's peak stays unknown */
      memmove(t->queue[lane], t->queue[lane] + 1, (--t->n_queue[lane]) * sizeof t->queue[lane][0]);
    t->queue[lane][t->n_queue[lane]++] = k + 1;
  }
  if (t->first_cross[lane] == SIZE_MAX && k >= t->options->shape_step0) t->first_cross[lane] = k + 1;
  for (size_t i = 0; i < t->n_active; i++) t->window_spikes[t->active[i]][lane]++;
  if (++t->count[lane] != t->options->stop_after_spikes) return;
  t->stop_step[lane] = k + 1;
  t->stop_v[lane] = v_mV;
  t->n_stopped++;
}

static double seen(const lg_full_tile *t, size_t lane, size_t step, size_t end) {
  if (step >= end) return lg_full_v(t, lane);
  return t->single ? (double)t->ring32[step & t->ring_mask][lane] : t->ring[step & t->ring_mask][lane];
}

/* Local maximum at or behind step `from`, by a parabola; NAN while there is none. Steps up to `end` are known, that one
   from the state. */
static double find_peak(const lg_full_tile *t, size_t lane, size_t from, size_t end) {
  for (size_t k = from; k < end; k++) {
    const double a = seen(t, lane, k - 1, end), b = seen(t, lane, k, end), c = seen(t, lane, k + 1, end);
    if (!(b >= a && b > c)) continue;
    const double bend = a - 2.0 * b + c, slope = 0.5 * (c - a);
    return b - 0.5 * slope * slope / bend;
  }
  return (double)NAN;
}

static void measure_peaks(lg_full_tile *t, size_t lane, size_t end, bool at_end) {
  const lg_batch_output *o = t->output;
  const size_t waiting = t->n_queue[lane];
  size_t done = 0;
  for (; done < waiting; done++) {
    const size_t from = t->queue[lane][done], index = t->count[lane] - waiting + done;
    const bool old = end - from > t->ring_mask - 8;
    double peak = old ? (double)NAN : find_peak(t, lane, from, end);
    if (isnan(peak) && !old && !at_end) break;
    if (isnan(peak)) peak = seen(t, lane, end, end); /* it rises to the end, or for as long as is remembered */
    if (o->peaks_mV && index < o->max_spikes) o->peaks_mV[t->neuron[lane] * o->max_spikes + index] = peak;
  }
  memmove(t->queue[lane], t->queue[lane] + done, (waiting - done) * sizeof t->queue[lane][0]);
  t->n_queue[lane] = (uint32_t)(waiting - done);
}

static void measure_shape(lg_full_tile *t, size_t lane, size_t end) {
  const size_t cross = t->first_cross[lane], before = (size_t)(SHAPE_BEFORE_MS / t->dt_ms);
  size_t begin = cross > before ? cross - before : 0;
  if (end - begin > t->ring_mask) begin = end - t->ring_mask;
  for (size_t k = begin; k <= end; k++) t->scratch[k - begin] = seen(t, lane, k, end);
  lg_spike spikes[4];
  lg_batch_shape *out = &t->output->first_spike[t->neuron[lane]];
  const double none = (double)NAN;
  *out = (lg_batch_shape){none, none, none, none, none, none};
  t->shaped[lane] = 1;
  const size_t n = lg_spikes_find(t->scratch, end - begin + 1, t->dt_ms, NULL, 4, spikes);
  for (size_t k = 0; k < n && k < 4; k++) {
    if (spikes[k].i_cross + begin != cross) continue;
    *out = (lg_batch_shape){spikes[k].t_cross_ms + (double)begin * t->dt_ms,
                            spikes[k].threshold_mV,
                            spikes[k].peak_mV,
                            spikes[k].amplitude_mV,
                            spikes[k].half_width_ms,
                            spikes[k].fast_ahp_mV};
  }
}

void lg_full_measure(lg_full_tile *t, size_t lane, bool at_end) {
  const lg_batch_output *o = t->output;
  const bool stopped = t->stop_step[lane] != SIZE_MAX;
  const size_t end = t->step0; /* steps of a stopped lane behind its stop are the same whatever the others do */
  if (t->n_queue[lane] > 0) measure_peaks(t, lane, end, at_end && !stopped);
  if (!o->first_spike || t->shaped[lane]) return;
  if (t->first_cross[lane] == SIZE_MAX) {
    if (!at_end) return;
    const double none = (double)NAN;
    o->first_spike[t->neuron[lane]] = (lg_batch_shape){none, none, none, none, none, none};
    return;
  }
  const size_t wanted = t->first_cross[lane] + (size_t)(SHAPE_AFTER_MS / t->dt_ms);
  if (!at_end && end < wanted) return;
  measure_shape(t, lane, end < wanted ? end : wanted);
}
