/* Impedance from a chirp: ratio of the Fourier sums of potential and current over the frequencies of the sweep. */
#include "base/elementary.h"
#include "neuron/features_internal.h"
#include "num/special.h"

enum { MIN_CYCLES = 6, FREQUENCIES = 160 };

static const lg_sweep_feature all_features[] = {LG_SF_CHIRP_F0,     LG_SF_CHIRP_F1,    LG_SF_Z_PEAK, LG_SF_Z_PEAK_F,
                                                LG_SF_Z_PEAK_PHASE, LG_SF_Z_MAX_PHASE, LG_SF_Z_Q};

static void none(features_sweep *s, const char *why) {
  for (size_t k = 0; k < sizeof all_features / sizeof *all_features; k++)
    features_set(s, all_features[k], (double)NAN, why);
}

typedef struct chirp {
  size_t begin, end; /* samples between the first and the last upward zero crossing */
  double f0, f1;     /* Hz, low and high */
} chirp;

/* Upward crossings of `middle` with a hysteresis of `margin`: the last sample at the middle before each excursion.
   A stimulus that starts at its middle starts with a crossing. Returns their number, writes up to `capacity`. */
static size_t upward(const double *x, size_t n, double middle, double margin, size_t capacity, double *at) {
  size_t count = 0, candidate = 0;
  bool low = true;
  for (size_t i = 0; i < n; i++) {
    if (x[i] < middle - margin) low = true;
    if (low && x[i] <= middle + 0.1 * margin) candidate = i;
    if (low && x[i] > middle + margin) {
      if (count < capacity) at[count] = (double)candidate;
      count++;
      low = false;
    }
  }
  return count;
}

/* A chirp crosses its middle many times, at intervals that grow or shrink all along, at least threefold. */
static const char *find_chirp(features_sweep *s, chirp *c) {
  static const char no[] = "The stimulus is not a chirp.";
  if (!s->i_pA) return "The current is not known sample by sample.";
  const size_t n = s->trace.n;
  const size_t low = features_argmin(s->i_pA, 0, n), high = features_argmax(s->i_pA, 0, n);
  if (low >= n || high >= n) return no;
  const double span = s->i_pA[high] - s->i_pA[low];
  if (!(span > 1.0)) return no;
  double *at = s->scratch;
  const size_t m = upward(s->i_pA, n, s->i_pA[low] + 0.5 * span, 0.2 * span, n, at);
  if (m < MIN_CYCLES + 1) return no;
  size_t shorter = 0, longer = 0;
  for (size_t k = 2; k < m; k++) {
    const double before = at[k - 1] - at[k - 2], after = at[k] - at[k - 1];
    if (after <= before + 1.5) shorter++;
    if (after + 1.5 >= before) longer++;
  }
  const double first = at[1] - at[0], last = at[m - 1] - at[m - 2];
  const double tolerated = 0.05 * (double)m;
  const bool up = (double)shorter >= (double)(m - 2) - tolerated && first >= 3.0 * last;
  const bool down = (double)longer >= (double)(m - 2) - tolerated && last >= 3.0 * first;
  if (!up && !down) return no;
  c->begin = (size_t)at[0];
  c->end = (size_t)at[m - 1];
  const double a = 1e3 / (first * s->trace.dt), b = 1e3 / (last * s->trace.dt);
  c->f0 = up ? a : b;
  c->f1 = up ? b : a;
  return NULL;
}

typedef struct impedance {
  double re, im;
} impedance;

/* x: (m) block means of V, y: (m) of I, both without their mean; h: block length in ms. Hann taper. */
static impedance at_frequency(const double *x, const double *y, size_t m, double h_ms, double f_Hz) {
  double vr = 0.0, vi = 0.0, ir = 0.0, ii = 0.0;
  for (size_t k = 0; k < m; k++) {
    double sine, cosine;
    lg_sincos_turn(f_Hz * (double)k * h_ms * 1e-3, &sine, &cosine);
    vr += x[k] * cosine;
    vi -= x[k] * sine;
    ir += y[k] * cosine;
    ii -= y[k] * sine;
  }
  const double power = ir * ir + ii * ii;
  return (impedance){(vr * ir + vi * ii) / power, (vi * ir - vr * ii) / power};
}

static size_t block_means(const double *x, size_t begin, size_t end, size_t width, double *out) {
  size_t m = 0;
  double mean = 0.0;
  for (size_t i = begin; i + width <= end; i += width) {
    double sum = 0.0;
    for (size_t k = 0; k < width; k++) sum += x[i + k];
    out[m++] = sum / (double)width;
  }
  for (size_t k = 0; k < m; k++) mean += out[k] / (double)m;
  for (size_t k = 0; k < m; k++) out[k] -= mean;
  return m;
}

static double phase_deg(impedance z) { return lg_atan2(z.im, z.re) * 57.29577951308232; }

static void measure(features_sweep *s, const chirp *c) {
  /* at least 10 blocks per cycle of the highest frequency; the same mean on V and I leaves their ratio alone */
  const size_t fastest = (size_t)(1e3 / (10.0 * c->f1 * s->trace.dt));
  const size_t width = fastest ? fastest : 1;
  const size_t room = (c->end - c->begin) / width;
  double *x = s->scratch, *y = s->scratch + room;
  if (2 * room > s->trace.n) {
    none(s, "The chirp has too few samples per cycle.");
    return;
  }
  const size_t m = block_means(s->trace.v, c->begin, c->end, width, x);
  (void)block_means(s->i_pA, c->begin, c->end, width, y);
  double z[FREQUENCIES], f[FREQUENCIES], phase[FREQUENCIES];
  for (int k = 0; k < FREQUENCIES; k++) {
    f[k] = c->f0 + (c->f1 - c->f0) * k / (FREQUENCIES - 1);
    const impedance value = at_frequency(x, y, m, (double)width * s->trace.dt, f[k]);
    z[k] = sqrt(value.re * value.re + value.im * value.im) * 1e3;
    phase[k] = phase_deg(value);
  }
  /* running mean of three: single frequencies of a finite sweep ripple */
  size_t best = 1;
  double top = -1.0, lead = -360.0;
  for (size_t k = 1; k + 1 < FREQUENCIES; k++) {
    const double smooth = (z[k - 1] + z[k] + z[k + 1]) / 3.0, turn = (phase[k - 1] + phase[k] + phase[k + 1]) / 3.0;
    if (smooth > top) {
      top = smooth;
      best = k;
    }
    if (turn > lead) lead = turn;
  }
  static const char odd[] = "The impedance is not finite.";
  features_set(s, LG_SF_CHIRP_F0, c->f0, odd);
  features_set(s, LG_SF_CHIRP_F1, c->f1, odd);
  features_set(s, LG_SF_Z_PEAK, top, odd);
  features_set(s, LG_SF_Z_PEAK_F, f[best], odd);
  features_set(s, LG_SF_Z_PEAK_PHASE, (phase[best - 1] + phase[best] + phase[best + 1]) / 3.0, odd);
  features_set(s, LG_SF_Z_MAX_PHASE, lead, odd);
  features_set(s, LG_SF_Z_Q, top / ((z[0] + z[1] + z[2]) / 3.0), odd);
}

void features_group_chirp(features_sweep *s) {
  chirp c = {0};
  const char *why = find_chirp(s, &c);
  for (size_t k = 0; k < s->n_all && !why; k++)
    if (s->all[k].i_peak >= c.begin && s->all[k].i_peak < c.end) why = "The chirp has spikes.";
  if (why) none(s, why);
  else measure(s, &c);
}
