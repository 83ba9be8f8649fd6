/** @file hh52_rates.h @brief Rates of Hodgkin & Huxley 1952, 1/ms, the removable singularities written out. */
#ifndef LG_HH52_RATES_H
#define LG_HH52_RATES_H

#include "base/elementary.h"

typedef struct lg_hh52_rates {
  double am, bm, ah, bh, an, bn;
} lg_hh52_rates;

static inline lg_hh52_rates lg_hh52_rates_at(double v_mV) {
  lg_hh52_rates r;
  r.am = lg_x_over_expm1(-(v_mV + 40.0) / 10.0);
  r.bm = 4.0 * lg_exp(-(v_mV + 65.0) / 18.0);
  r.ah = 0.07 * lg_exp(-(v_mV + 65.0) / 20.0);
  r.bh = 1.0 / (1.0 + lg_exp(-(v_mV + 35.0) / 10.0));
  r.an = 0.1 * lg_x_over_expm1(-(v_mV + 55.0) / 10.0);
  r.bn = 0.125 * lg_exp(-(v_mV + 65.0) / 80.0);
  return r;
}

#endif
