/**
 * @file ip3r.h
 * @brief The IP3 receptor after Li & Rinzel 1994 (doi:10.1006/jtbi.1994.1041), who reduced De Young & Keizer 1992.
 *
 * P = (m n h)³, m = p/(p + d1), n = c/(c + d5), h' = a2 (Q2 (1 - h) - c h), Q2 = d2 (p + d1)/(p + d3). With h at rest,
 * h = Q2/(Q2 + c), it is the closed form [c p d2/((c p + p d2 + d1 d2 + c d3)(c + d5))]³.
 */
#ifndef LG_CALCIUM_IP3R_H
#define LG_CALCIUM_IP3R_H

/** µM, but a2 1/(µM s). */
typedef struct calcium_ip3r {
  double d1, d2, d3, d5, a2;
} calcium_ip3r;

/** @brief d1 0.13, d2 1.05, d3 0.94, d5 0.0823 µM (Breit & Queisser 2018), a2 0.2 1/(µM s) (De Young & Keizer 1992). */
calcium_ip3r lg_calcium_ip3r_default(void);

/** @brief Q2, µM: what h is half closed by. */
static inline double lg_calcium_ip3r_q2(const calcium_ip3r *k, double ip3) {
  return k->d2 * (ip3 + k->d1) / (ip3 + k->d3);
}

/** @brief Open probability. */
static inline double lg_calcium_ip3r_open(const calcium_ip3r *k, double c, double ip3, double h) {
  const double x = ip3 * c * h / ((ip3 + k->d1) * (c + k->d5));
  return x * x * x;
}

#endif
