#include "twin/feature_model.h"

#include "base/elementary.h"

static double between(double z, double low, double high) { return low + z * (high - low); }
static double between_log(double z, double low, double high) {
  const double a = lg_ln(low);
  return lg_exp(a + z * (lg_ln(high) - a));
}

/* ---- transforms --------------------------------------------------------------------------------- */

/* One letter per parameter: l logarithm, x itself, p logit of a share. */
static void to_normal(const char *kinds, const double *p, double *y) {
  for (size_t k = 0; kinds[k]; k++) {
    if (kinds[k] == 'l') y[k] = lg_ln(fmax(p[k], 1e-12));
    else if (kinds[k] == 'p') {
      const double share = fmin(fmax(p[k], 1e-4), 1.0 - 1e-4);
      y[k] = lg_ln(share / (1.0 - share));
    } else y[k] = p[k];
  }
}

static void from_normal(const char *kinds, const double *y, double *p) {
  for (size_t k = 0; kinds[k]; k++) p[k] = kinds[k] == 'l' ? lg_exp(y[k]) : kinds[k] == 'p' ? lg_sigmoid(y[k]) : y[k];
}

/* ---- Izhikevich -------------------------------------------------------------------------------- */

/* Steady conductance and time constant are measured; the search splits the conductance into its fast part k (vt - vr)
 * and its slow part b. */
typedef struct izhikevich {
  double C, k, vr, vt, a, b, c, d;
} izhikevich;

static izhikevich izhikevich_of(const lg_passive *q, const double *z) {
  izhikevich p;
  const double steady = q->g_nS * between_log(z[0], 0.4, 2.5), fast = steady * between_log(z[5], 0.15, 4.0);
  const double room = q->threshold_mV - q->v_rest_mV;
  p.C = fast * q->tau_ms * between_log(z[1], 0.08, 2.5);
  p.vr = q->v_rest_mV + between(z[2], -5.0, 5.0);
  p.vt = p.vr + between(z[3], 4.0, fmax(room, 10.0) + 60.0);
  p.k = fast / (p.vt - p.vr);
  p.a = between_log(z[4], 5e-4, 0.8);
  p.b = steady - fast;
  p.c = q->trough_mV + between(z[6], -15.0, 8.0);
  p.c = fmin(p.c, fmin(-25.0, q->peak_mV - 10.0));
  p.d = q->i_high_pA * (4.0 * z[7] * z[7] - 0.05);
  return p;
}

static void natural_izhikevich(const lg_passive *q, const double *z, double *x) {
  const izhikevich p = izhikevich_of(q, z);
  const double all[9] = {p.C, p.k, p.vr, p.vt, p.a, p.b, p.c, p.d, q->peak_mV};
  for (size_t k = 0; k < 9; k++) x[k] = all[k];
}

static void to_izhikevich(const double *p, double *y) { to_normal("llxxlxxxx", p, y); }
static void from_izhikevich(const double *y, double *p) { from_normal("llxxlxxxx", y, p); }

static void run_izhikevich(double p[][LG_LANES], const lg_lane_drive *drive, lg_lane_out *out) {
  lg_lanes_izhikevich q;
  for (int l = 0; l < LG_LANES; l++) {
    q.C[l] = p[0][l];
    q.klow[l] = q.khigh[l] = p[1][l];
    q.vr[l] = p[2][l];
    q.vt[l] = p[3][l];
    q.a[l] = p[4][l];
    q.b[l] = p[5][l];
    q.c[l] = p[6][l];
    q.d[l] = p[7][l];
    q.vpeak[l] = p[8][l];
    q.Ishift[l] = 0.0;
  }
  lg_lanes_run_izhikevich(&q, drive, out);
}

static const char *const izhikevich_names[] = {"C", "k", "vr", "vt", "a", "b", "c", "d", "vpeak"};
static const char *const izhikevich_units[] = {"pF", "nS/mV", "mV", "mV", "1/ms", "nS", "mV", "pA", "mV"};

const lg_feature_model lg_feature_izhikevich = {.model = "izhikevich",
                                                .variant = "std",
                                                .n_z = 8,
                                                .n_p = 9,
                                                .names = izhikevich_names,
                                                .units = izhikevich_units,
                                                .coarse_sweeps = 10,
                                                .runs = 8,
                                                .step_ms = 0.1,
                                                .shape = false,
                                                .natural = natural_izhikevich,
                                                .run = run_izhikevich,
                                                .to_y = to_izhikevich,
                                                .from_y = from_izhikevich};

static void natural_klowkhigh(const lg_passive *q, const double *z, double *x) {
  const izhikevich p = izhikevich_of(q, z);
  const double all[11] = {p.C, p.vr, p.vt, p.a, p.b, p.c, p.d, q->peak_mV, p.k, p.k * between_log(z[8], 0.1, 30.0),
                          0.0};
  for (size_t k = 0; k < 11; k++) x[k] = all[k];
}

static void to_klowkhigh(const double *p, double *y) { to_normal("lxxlxxxxllx", p, y); }
static void from_klowkhigh(const double *y, double *p) { from_normal("lxxlxxxxllx", y, p); }

static void run_klowkhigh(double p[][LG_LANES], const lg_lane_drive *drive, lg_lane_out *out) {
  lg_lanes_izhikevich q;
  for (int l = 0; l < LG_LANES; l++) {
    q.C[l] = p[0][l];
    q.vr[l] = p[1][l];
    q.vt[l] = p[2][l];
    q.a[l] = p[3][l];
    q.b[l] = p[4][l];
    q.c[l] = p[5][l];
    q.d[l] = p[6][l];
    q.vpeak[l] = p[7][l];
    q.klow[l] = p[8][l];
    q.khigh[l] = p[9][l];
    q.Ishift[l] = p[10][l];
  }
  lg_lanes_run_izhikevich(&q, drive, out);
}

static const char *const klowkhigh_names[] = {"C", "vr", "vt", "a", "b", "c", "d", "vpeak", "klow", "khigh", "Ishift"};
static const char *const klowkhigh_units[] = {"pF", "mV", "mV", "1/ms", "nS", "mV", "pA", "mV", "nS/mV", "nS/mV", "pA"};

const lg_feature_model lg_feature_klowkhigh = {.model = "izhikevich",
                                               .variant = "klowkhigh",
                                               .n_z = 9,
                                               .n_p = 11,
                                               .names = klowkhigh_names,
                                               .units = klowkhigh_units,
                                               .coarse_sweeps = 10,
                                               .runs = 8,
                                               .step_ms = 0.1,
                                               .shape = false,
                                               .natural = natural_klowkhigh,
                                               .run = run_klowkhigh,
                                               .to_y = to_klowkhigh,
                                               .from_y = from_klowkhigh};

/* ---- Traub–Miles with Ih and slow sodium inactivation ------------------------------------------ */

enum { TM_P = 16 };
static const char *const tm_names[TM_P] = {"C",      "gNa",     "gK",        "gL",       "gM", "ENa",
                                           "EK",     "EL",      "VT",        "taumax",   "gH", "slow_inactivation",
                                           "S_half", "S_slope", "S_tau_min", "S_tau_max"};
static const char *const tm_units[TM_P] = {"pF", "nS", "nS", "nS", "nS", "mV", "mV", "mV",
                                           "mV", "ms", "nS", "1",  "mV", "mV", "ms", "ms"};

/* A plain twin has neither Ih nor slow inactivation, and the time constant of its training neurons. */
static const double tm_absent[TM_P] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 600.0, 0, 0, -60.0, 6.0, 500.0, 5000.0};

/* A regular-spiking cell whose sodium channels inactivate slowly above -55 mV. */
static const double tm_typical[15] = {0.5, 0.5, 0.4, 0.5, 0.5, 0.5, 0.6, 0.5, 0.42, 0.5, 0.5, 0.8, 0.3, 0.3, 0.4};

static void natural_tm(const lg_passive *q, const double *z, double *x) {
  const double C = q->C_pF * between_log(z[0], 0.4, 2.5);
  x[0] = C;
  x[1] = C * between_log(z[1], 5.0, 150.0);
  /* a delayed rectifier that is strong for its cell digs deep troughs: shallow ones bound it */
  const double depth = fmin(fmax((q->threshold_mV - q->trough_mV - 5.0) / 15.0, 0.0), 1.0);
  x[2] = C * between_log(z[2], 0.3, between_log(depth, 4.0, 15.0));
  x[3] = q->g_nS * between_log(z[3], 0.15, 2.0);
  x[4] = C * between_log(z[4], 0.002, 1.0);
  x[5] = between(z[5], fmax(q->peak_mV - 5.0, 30.0), q->peak_mV + 40.0);
  x[6] = between(z[6], -110.0, -55.0);
  x[7] = q->v_rest_mV + between(z[7], -20.0, 25.0);
  x[8] = q->threshold_mV + between(z[8], -35.0, 5.0);
  x[9] = between_log(z[9], 30.0, 5000.0);
  x[10] = q->g_nS * between_log(z[10], 0.002, 3.0);
  x[11] = z[11];
  x[12] = between(z[12], -70.0, -20.0);
  x[13] = between_log(z[13], 2.0, 15.0);
  x[15] = between_log(z[14], 20.0, 8000.0);
  x[14] = 0.1 * x[15];
}

/* C gNa gK gL gM ENa EK EL VT taumax gH share S_half S_slope S_tau_min S_tau_max */
static void to_tm(const double *p, double *y) { to_normal("lllllxxxxllpxlll", p, y); }
static void from_tm(const double *y, double *p) { from_normal("lllllxxxxllpxlll", y, p); }

static void run_tm(double p[][LG_LANES], const lg_lane_drive *drive, lg_lane_out *out) {
  lg_lanes_tm q;
  for (int l = 0; l < LG_LANES; l++) {
    q.C[l] = p[0][l];
    q.gNa[l] = p[1][l];
    q.gK[l] = p[2][l];
    q.gL[l] = p[3][l];
    q.gM[l] = p[4][l];
    q.ENa[l] = p[5][l];
    q.EK[l] = p[6][l];
    q.EL[l] = p[7][l];
    q.VT[l] = p[8][l];
    q.taumax[l] = p[9][l];
    q.gH[l] = p[10][l];
    q.slow[l] = p[11][l];
    q.S_half[l] = p[12][l];
    q.S_slope[l] = p[13][l];
    q.S_tau_min[l] = p[14][l];
    q.S_tau_max[l] = p[15][l];
  }
  lg_lanes_run_tm(&q, drive, out);
}

const lg_feature_model lg_feature_tm = {.model = "tm",
                                        .variant = "",
                                        .n_z = 15,
                                        .n_p = TM_P,
                                        .names = tm_names,
                                        .units = tm_units,
                                        .absent = tm_absent,
                                        .coarse_sweeps = 10,
                                        .typical = tm_typical,
                                        .runs = 8,
                                        .step_ms = 0.05,
                                        .shape = true,
                                        .natural = natural_tm,
                                        .run = run_tm,
                                        .to_y = to_tm,
                                        .from_y = from_tm};
