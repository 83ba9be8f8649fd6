/* The cell's features from the table of its sweeps: twin.md section 4. */
#include "neuron/features_internal.h"

typedef struct cell_view {
  const lg_feature_value *rows; /* (n, LG_SWEEP_FEATURES) */
  size_t n;
  double *column; /* (n) */
  lg_feature_value *cell;
} cell_view;

static const char NO_STEPS[] = "No sweep has a current step.";
static const char NO_RHEOBASE[] = "No positive step has a spike.";
static const size_t ABSENT = (size_t)-1;

static lg_feature_value at(const cell_view *c, size_t sweep, lg_sweep_feature id) {
  return c->rows[sweep * LG_SWEEP_FEATURES + (size_t)id];
}

static double number(const cell_view *c, size_t sweep, lg_sweep_feature id) { return at(c, sweep, id).value; }

static void set(cell_view *c, lg_cell_feature id, double value, const char *reason) {
  const bool defined = isfinite(value);
  c->cell[id] = (lg_feature_value){defined ? value : (double)NAN,
                                   defined ? NULL : (reason ? reason : "The values do not determine it.")};
}

/* Copy of a sweep's feature, with its reason; or undefined when there is no such sweep. */
static void copy(cell_view *c, lg_cell_feature to, size_t sweep, lg_sweep_feature from, const char *why_absent) {
  if (sweep == ABSENT) set(c, to, (double)NAN, why_absent);
  else c->cell[to] = at(c, sweep, from);
}

/* Median over the sweeps that define the feature. */
static double median_over(cell_view *c, lg_sweep_feature id) {
  size_t m = 0;
  for (size_t k = 0; k < c->n; k++)
    if (!at(c, k, id).reason) c->column[m++] = number(c, k, id);
  return features_median(c->column, m, c->column);
}

static void rest(cell_view *c) {
  double mean = 0.0, sum = 0.0, m = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    if (at(c, k, LG_SF_V_BASE).reason) continue;
    m += 1.0;
    const double v = number(c, k, LG_SF_V_BASE), d = v - mean;
    mean += d / m;
    sum += d * (v - mean);
  }
  set(c, LG_CF_N_SWEEPS, (double)c->n, NULL);
  set(c, LG_CF_V_REST, median_over(c, LG_SF_V_BASE), "No sweep has a step with a baseline before it.");
  set(c, LG_CF_V_REST_SD, m >= 2.0 ? sqrt(sum / (m - 1.0)) : (double)NAN, "Fewer than 2 sweeps have a baseline.");
  set(c, LG_CF_V_NOISE, median_over(c, LG_SF_V_NOISE), "No sweep has enough samples before its step.");
}

/* Sum of I*dV and I*I over steps that pass. */
static size_t ohm(const cell_view *c, bool negative, double *r_MOhm) {
  double xy = 0.0, xx = 0.0;
  size_t m = 0;
  for (size_t k = 0; k < c->n; k++) {
    if (at(c, k, LG_SF_DV_SS).reason) continue;
    const double i = number(c, k, LG_SF_I_STEP);
    if (negative ? !(i < -5.0) : !(fabs(i) > 5.0)) continue;
    xy += i * number(c, k, LG_SF_DV_SS);
    xx += i * i;
    m++;
  }
  *r_MOhm = m ? xy / xx * 1e3 : (double)NAN;
  return m;
}

static void resistance(cell_view *c) {
  double r = (double)NAN;
  if (ohm(c, true, &r) < 2) (void)ohm(c, false, &r);
  set(c, LG_CF_RIN, r, "No step beyond 5 pA is without spikes.");
}

static void most_negative(cell_view *c) {
  size_t best = ABSENT;
  for (size_t k = 0; k < c->n; k++)
    if (number(c, k, LG_SF_I_STEP) < -1.0 &&
        (best == ABSENT || number(c, k, LG_SF_I_STEP) < number(c, best, LG_SF_I_STEP)))
      best = k;
  copy(c, LG_CF_SAG, best, LG_SF_SAG, "No step is negative.");
  copy(c, LG_CF_REBOUND_N, best, LG_SF_N_REBOUND, "No step is negative.");
}

/* The smallest step, negative ones first, whose exponential fits. */
static void time_constant(cell_view *c) {
  size_t best = ABSENT;
  for (int negative = 1; negative >= 0 && best == ABSENT; negative--)
    for (size_t k = 0; k < c->n; k++) {
      const double i = number(c, k, LG_SF_I_STEP);
      if (at(c, k, LG_SF_TAU).reason || (negative ? !(i < 0.0) : !(i > 0.0))) continue;
      if (best == ABSENT || fabs(i) < fabs(number(c, best, LG_SF_I_STEP))) best = k;
    }
  static const char why[] = "No step without spikes gives an exponential.";
  copy(c, LG_CF_TAU, best, LG_SF_TAU, why);
  copy(c, LG_CF_CAPACITANCE, best, LG_SF_CAPACITANCE, why);
  set(c, LG_CF_TAU_SWEEP, best == ABSENT ? (double)NAN : (double)best, why);
}

static size_t find_rheobase(const cell_view *c) {
  size_t best = ABSENT;
  for (size_t k = 0; k < c->n; k++) {
    const double i = number(c, k, LG_SF_I_STEP);
    if (!(i > 1.0) || !(number(c, k, LG_SF_N_SPIKES) >= 1.0)) continue;
    if (best == ABSENT || i < number(c, best, LG_SF_I_STEP)) best = k;
  }
  return best;
}

static void at_rheobase(cell_view *c, size_t rheo) {
  static const struct {
    lg_cell_feature to;
    lg_sweep_feature from;
  } rows[] = {{LG_CF_RHEOBASE, LG_SF_I_STEP},
              {LG_CF_RHEO_THR, LG_SF_AP1_THR},
              {LG_CF_RHEO_AMP, LG_SF_AP1_AMP},
              {LG_CF_RHEO_HW, LG_SF_AP1_HW},
              {LG_CF_RHEO_UPSTROKE, LG_SF_AP1_UPSTROKE},
              {LG_CF_RHEO_FAST_AHP, LG_SF_AP1_FAST_AHP},
              {LG_CF_RHEO_LATENCY, LG_SF_LATENCY},
              {LG_CF_RHEO_PEAK, LG_SF_AP1_PEAK},
              {LG_CF_RHEO_DOWNSTROKE, LG_SF_AP1_DOWNSTROKE},
              {LG_CF_RHEO_PHASE_SLOPE, LG_SF_AP1_PHASE_SLOPE}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) copy(c, rows[k].to, rheo, rows[k].from, NO_RHEOBASE);
  set(c, LG_CF_RHEO_SWEEP, rheo == ABSENT ? (double)NAN : (double)rheo, NO_RHEOBASE);
}

/* Smallest step among those with the largest rate; any step counts. */
static size_t fastest(const cell_view *c) {
  size_t best = ABSENT;
  for (size_t k = 0; k < c->n; k++) {
    if (at(c, k, LG_SF_I_STEP).reason) continue;
    const double rate = number(c, k, LG_SF_RATE), i = number(c, k, LG_SF_I_STEP);
    if (best == ABSENT || rate > number(c, best, LG_SF_RATE) ||
        (rate == number(c, best, LG_SF_RATE) && i < number(c, best, LG_SF_I_STEP)))
      best = k;
  }
  return best;
}

/* Line through the rates of the steps from rheobase to the first maximum. */
static double gain(const cell_view *c, double from_pA, double to_pA) {
  double n = 0.0, x1 = 0.0, y1 = 0.0, xx = 0.0, xy = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    const double i = number(c, k, LG_SF_I_STEP);
    if (!(i >= from_pA && i <= to_pA)) continue;
    const double x = i - from_pA, y = number(c, k, LG_SF_RATE);
    n += 1.0;
    x1 += x;
    y1 += y;
    xx += x * x;
    xy += x * y;
  }
  return (n * xy - x1 * y1) / (n * xx - x1 * x1) * 1e3;
}

static void firing(cell_view *c, size_t rheo) {
  const size_t top = fastest(c);
  copy(c, LG_CF_MAX_RATE, top, LG_SF_RATE, NO_STEPS);
  const bool fires = top != ABSENT && number(c, top, LG_SF_RATE) > 0.0;
  static const char silent[] = "No step has a spike.";
  copy(c, LG_CF_I_AT_MAX, fires ? top : ABSENT, LG_SF_I_STEP, top == ABSENT ? NO_STEPS : silent);
  const char *why = rheo == ABSENT ? NO_RHEOBASE : "The rate has its maximum at rheobase.";
  double slope = (double)NAN;
  if (rheo != ABSENT && number(c, top, LG_SF_I_STEP) > number(c, rheo, LG_SF_I_STEP))
    slope = gain(c, number(c, rheo, LG_SF_I_STEP), number(c, top, LG_SF_I_STEP));
  set(c, LG_CF_FI_SLOPE, slope, why);
}

static void at_twice_rheobase(cell_view *c, size_t rheo) {
  size_t best = ABSENT;
  for (size_t k = 0; k < c->n && rheo != ABSENT; k++) {
    if (at(c, k, LG_SF_I_STEP).reason || !(number(c, k, LG_SF_N_SPIKES) >= 4.0)) continue;
    const double goal = 2.0 * number(c, rheo, LG_SF_I_STEP);
    if (best == ABSENT || fabs(number(c, k, LG_SF_I_STEP) - goal) < fabs(number(c, best, LG_SF_I_STEP) - goal))
      best = k;
  }
  const char *why = rheo == ABSENT ? NO_RHEOBASE : "No step has at least 4 spikes.";
  copy(c, LG_CF_I_2RHEO, best, LG_SF_I_STEP, why);
  copy(c, LG_CF_CV_2RHEO, best, LG_SF_ISI_CV, why);
  copy(c, LG_CF_ADAPT_2RHEO, best, LG_SF_ADAPTATION, why);
}

/* Trapezia between positive steps in order of current; of repeated currents the first counts. */
static double area_Hz_nA(const cell_view *c) {
  double area = 0.0, previous_i = (double)NAN, previous_rate = 0.0;
  for (;;) {
    size_t next = ABSENT;
    for (size_t k = 0; k < c->n; k++) {
      const double i = number(c, k, LG_SF_I_STEP);
      if (!(i > 0.0) || i <= previous_i) continue;
      if (next == ABSENT || i < number(c, next, LG_SF_I_STEP)) next = k;
    }
    if (next == ABSENT) return area;
    const double i = number(c, next, LG_SF_I_STEP), rate = number(c, next, LG_SF_RATE);
    if (isfinite(previous_i)) area += 0.5 * (rate + previous_rate) * (i - previous_i) * 1e-3;
    previous_i = i;
    previous_rate = rate;
  }
}

static void others(cell_view *c) {
  size_t positive = 0, block = ABSENT;
  double before = 0.0, seconds = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    if (at(c, k, LG_SF_I_STEP).reason) continue;
    positive += number(c, k, LG_SF_I_STEP) > 0.0;
    if (number(c, k, LG_SF_DEPOL_BLOCK) > 0.5 &&
        (block == ABSENT || number(c, k, LG_SF_I_STEP) < number(c, block, LG_SF_I_STEP)))
      block = k;
    before += number(c, k, LG_SF_N_BEFORE);
    seconds += number(c, k, LG_SF_T_ON) * 1e-3;
  }
  set(c, LG_CF_RATE_AREA, positive >= 2 ? area_Hz_nA(c) : (double)NAN, "Fewer than 2 steps are positive.");
  copy(c, LG_CF_BLOCK_I, block, LG_SF_I_STEP, "No step ends in depolarisation block.");
  set(c, LG_CF_SPONTANEOUS, seconds > 0.0 ? before / seconds : (double)NAN, "No sweep has time before a step.");
  set(c, LG_CF_RESONANCE, median_over(c, LG_SF_Z_PEAK_F), "No sweep has a chirp without spikes.");
}

void features_cell(const lg_feature_value *sweeps, size_t n_sweeps, double *scratch, lg_feature_value *cell) {
  cell_view c = {sweeps, n_sweeps, scratch, cell};
  const size_t rheo = find_rheobase(&c);
  rest(&c);
  resistance(&c);
  most_negative(&c);
  time_constant(&c);
  at_rheobase(&c, rheo);
  firing(&c, rheo);
  at_twice_rheobase(&c, rheo);
  others(&c);
}
