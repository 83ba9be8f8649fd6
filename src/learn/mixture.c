#include "learn/mixture.h"

#include "base/elementary.h"
#include "num/special.h"

static const double LOG_2PI = 1.8378770664093454836, RAW_LIMIT = 12.0;

size_t lg_mixture_width(size_t k, size_t p) {
  if (k == 0 || p == 0 || k > LG_MIXTURE_MAX_K || p > LG_MIXTURE_MAX_P) return 0;
  return k * (1 + p + p * (p + 1) / 2);
}

static double clamp(double raw) { return raw > RAW_LIMIT ? RAW_LIMIT : (raw < -RAW_LIMIT ? -RAW_LIMIT : raw); }

static double log_sum_exp(size_t n, const double *x) {
  double top = x[0], sum = 0;
  for (size_t i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
  for (size_t i = 0; i < n; i++) sum += lg_exp(x[i] - top);
  return top + lg_ln(sum);
}

/* log N(y; mean, (L Lᵀ)⁻¹); z = Lᵀ (y - mean) is kept when wanted. */
static double component(size_t p, const double *mean, const double *chol, double log_det, const double *y, double *z) {
  double own[LG_MIXTURE_MAX_P] = {0}, square = 0;
  if (!z) z = own;
  for (size_t j = 0; j < p; j++) z[j] = 0;
  for (size_t i = 0, at = 0; i < p; i++)
    for (size_t j = 0; j <= i; j++, at++) z[j] += chol[at] * (y[i] - mean[i]);
  for (size_t j = 0; j < p; j++) square += z[j] * z[j];
  return log_det - 0.5 * square - 0.5 * (double)p * LOG_2PI;
}

double lg_mixture_nll(size_t k, size_t p, const double *raw, const double *y, double *gradient) {
  const size_t triangle = p * (p + 1) / 2;
  double chol[LG_MIXTURE_MAX_P * (LG_MIXTURE_MAX_P + 1) / 2], joint[LG_MIXTURE_MAX_K] = {0},
                                                              z[LG_MIXTURE_MAX_K][LG_MIXTURE_MAX_P];
  const double log_total = log_sum_exp(k, raw);
  for (size_t c = 0; c < k; c++) {
    const double *mean = raw + k + c * p, *low = raw + k + k * p + c * triangle;
    double log_det = 0;
    for (size_t i = 0, at = 0; i < p; i++)
      for (size_t j = 0; j <= i; j++, at++) {
        chol[at] = i == j ? lg_exp(clamp(low[at])) : low[at];
        if (i == j) log_det += clamp(low[at]);
      }
    joint[c] = raw[c] - log_total + component(p, mean, chol, log_det, y, z[c]);
  }
  const double log_density = log_sum_exp(k, joint);
  if (!gradient) return -log_density;
  for (size_t c = 0; c < k; c++) {
    const double *mean = raw + k + c * p, *low = raw + k + k * p + c * triangle;
    double *d_mean = gradient + k + c * p, *d_low = gradient + k + k * p + c * triangle;
    const double share = lg_exp(joint[c] - log_density); /* responsibility */
    gradient[c] = lg_exp(raw[c] - log_total) - share;
    for (size_t i = 0; i < p; i++) d_mean[i] = 0;
    for (size_t i = 0, at = 0; i < p; i++)
      for (size_t j = 0; j <= i; j++, at++) {
        const bool diagonal = i == j, inside = low[at] <= RAW_LIMIT && low[at] >= -RAW_LIMIT;
        const double l = diagonal ? lg_exp(clamp(low[at])) : low[at], d_l = z[c][j] * (y[i] - mean[i]);
        d_mean[i] -= share * l * z[c][j];
        d_low[at] = diagonal ? (inside ? share * (d_l * l - 1.0) : 0.0) : share * d_l;
      }
  }
  return -log_density;
}

lg_status lg_mixture_read(lg_ctx *ctx, size_t k, size_t p, const float *raw, double scale, double *buffer,
                          lg_mixture *out) {
  const size_t width = lg_mixture_width(k, p), triangle = p * (p + 1) / 2;
  if (width == 0) return lg_fail(ctx, LG_ERR_RANGE, "mixture of %zu components over %zu numbers", k, p);
  if (!(scale > 0)) return lg_fail(ctx, LG_ERR_RANGE, "scale %g of a mixture; above 0", scale);
  for (size_t i = 0; i < width; i++) {
    buffer[i] = (double)raw[i];
    if (!isfinite(buffer[i])) return lg_fail(ctx, LG_ERR_NUMERICAL, "output %zu of the network is not finite", i);
  }
  *out = (lg_mixture){.k = k, .p = p, .mean = buffer + k, .chol = buffer + k + k * p};
  const double log_total = log_sum_exp(k, buffer);
  for (size_t c = 0; c < k; c++) {
    double *low = buffer + k + k * p + c * triangle;
    out->log_weight[c] = buffer[c] - log_total;
    for (size_t i = 0, at = 0; i < p; i++)
      for (size_t j = 0; j <= i; j++, at++) {
        if (i == j) out->log_det[c] += clamp(low[at]) - lg_ln(scale);
        low[at] = (i == j ? lg_exp(clamp(low[at])) : low[at]) / scale;
      }
  }
  return LG_OK;
}

double lg_mixture_log_density(const lg_mixture *m, const double *y) {
  double joint[LG_MIXTURE_MAX_K] = {0};
  for (size_t c = 0; c < m->k; c++)
    joint[c] = m->log_weight[c] +
               component(m->p, m->mean + c * m->p, m->chol + c * m->p * (m->p + 1) / 2, m->log_det[c], y, NULL);
  return log_sum_exp(m->k, joint);
}

/* Solve Lᵀ x = z in place. */
static void solve_upper(size_t p, const double *chol, double *z) {
  for (size_t i = p; i-- > 0;) {
    for (size_t r = i + 1; r < p; r++) z[i] -= chol[r * (r + 1) / 2 + i] * z[r];
    z[i] /= chol[i * (i + 1) / 2 + i];
  }
}

/* Solve L x = z in place. */
static void solve_lower(size_t p, const double *chol, double *z) {
  for (size_t i = 0; i < p; i++) {
    for (size_t j = 0; j < i; j++) z[i] -= chol[i * (i + 1) / 2 + j] * z[j];
    z[i] /= chol[i * (i + 1) / 2 + i];
  }
}

void lg_mixture_sample(const lg_mixture *m, lg_rng *rng, double *y) {
  double u = lg_rng_uniform(rng);
  size_t c = 0;
  while (c + 1 < m->k && (u -= lg_exp(m->log_weight[c])) > 0) c++;
  for (size_t i = 0; i < m->p; i++) y[i] = lg_rng_normal(rng);
  solve_upper(m->p, m->chol + c * m->p * (m->p + 1) / 2, y);
  for (size_t i = 0; i < m->p; i++) y[i] += m->mean[c * m->p + i];
}

/* Column j of the covariance (L Lᵀ)⁻¹ of component c. */
static void covariance_column(const lg_mixture *m, size_t c, size_t j, double *column) {
  const double *chol = m->chol + c * m->p * (m->p + 1) / 2;
  for (size_t i = 0; i < m->p; i++) column[i] = i == j ? 1.0 : 0.0;
  solve_lower(m->p, chol, column);
  solve_upper(m->p, chol, column);
}

void lg_mixture_moments(const lg_mixture *m, double *mean, double *covariance) {
  const size_t p = m->p;
  for (size_t i = 0; i < p; i++) mean[i] = 0;
  for (size_t c = 0; c < m->k; c++)
    for (size_t i = 0; i < p; i++) mean[i] += lg_exp(m->log_weight[c]) * m->mean[c * p + i];
  if (!covariance) return;
  for (size_t i = 0; i < p * p; i++) covariance[i] = 0;
  for (size_t c = 0; c < m->k; c++)
    for (size_t j = 0; j < p; j++) {
      const double w = lg_exp(m->log_weight[c]), dj = m->mean[c * p + j] - mean[j];
      double column[LG_MIXTURE_MAX_P];
      covariance_column(m, c, j, column);
      for (size_t i = 0; i < p; i++) covariance[i * p + j] += w * (column[i] + (m->mean[c * p + i] - mean[i]) * dj);
    }
}

double lg_mixture_cdf(const lg_mixture *m, size_t i, double value) {
  double sum = 0;
  for (size_t c = 0; c < m->k; c++) {
    double column[LG_MIXTURE_MAX_P];
    covariance_column(m, c, i, column);
    sum += lg_exp(m->log_weight[c]) * 0.5 * lg_erfc((m->mean[c * m->p + i] - value) / sqrt(2.0 * column[i]));
  }
  return sum;
}
