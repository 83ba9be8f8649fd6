/* The exact solution: regular bundles beside it, and the rates at which it says microtubules break. */
#include "axon/shear_lag.h"
#include "twin/axon_validate_internal.h"

#include <math.h>

enum { RAMP_STEPS = 1000 };

/* Peak strain of microtubules of a regular bundle with gaps of that width. */
static lg_status drawn(const axon_check *c, const axon_shear_lag *problem, double gap_nm, double strain, double rate,
                       double *peak) {
  lg_axon *axon;
  double out[AXON_OUTPUTS] = {0.0};
  const axon_ramp ramp = lg_axon_ramp_in(strain, rate, RAMP_STEPS);
  lg_status status = lg_axon_shear_lag_axon(c->ctx, problem, gap_nm, &axon);
  if (status != LG_OK) return status;
  status = lg_axon_ramp_run(c->ctx, axon, &ramp, AXON_DOUBLE, out);
  *peak = out[AXON_MT];
  lg_axon_destroy(c->ctx, axon);
  return status;
}

typedef struct exact_table {
  const double *length_nm, *strain, *rate, *peak;
  size_t n;
} exact_table;

static lg_status read_exact(const axon_check *c, const lg_table *t, exact_table *x) {
  lg_status status = lg_axon_check_column(c, t, "L_nm", &x->length_nm, &x->n);
  if (status == LG_OK) status = lg_axon_check_column(c, t, "eps_end", &x->strain, &x->n);
  if (status == LG_OK) status = lg_axon_check_column(c, t, "rate_per_s", &x->rate, &x->n);
  return status == LG_OK ? lg_axon_check_column(c, t, "peak_mt_strain_exact", &x->peak, &x->n) : status;
}

/* Our own inversion beside every row of the table. */
static void say_inversion(const axon_check *c, const exact_table *x) {
  double worst = 0.0, value = 0.0, wanted = 0.0;
  for (size_t k = 0; k < x->n; k++) {
    axon_shear_lag problem = lg_axon_shear_lag_default();
    problem.length_nm = x->length_nm[k];
    const double own = lg_axon_shear_lag_exact(&problem, x->rate[k], x->strain[k] / x->rate[k]);
    const double off = fabs(own / x->peak[k] - 1.0);
    if (off >= worst) worst = off, value = own, wanted = x->peak[k];
  }
  char what[100];
  (void)snprintf(what, sizeof what, "our inversion beside the table's, worst of %zu", x->n);
  lg_axon_check_say(c, AXON_ROW_EXACT, (axon_figure){what, value, wanted, "", 100.0 * worst, "%", 1e-7, false});
}

/* One rate: gaps of 100, 50, 25 nm. */
static lg_status say_bundle(const axon_check *c, double strain, double rate, double exact) {
  static const double gaps[3] = {100.0, 50.0, 25.0};
  const axon_shear_lag problem = lg_axon_shear_lag_default();
  double peak[3];
  char what[100];
  for (size_t k = 0; k < 3; k++) {
    const lg_status status = drawn(c, &problem, gaps[k], strain, rate, &peak[k]);
    if (status != LG_OK) return status;
  }
  (void)snprintf(what, sizeof what, "drawn to %g at %g /s, gaps of 50 nm: peak strain", strain, rate);
  lg_axon_check_say(c, AXON_ROW_EXACT,
                    (axon_figure){what, peak[1], exact, "", 100.0 * fabs(peak[1] / exact - 1.0), "%", 0.6, false});
  const double first = (peak[0] - exact) / (peak[1] - exact), second = (peak[1] - exact) / (peak[2] - exact);
  const double ratio = fabs(first - 2.0) > fabs(second - 2.0) ? first : second;
  lg_axon_check_say(c, AXON_ROW_EXACT,
                    (axon_figure){"  error halves with the gap, 100 / 50 / 25 nm: ratio, farther one", ratio, 2.0, "",
                                  fabs(ratio - 2.0), "", 0.3, false});
  return LG_OK;
}

static lg_status bundles(const axon_check *c) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  exact_table x;
  LG_TRY(lg_axon_check_table(c, "shearlag_exact.csv", &table));
  LG_TRY(read_exact(c, table, &x));
  say_inversion(c, &x);
  for (size_t k = 0; k < x.n; k++)
    if (x.length_nm[k] == 1e4 && (x.strain[k] == 1.0 || (x.strain[k] == 0.75 && !c->what->quick)))
      LG_TRY(say_bundle(c, x.strain[k], x.rate[k], x.peak[k]));
done:
  lg_table_destroy(c->ctx, table);
  return status;
}

/* ---- critical rates ------------------------------------------------------------------------------------ */

/* The same rate by our mechanics: halving on the ramp, the width of the gap taken off linearly. */
static lg_status critical_of(const axon_check *c, double gap_nm, double strain, double *rate) {
  const axon_shear_lag problem = lg_axon_shear_lag_default();
  double low = 10.0, high = 100.0;
  for (int k = 0; k < 14; k++) {
    const double middle = sqrt(low * high);
    double peak;
    const lg_status status = drawn(c, &problem, gap_nm, strain, middle, &peak);
    if (status != LG_OK) return status;
    if (peak < 0.5) low = middle;
    else high = middle;
  }
  *rate = sqrt(low * high);
  return LG_OK;
}

static lg_status say_critical(const axon_check *c, double strain, double wanted) {
  const axon_shear_lag problem = lg_axon_shear_lag_default();
  const double exact = lg_axon_shear_lag_critical(&problem, strain, 0.5);
  char what[100];
  double rate;
  (void)snprintf(what, sizeof what, "microtubules of 10 um drawn to %g %%, exact solution", 100.0 * strain);
  lg_axon_check_say(c, AXON_ROW_CRITICAL,
                    (axon_figure){what, exact, wanted, "/s", 100.0 * fabs(exact / wanted - 1.0), "%", 2.0, false});
  const lg_status status = critical_of(c, 50.0, strain, &rate);
  if (status != LG_OK) return status;
  (void)snprintf(what, sizeof what, "  the same by the mechanics, gaps of 50 nm");
  lg_axon_check_say(c, AXON_ROW_CRITICAL,
                    (axon_figure){what, rate, wanted, "/s", 100.0 * fabs(rate / wanted - 1.0), "%", 2.0, false});
  return LG_OK;
}

/* Long microtubules break at lower rates: by length, drawn to 75 %; the references have two or three digits. */
static void say_lengths(const axon_check *c) {
  static const struct {
    double um, rate;
  } scan[] = {{2, 1121}, {4, 275}, {6, 118}, {8, 63}, {10, 38}, {12, 24}, {15, 12}};
  double before = INFINITY, falls = 1.0;
  for (size_t k = 0; k < sizeof scan / sizeof scan[0]; k++) {
    axon_shear_lag problem = lg_axon_shear_lag_default();
    problem.length_nm = 1e3 * scan[k].um;
    const double rate = lg_axon_shear_lag_critical(&problem, 0.75, 0.5);
    char what[100];
    (void)snprintf(what, sizeof what, "microtubules of %g um drawn to 75 %%, exact; rounded figure", scan[k].um);
    const double off = fmax(0.0, fabs(rate - scan[k].rate) - 0.5); /* beyond its rounding */
    lg_axon_check_say(c, AXON_ROW_CRITICAL,
                      (axon_figure){what, rate, scan[k].rate, "/s", 100.0 * off / scan[k].rate, "%", 2.0, false});
    if (!(rate < before)) falls = 0.0;
    before = rate;
  }
  lg_axon_check_say(c, AXON_ROW_CRITICAL,
                    (axon_figure){"long microtubules break at lower rates: falls throughout (1: yes)", falls, 1.0, "",
                                  falls, "", 1.0, true});
}

lg_status lg_axon_validate_exact(const axon_check *c) {
  lg_status status = LG_OK;
  if (lg_axon_check_wants(c, AXON_ROW_EXACT)) LG_TRY(bundles(c));
  if (lg_axon_check_wants(c, AXON_ROW_CRITICAL)) {
    LG_TRY(say_critical(c, 1.0, 29.7));
    LG_TRY(say_critical(c, 0.75, 37.9));
    say_lengths(c);
  }
done:
  return status;
}
