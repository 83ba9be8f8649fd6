/** @file diffusion.h @brief Implicit diffusion of one species on the tree, in flux form. */
#ifndef LG_CALCIUM_DIFFUSION_H
#define LG_CALCIUM_DIFFUSION_H

#include "calcium/grid.h"

typedef struct calcium_diffusion {
  const calcium_grid *grid;
  const double *volume, *edge; /* the grid's, of the cytosol or the ER */
  const double *blend;         /* the grid's; NULL: second order */
  double coefficient;          /* µm²/s */
  double step_s;               /* that carry and inverse are for; 0: none */
  double *carry;               /* (n) conductance of the edge to the parent / pivot */
  double *inverse;             /* (n) 1 / pivot */
} calcium_diffusion;

/** @brief Eliminate (M/step − D L), M = V where nothing is blended, once (Hines 1984); nothing to do where it is for
 * this step already. */
void lg_calcium_diffusion_factor(calcium_diffusion *d, double step_s);

/** @brief right += D L u, µM µm³/s: what flows along each edge leaves one node and enters the other, so the sum is kept
 * to rounding of the flux. */
void lg_calcium_diffusion_add(const calcium_diffusion *d, const double *u, double *right);

/** @brief right += (M − V) s: what each edge blends of s, µM µm³ or per s; nothing for the second order. */
void lg_calcium_diffusion_blend(const calcium_diffusion *d, const double *s, double *right);

/** @brief Solve (M/step − D L) x = right in place, for n of them: three side by side hide each other's latency. */
void lg_calcium_diffusion_solve(const calcium_diffusion *d, size_t n, double *const *right);

#endif
