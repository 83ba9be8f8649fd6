/*
 * Edges of a protocol of current steps.
 *
 * Commands are exact: an edge is where the value changes. Measured currents are noisy: an edge is where the means of
 * the two milliseconds before and after differ, root mean square over the sweeps, because the sweeps of a protocol
 * share their times; the sweep with the largest jump then says at which sample the jump begins.
 */
#include "data/steps_internal.h"

#include <math.h>
#include <string.h>

/* Order x so that x[k] is where sorting would put it, nothing larger before it (Hoare's selection, three-way). */
static double select_rank(double *x, size_t n, size_t k) {
  size_t low = 0, high = n;
  while (high - low > 1) {
    const double a = x[low], b = x[low + (high - low) / 2], c = x[high - 1];
    const double pivot = fmax(fmin(a, b), fmin(fmax(a, b), c));
    size_t less = low, more = high, j = low;
    while (j < more) {
      const double y = x[j];
      if (y < pivot) {
        x[j++] = x[less];
        x[less++] = y;
      } else if (y > pivot) {
        x[j] = x[--more];
        x[more] = y;
      } else {
        j++;
      }
    }
    if (k < less) high = less;
    else if (k >= more) low = more;
    else return pivot;
  }
  return x[low];
}

double lg_median_of(double *x, size_t n) {
  if (n == 0) return (double)NAN;
  const double upper = select_rank(x, n, n / 2);
  if (n % 2) return upper;
  double lower = x[0];
  for (size_t j = 1; j < n / 2; j++) lower = fmax(lower, x[j]);
  return 0.5 * (lower + upper);
}

/* Samples that all sweeps with a current have; their number in *n_sweeps. */
static size_t shared_length(const lg_recording *rec, size_t *n_sweeps) {
  size_t length = SIZE_MAX;
  *n_sweeps = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!s->i_pA || s->n == 0) continue;
    if (s->n < length) length = s->n;
    (*n_sweeps)++;
  }
  return *n_sweeps ? length : 0;
}

/* Exact: changes are rare in every sweep. The noise is the robust spread of differences, the largest of any sweep. */
static void measure_noise(const lg_recording *rec, double *scratch, lg_edges *e) {
  e->exact = true;
  e->noise_pA = 0.0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const double *x = rec->sweeps[k].i_pA;
    if (!x) continue;
    size_t changes = 0;
    for (size_t j = 1; j < e->length; j++) {
      scratch[j - 1] = fabs(x[j] - x[j - 1]);
      changes += scratch[j - 1] > 0.0;
    }
    if (changes > e->length / 100 + 4) e->exact = false;
    /* median |difference| of white noise is 0.954 sd; coarse steps of a converter make it 0, then the trimmed mean
     * helps */
    const double median = lg_median_of(scratch, e->length - 1);
    double trimmed = 0.0;
    const size_t kept = (e->length - 1) * 9 / 10;
    (void)select_rank(scratch, e->length - 1, kept);
    for (size_t j = 0; j < kept; j++) trimmed += scratch[j];
    const double from_mean = kept ? trimmed / (double)kept : 0.0;
    const double sd = median > 0.0 ? median / 0.954 : from_mean;
    if (sd > e->noise_pA) e->noise_pA = sd;
  }
}

static void add_edge(lg_edges *e, size_t at) {
  if (e->n > 0 && e->n < LG_MAX_EDGES && at > e->at[e->n - 1]) e->at[e->n++] = at;
  else if (e->n == LG_MAX_EDGES) e->length = 0; /* too many: not a protocol of steps */
}

static void find_exact(const lg_recording *rec, lg_edges *e) {
  for (size_t j = 1; j < e->length; j++)
    for (size_t k = 0; k < rec->n_sweeps; k++) {
      const double *x = rec->sweeps[k].i_pA;
      if (!x || x[j] == x[j - 1]) continue;
      add_edge(e, j);
      break;
    }
}

enum { BLOCK = 1024, MAX_NOISY_EDGES = 64 };

/* d[j - from] = |mean[j, j+w) - mean[j-w, j)| for j in [from, to); w <= from, to + w <= length. */
static void jumps_of_sweep(const double *x, size_t from, size_t to, size_t w, double *d) {
  double before = 0.0, after = 0.0;
  for (size_t j = from - w; j < from; j++) {
    before += x[j];
    after += x[j + w];
  }
  for (size_t j = from; j < to; j++) {
    d[j - from] = fabs(after - before) / (double)w;
    before += x[j] - x[j - w];
    if (j + 1 < to) after += x[j + w] - x[j];
  }
}

/*
 * jump[j] = root mean square of the sweeps' jumps, without the largest quarter of them: what happens in a few sweeps
 * only (a spike that couples into the current) is no edge of the protocol. block: n_sweeps * (BLOCK + 1) scratch.
 */
static void measure_jumps(const lg_recording *rec, size_t n_sweeps, size_t length, size_t w, double *block,
                          double *jump) {
  const size_t kept = n_sweeps - n_sweeps / 4;
  double *column = block + n_sweeps * BLOCK;
  for (size_t from = w; from + w < length; from += BLOCK) {
    const size_t to = from + BLOCK + w < length ? from + BLOCK : length - w;
    size_t row = 0;
    for (size_t k = 0; k < rec->n_sweeps; k++)
      if (rec->sweeps[k].i_pA) jumps_of_sweep(rec->sweeps[k].i_pA, from, to, w, block + BLOCK * row++);
    for (size_t j = from; j < to; j++) {
      double square = 0.0;
      for (size_t k = 0; k < n_sweeps; k++) column[k] = block[BLOCK * k + j - from];
      if (kept < n_sweeps) (void)select_rank(column, n_sweeps, kept - 1);
      for (size_t k = 0; k < kept; k++) square += column[k] * column[k];
      jump[j] = sqrt(square / (double)kept);
    }
  }
}

static double mean_of(const double *x, size_t from, size_t to) {
  double sum = 0.0;
  for (size_t j = from; j < to; j++) sum += x[j];
  return to > from ? sum / (double)(to - from) : 0.0;
}

/* The first sample of the jump near `peak`: half height, then back while the current still moves. */
static size_t refine(const lg_recording *rec, const lg_edges *e, size_t peak, size_t w) {
  const double *best = NULL;
  double largest = -1.0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const double *x = rec->sweeps[k].i_pA;
    if (!x) continue;
    const double d = fabs(mean_of(x, peak, peak + w) - mean_of(x, peak - w, peak));
    if (d > largest) {
      largest = d;
      best = x;
    }
  }
  if (!best) return peak;
  const size_t half = w > 1 ? w / 2 : 1;
  const double before = mean_of(best, peak - w, peak - w + half), after = mean_of(best, peak + w - half, peak + w);
  const double rise = after - before, least = fmax(0.02 * fabs(rise), 3.0 * e->noise_pA);
  size_t at = peak - w + half;
  while (at < peak + w && (best[at] - before) * (rise > 0 ? 1.0 : -1.0) < 0.5 * fabs(rise)) at++;
  while (at > peak - w && (best[at - 1] - before) * (rise > 0 ? 1.0 : -1.0) > least) at--;
  return at;
}

static lg_status find_noisy(lg_ctx *ctx, const lg_recording *rec, size_t n_sweeps, double *scratch, lg_edges *e) {
  lg_status status = LG_OK;
  double *jump = NULL, *block = NULL;
  const double dt = rec->sweeps[0].dt_ms;
  const size_t by_time = (size_t)(2.0 / dt), w = by_time < 4 ? 4 : by_time;
  if (e->length < 8 * w) return LG_OK;
  LG_NEW(ctx, jump, e->length);
  size_t cells;
  if (!lg_mul_size(n_sweeps, BLOCK + 1, &cells)) cells = SIZE_MAX; /* jumps of a block, and one column */
  LG_NEW(ctx, block, cells);
  measure_jumps(rec, n_sweeps, e->length, w, block, jump);
  memcpy(scratch, jump + w, (e->length - 2 * w) * sizeof jump[0]);
  const double typical = lg_median_of(scratch, e->length - 2 * w);
  double largest = 0.0;
  for (size_t j = w; j + w < e->length; j++) largest = fmax(largest, jump[j]);
  /* of one sweep the largest of 10^5 normal values is 6.6 medians; over many sweeps the sum is narrower */
  const double least = fmax(fmax(typical * (2.0 + 8.0 / sqrt((double)n_sweeps)), 0.02 * largest), 1e-6);
  for (size_t j = w; j + w < e->length && e->length > 0; j++) {
    if (jump[j] < least) continue;
    size_t peak = j, end = j;
    while (end + w < e->length && jump[end] >= least && end < peak + w) {
      if (jump[end] > jump[peak]) peak = end;
      end++;
    }
    add_edge(e, refine(rec, e, peak, w));
    j = peak + w;
  }
done:
  lg_free(ctx, block);
  lg_free(ctx, jump);
  return status;
}

/* Root mean square over the sweeps of the difference of the medians of [at, to) and [from, at). */
static double lasting_change(const lg_recording *rec, size_t from, size_t at, size_t to, double *scratch) {
  double square = 0.0;
  size_t sweeps = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const double *x = rec->sweeps[k].i_pA;
    if (!x) continue;
    memcpy(scratch, x + from, (at - from) * sizeof x[0]);
    const double low = lg_median_of(scratch, at - from);
    memcpy(scratch, x + at, (to - at) * sizeof x[0]);
    const double d = lg_median_of(scratch, to - at) - low;
    square += d * d;
    sweeps++;
  }
  return sqrt(square / (double)(sweeps ? sweeps : 1));
}

/* Change at edge k, seen over up to `window` samples on each side, but not beyond an edge that is kept. */
static double change_at(const lg_recording *rec, const lg_edges *e, const bool *kept, size_t k, size_t window,
                        double *scratch) {
  const size_t at = e->at[k];
  size_t from = at > window ? at - window : 0, to = e->length - at > window ? at + window : e->length;
  for (size_t j = 1; j < e->n; j++) {
    if (!kept[j]) continue;
    if (j < k && e->at[j] > from) from = e->at[j];
    if (j > k && e->at[j] < to) to = e->at[j];
  }
  return lasting_change(rec, from, at, to, scratch);
}

/*
 * Keep the edges after which the current is another than before: spikes couple into a measured current for some ms, and
 * the first ones come at nearly the same time in all sweeps. The largest change first, then what is left of the others
 * between the edges that are kept. Short pulses last too little: when nothing lasts, everything stays.
 */
static void keep_lasting_edges(const lg_recording *rec, double *scratch, lg_edges *e) {
  const size_t window = (size_t)(50.0 / rec->sweeps[0].dt_ms) + 1;
  bool kept[LG_MAX_EDGES] = {false};
  double largest = 0.0;
  if (e->length == 0) return;
  for (size_t round = 1; round < e->n; round++) {
    double most = 0.0;
    size_t best = 0;
    for (size_t k = 1; k < e->n; k++) {
      const double change = kept[k] ? 0.0 : change_at(rec, e, kept, k, window, scratch);
      if (change > most) {
        most = change;
        best = k;
      }
    }
    if (best == 0 || most < fmax(0.1 * largest, e->noise_pA)) break;
    largest = fmax(largest, most);
    kept[best] = true;
  }
  if (largest == 0.0) return;
  size_t n = 1;
  for (size_t k = 1; k < e->n; k++)
    if (kept[k]) e->at[n++] = e->at[k];
  e->n = n;
}

lg_status lg_find_edges(lg_ctx *ctx, const lg_recording *rec, lg_edges *e) {
  lg_status status = LG_OK;
  double *scratch = NULL;
  size_t n_sweeps;
  *e = (lg_edges){.length = shared_length(rec, &n_sweeps)};
  if (e->length < 16) return LG_OK;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const double *x = rec->sweeps[k].i_pA;
    for (size_t j = 0; x && j < e->length; j++)
      if (!isfinite(x[j])) return LG_OK;
  }
  LG_NEW(ctx, scratch, e->length);
  measure_noise(rec, scratch, e);
  e->n = 1; /* at[0] = 0 */
  const size_t length = e->length;
  if (e->exact) {
    find_exact(rec, e);
  } else {
    LG_TRY(find_noisy(ctx, rec, n_sweeps, scratch, e));
    if (e->n <= MAX_NOISY_EDGES) keep_lasting_edges(rec, scratch, e);
  }
  if (e->length == 0) e->n = 0; /* too many edges */
  e->length = length;
  e->at[e->n] = length;
done:
  lg_free(ctx, scratch);
  return status;
}
