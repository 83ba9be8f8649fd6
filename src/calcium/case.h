/**
 * @file case.h
 * @brief What a user says about calcium in a dendrite: shape, constants, stimulus, what to watch.
 *
 * Units of this room: µm, s, µM; a flux through a membrane in µM·µm/s (1e-9 mol m⁻² s⁻¹). Constants and equations after
 * Keizer & Levine 1996 (doi:10.1016/S0006-3495(96)79594-4), Breit & Queisser 2018 (doi:10.1186/s13408-018-0064-x).
 */
#ifndef LG_CALCIUM_CASE_H
#define LG_CALCIUM_CASE_H

#include "base/base.h"
#include "calcium/profile.h"

/** Every constant of the model. Names as the file has them (docs/calcium.md). */
typedef struct calcium_constants {
  double diffusion_cytosol, diffusion_buffer, diffusion_er;     /* Dc, Db, De, µm²/s */
  double buffer_total;                                          /* bT, µM */
  double buffer_on, buffer_off;                                 /* kbp 1/(µM s), kbm 1/s */
  double cytosol_rest, er_rest, outside;                        /* c0, ce0, co, µM */
  double ryr_density, serca_density, pmca_density, ncx_density; /* rho_R, rho_S, rho_P, rho_N, 1/µm² */
  double ryr_current, ryr_er_reference;                         /* I_R mol/s at ce_ref µM */
  double serca_current, serca_k;                                /* I_S mol µM/s, K_S µM */
  double pmca_current, pmca_k;                                  /* I_P mol/s, K_P µM */
  double ncx_current, ncx_k;                                    /* I_N mol/s, K_N µM */
  double ka_on, ka_off;                                         /* kap 1/(µM⁴ s), kam 1/s */
  double kb_on, kb_off;                                         /* kbpR 1/(µM³ s), kbmR 1/s */
  double kc_on, kc_off;                                         /* kcp, kcm 1/s */
  double rise_closing;                                          /* k_c of the rise gate, 1/s */
} calcium_constants;

/** The constants of the open case of section 1 of the room's README. */
calcium_constants lg_calcium_constants_default(void);

/** Fluxes and rest that follow from the constants; the leaks make the rest state an equilibrium. */
typedef struct calcium_derived {
  double ryr_permeability;     /* pR, µm/s */
  double serca_max;            /* JS, µM² µm/s */
  double pmca_max, ncx_max;    /* JP, JN, µM µm/s */
  double er_leak, plasma_leak; /* vle, vlp, µm/s */
  double buffer_rest;          /* b0, µM */
  double open_rest;            /* P0 of the gate in use */
} calcium_derived;

/** An unbranched piece: dendrite radius R(x) and ER radius r(x), by a table or R0 + R1 cos(pi x / L). */
typedef struct calcium_section {
  double length_um;
  ptrdiff_t parent; /* joined at its parent's distal end; -1: the root; parents stand first */
  size_t n_table;
  double *x_um, *radius_um, *er_radius_um;       /* (n_table), ascending x from 0 to length; linear in between */
  double radius0_um, radius1_um, er0_um, er1_um; /* where n_table is 0 */
  size_t of_section;                             /* of a morphology (or a cable) that it is a part of, */
  double from_um;                                /* from there on */
} calcium_section;

/**
 * J(x, t) = j0 (1 - (t - on)/(off - on)) exp(-(x - x0)²/(2 sigma²)) on [on, off), into the cytosol. Where total_mol_s
 * is above 0, j0 follows from it: so much enters in all at `on`, on any grid; then sigma may be 0, a point.
 */
typedef struct calcium_stimulus {
  double j0, x0_um, sigma_um, on_s, off_s;
  size_t section;
  double total_mol_s;
} calcium_stimulus;

typedef struct calcium_place {
  size_t section;
  double x_um;
} calcium_place;

/** Densities that may vary along the dendrite. */
enum { CALCIUM_RYR, CALCIUM_SERCA, CALCIUM_PMCA, CALCIUM_NCX, CALCIUM_DENSITIES };

typedef struct calcium_case {
  calcium_constants constants;
  calcium_profile densities[CALCIUM_DENSITIES]; /* 1/µm²; one without pieces: the number in constants holds */
  size_t n_sections;
  calcium_section *sections;
  size_t n_stimuli;
  calcium_stimulus *stimuli;
  double end_s;
  double threshold_uM;
  bool membrane_closed;
  double bump_uM, bump_x0_um, bump_sigma_um; /* added to c0 at the start, section 0 */
  size_t n_probes;
  calcium_place *probes;
  size_t n_snapshots;
  double *snapshots_s;
  bool is_tree;                  /* outputs carry a column `section` */
  struct calcium_extras *extras; /* further channels and species (extra_case.h), owned; NULL: none */
} calcium_case;

void lg_calcium_case_destroy(lg_ctx *ctx, calcium_case *c);

/** @brief Radii at a place of a section, µm. */
void lg_calcium_radii(const calcium_section *section, double x_um, double *radius_um, double *er_radius_um);

/**
 * @brief Check every constant and radius.
 * @retval LG_ERR_RANGE what, value and allowed range are in the message
 */
LG_MUST_CHECK lg_status lg_calcium_case_check(lg_ctx *ctx, const calcium_case *c);

/** @brief Fluxes and leaks for a gate whose open probability at rest is open_rest. */
calcium_derived lg_calcium_derive(const calcium_constants *k, double open_rest, bool membrane_closed);

/** @brief Whether some density varies along the dendrite. */
bool lg_calcium_varies(const calcium_case *c);

#endif
