#include "culture/methods.h"

#include <string.h>

void lg_culture_euler_rows(const lg_culture_data *d, unsigned which, double dt, double known_gamma, double *a,
                           double *b) {
  const size_t rows = d->n_times - 1, columns = which == 3 ? d->n_inner + 1 : which;
  memset(a, 0, d->n_inner * rows * columns * sizeof *a);
  for (size_t g = 0; g < d->n_inner; g++) {
    const double *x = d->x + g * d->n_times, *z = d->z + g * d->n_times;
    for (size_t t = 0; t < rows; t++) {
      double *row = a + (g * rows + t) * columns;
      row[0] = dt * z[t];
      if (which > 1) row[which == 2 ? 1 : 1 + g] = dt;
      b[g * rows + t] = x[t + 1] - x[t] - (which == 1 ? dt * known_gamma : 0.0);
    }
  }
}
