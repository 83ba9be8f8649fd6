/** @file axi_field.h @brief One concentration on the rings of a compartment, and one implicit step of its diffusion. */
#ifndef LG_CALCIUM_AXI_FIELD_H
#define LG_CALCIUM_AXI_FIELD_H

#include "calcium/axi.h"

/** Arrays (n_x, rings->n). */
typedef struct axi_field {
  const calcium_rings *rings;
  size_t n_x;
  double diffusion;
  double *now, *before;       /* µM, at the present time and one step ago */
  double *rate, *before_rate; /* µM/s, explicit part */
  double *right;
  double *axial_carry, *axial_inverse, *radial_carry,
      *radial_inverse;    /* (V - g D K) eliminated along x and along rho */
  double *guess, *change; /* (6, n), (n): rows of the extrapolation and of fluxes; change of a slice */
} axi_field;

LG_MUST_CHECK lg_status lg_calcium_axi_field_create(lg_ctx *ctx, axi_field *f, const calcium_rings *rings, size_t n_x,
                                                    double diffusion);
void lg_calcium_axi_field_destroy(lg_ctx *ctx, axi_field *f);

/** @brief Eliminate for a step that multiplies the diffusion by g (s). */
void lg_calcium_axi_factor(axi_field *f, double g);

/**
 * @brief From now, before, rate and before_rate to the next values; before takes over now.
 *
 * Extrapolation u* = now + ahead (now - before); (V - g D Kx) V^-1 (V - g D Kr) (next - u*) =
 * V (back (now - before) + g ((1 + ahead) rate - ahead before_rate)) + g D K4 u*; K of second order, K4 of fourth along
 * x. First order (backward Euler): ahead 0, back 0, g the step. SBDF2: ahead 1, back -2/3, g two thirds of the step.
 */
void lg_calcium_axi_diffuse(axi_field *f, double g, double ahead, double back);

/** @brief Means of the slices, volume-weighted. */
void lg_calcium_axi_means(const axi_field *f, double *means);

/** @brief Amount, µM µm³. */
double lg_calcium_axi_amount(const axi_field *f);

#endif
