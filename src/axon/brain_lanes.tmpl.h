/*
 * Modal responses by Newmark's average acceleration, eight voxels abreast; the including file defines BRAIN_LANES_RUN.
 * Plain C over a constant number of lanes: compilers make vectors of it, and no sum is contracted, so every build has
 * the same bits. The three modes of an axis go together, since one alone waits for itself.
 */
typedef struct brain_axis {
  double d[BRAIN_MODES][BRAIN_LANES], v[BRAIN_MODES][BRAIN_LANES], a[BRAIN_MODES][BRAIN_LANES];
  double c[BRAIN_MODES][BRAIN_LANES], k[BRAIN_MODES][BRAIN_LANES], mass[BRAIN_MODES][BRAIN_LANES];
} brain_axis;

static inline void begin_axis(const brain_lanes *call, size_t axis, brain_axis *s) {
  const double dt = call->dt_s;
  for (size_t m = 0; m < BRAIN_MODES; m++)
    for (size_t l = 0; l < BRAIN_LANES; l++) {
      const double w = call->w[axis][m][l], z = 0.5 * call->damping_s * w;
      s->d[m][l] = s->v[m][l] = 0.0;
      s->a[m][l] = -call->alpha[axis];
      s->c[m][l] = 2.0 * z * w;
      s->k[m][l] = w * w;
      s->mass[m][l] = 1.0 + z * w * dt + 0.25 * w * w * dt * dt;
    }
}

static inline void step_mode(double alpha, double dt, const double *restrict c, const double *restrict k,
                             const double *restrict mass, double *restrict d, double *restrict v, double *restrict a,
                             const double *restrict weight, double *restrict sum) {
  const double half = 0.5 * dt, quarter = 0.25 * dt * dt;
  for (size_t l = 0; l < BRAIN_LANES; l++) {
    const double force = -alpha - c[l] * (v[l] + half * a[l]) - k[l] * (d[l] + dt * v[l] + quarter * a[l]);
    const double next = force / mass[l];
    d[l] += dt * v[l] + quarter * (a[l] + next);
    v[l] += half * (a[l] + next);
    a[l] = next;
    sum[l] += weight[l] * d[l];
  }
}

void BRAIN_LANES_RUN(const brain_lanes *call) {
  for (size_t k = 0; k < call->n_times * BRAIN_LANES; k++) call->strain[k] = 0.0;
  for (size_t axis = 0; axis < 3; axis++) {
    brain_axis s;
    begin_axis(call, axis, &s);
    for (size_t t = 1; t < call->n_times; t++) {
      double sum[BRAIN_LANES];
      for (size_t l = 0; l < BRAIN_LANES; l++) sum[l] = call->strain[t * BRAIN_LANES + l];
      for (size_t m = 0; m < BRAIN_MODES; m++)
        step_mode(call->alpha[3 * t + axis], call->dt_s, s.c[m], s.k[m], s.mass[m], s.d[m], s.v[m], s.a[m],
                  call->weight[axis][m], sum);
      for (size_t l = 0; l < BRAIN_LANES; l++) call->strain[t * BRAIN_LANES + l] = sum[l];
    }
  }
}
