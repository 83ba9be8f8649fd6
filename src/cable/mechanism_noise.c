/*
 * Noise currents, positive into the cell. What acts in a step is the mean of the process over it, drawn together with
 * its value at the end from their exact joint distribution: means, variances and correlations do not depend on dt. The
 * numbers of a step follow from seed, instance, cell and step alone.
 */
#include "base/elementary.h"
#include "cable/mechanisms.h"

#include <math.h>

enum { STREAM_OU = 0x4f55, STREAM_WHITE = 0x5748 };

/* Two standard normals of a step; those of step 0 are of the start. */
static void normals(const cable_block *block, size_t k, uint64_t stream, uint64_t step, double z[2]) {
  const size_t lanes = block->lanes > 0 ? block->lanes : 1;
  lg_rng rng = lg_rng_make(block->seed, stream << 40 | k / lanes, block->first_cell + k % lanes);
  rng.block = step;
  z[0] = lg_rng_normal(&rng);
  z[1] = lg_rng_normal(&rng);
}

/* ---- Ornstein–Uhlenbeck -------------------------------------------------------------------------------- */

enum { MEAN, SD, TAU };
enum { VALUE, NEXT };

static const lg_field ou_parameters[] = {
    {"mean", "nA", 0.0, -1e6, 1e6, "Mean of the current into the cell."},
    {"sd", "nA", 0.0, 0.0, 1e6, "Standard deviation of the current."},
    {"tau", "ms", 2.0, 1e-9, 1e9, "Correlation time."},
};
static const char *const ou_states[] = {"deviation", "next"};

static void ou_start(const cable_block *block, const cable_moment *now) {
  (void)now;
  for (size_t k = 0; k < block->number; k++) {
    double z[2];
    normals(block, k, STREAM_OU, 0, z);
    block->state[VALUE][k] = block->state[NEXT][k] = block->parameter[SD][k] * z[0];
  }
}

/* (2y - 3 + 4 e^-y - e^-2y) / y^2: variance of the mean over y time constants, given its beginning. */
static double variance_of_mean(double y) {
  if (y > 0.1) return (2.0 * y - 3.0 + 4.0 * lg_exp(-y) - lg_exp(-2.0 * y)) / (y * y);
  double sum = 0.0, term = -y / 6.0; /* sum over n >= 3 of (-y)^n (4 - 2^n) / n! / y^2 */
  for (int n = 3; n <= 14; n++) {
    sum += term * (4.0 - ldexp(1.0, n));
    term *= -y / (n + 1);
  }
  return sum;
}

static void ou_current(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    const double sd = block->parameter[SD][k], y = now->dt_ms / block->parameter[TAU][k];
    const double gone = -lg_expm1(-y), spread = sqrt(-lg_expm1(-2.0 * y)); /* 1 - a, sqrt(1 - a^2), a = e^-y */
    double z[2];
    normals(block, k, STREAM_OU, now->step + 1, z);
    /* end = a x + spread z0; mean = gone/y x + c z0 + r z1 with c = cov/spread, cov = gone^2/y */
    const double common = gone * gone / (y * spread), rest = variance_of_mean(y) - common * common;
    const double x = block->state[VALUE][k];
    block->state[NEXT][k] = (1.0 - gone) * x + sd * spread * z[0];
    now->i[block->node[k]] -=
        block->parameter[MEAN][k] + gone / y * x + sd * (common * z[0] + sqrt(rest > 0.0 ? rest : 0.0) * z[1]);
  }
}

static void ou_advance(const cable_block *block, const cable_moment *now) {
  (void)now;
  for (size_t k = 0; k < block->number; k++) block->state[VALUE][k] = block->state[NEXT][k];
}

const cable_mechanism lg_cable_ou_noise = {
    .name = "OUNoise",
    .summary = "Noise current with an exponential correlation (Ornstein-Uhlenbeck), the same statistics at every dt.",
    .source = "Uhlenbeck and Ornstein 1930 Phys Rev 36:823; Gillespie 1996 Phys Rev E 54:2084",
    .sort = CABLE_POINT,
    .parameters = ou_parameters,
    .n_parameters = sizeof ou_parameters / sizeof ou_parameters[0],
    .states = ou_states,
    .n_states = 2,
    .whole_steps = true,
    .start = ou_start,
    .current = ou_current,
    .advance = ou_advance,
};

/* ---- white --------------------------------------------------------------------------------------------- */

static const lg_field white_parameters[] = {
    {"mean", "nA", 0.0, -1e6, 1e6, "Mean of the current into the cell."},
    {"intensity", "nA sqrt(ms)", 0.0, 0.0, 1e6, "Square root of the integral of the autocorrelation."},
};

static void white_current(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    double z[2];
    normals(block, k, STREAM_WHITE, now->step + 1, z);
    now->i[block->node[k]] -= block->parameter[0][k] + block->parameter[1][k] / sqrt(now->dt_ms) * z[0];
  }
}

const cable_mechanism lg_cable_white_noise = {
    .name = "WhiteNoise",
    .summary = "White noise current; its mean over a step has the variance intensity^2 / dt.",
    .source = "Gillespie 1996 Phys Rev E 54:2084",
    .sort = CABLE_POINT,
    .parameters = white_parameters,
    .n_parameters = sizeof white_parameters / sizeof white_parameters[0],
    .current = white_current,
};
