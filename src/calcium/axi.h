/**
 * @file axi.h
 * @brief A dendrite of rotational symmetry, resolved along x and across rho: ER for rho < r, cytosol for r < rho < R.
 *
 * The one-dimensional room takes c, b and e to be even over the cross-section. Here they are not: the ryanodine
 * receptors, SERCA and the ER's leak sit at rho = r, PMCA, NCX, leak and stimulus at rho = R, and calcium has to
 * diffuse between. Vertex-centred finite volumes: nodes on both membranes and on the axis, so a flux through a
 * membrane meets the concentration at it; spacings grow away from the ER's membrane. The sum over the rings of a slice
 * is the slice of the one-dimensional grid: same volumes, same membranes.
 */
#ifndef LG_CALCIUM_AXI_H
#define LG_CALCIUM_AXI_H

#include "calcium/run.h"

/** The rings of one compartment; arrays (n_x, n), rings from the axis outward. */
typedef struct calcium_rings {
  size_t n;
  double *rho_um;
  double *volume_um3;
  double *axial_um;  /* face area / length of the edge to the slice before; 0 in slice 0 */
  double *radial_um; /* face area / distance to the next ring outward; 0 in the last ring */
} calcium_rings;

typedef struct calcium_axi_grid {
  size_t n_x;
  const calcium_grid *line; /* the one-dimensional grid: slices are its nodes */
  calcium_rings cytosol, er;
} calcium_axi_grid;

enum { CALCIUM_AXI_RINGS = 12 }; /* the speed is then within 0.1 % of that of many */

/**
 * @brief Rings over the slices of an unbranched dendrite.
 * @param line    its one-dimensional grid; must outlive the result
 * @param n_rings of the cytosol, 4 … 512; the ER has five eighths as many
 * @retval LG_ERR_UNSUPPORTED the case has several sections, or further channels or species
 * @retval LG_ERR_RANGE     too few or too many rings, or a radius changes by more than 0.1 µm per µm
 */
LG_MUST_CHECK lg_status lg_calcium_axi_grid_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *line,
                                                   size_t n_rings, calcium_axi_grid **out);
void lg_calcium_axi_grid_destroy(lg_ctx *ctx, calcium_axi_grid *grid);

/** A dendrite of rotational symmetry that can be stepped. */
typedef struct calcium_axi calcium_axi;

/**
 * @brief At rest. Second order in time: SBDF2 with membrane fluxes and buffering explicit, diffusion implicit by an
 * x-sweep and a rho-sweep of the change against the extrapolation (so the splitting costs fourth order of a step).
 */
LG_MUST_CHECK lg_status lg_calcium_axi_create(lg_ctx *ctx, const calcium_case *c, const calcium_axi_grid *grid,
                                              const calcium_gate *gate, calcium_axi **out);
void lg_calcium_axi_destroy(lg_ctx *ctx, calcium_axi *run);

/** @brief For lg_calcium_simulate_with(): the state that it shows are means over the cross-section. */
calcium_stepper lg_calcium_axi_stepper(calcium_axi *run);

/** Values of every ring: c, b (n_x, cytosol.n), e (n_x, er.n), µM. */
typedef struct calcium_axi_fields {
  const double *c, *b, *e;
} calcium_axi_fields;

calcium_axi_fields lg_calcium_axi_state(const calcium_axi *run);

#endif
