#include "learn/frozen.h"

#include "learn/scalar.h"

#include <string.h>

/* Time steps after a convolution; 0 when there are too few. */
static size_t steps_after(const lg_conv1d *l, size_t steps) {
  const size_t padded = steps + 2 * l->pad;
  return padded < l->kernel ? 0 : (padded - l->kernel) / l->stride + 1;
}

#include "learn/real_f32.h"

#include "learn/frozen.tmpl.h"

#include "learn/real_f64.h"

#include "learn/frozen.tmpl.h"
