/**
 * @file extra_case.h
 * @brief What a user says about IP3 receptors, IP3, the ER's buffer, store-operated entry and voltage-dependent
 * channels. Sources of the defaults stand in the room's README.
 */
#ifndef LG_CALCIUM_EXTRA_CASE_H
#define LG_CALCIUM_EXTRA_CASE_H

#include "calcium/case.h"
#include "calcium/extra.h"
#include "calcium/gate.h"
#include "calcium/ip3r.h"
#include "calcium/vdcc.h"

/** IP3 made at the plasma membrane: a flux density as of the calcium stimulus, µM µm/s; level or a ramp down to 0. */
typedef struct calcium_ip3_source {
  calcium_stimulus shape;
  bool level;
} calcium_ip3_source;

/** Where the voltage of the channels comes from. */
typedef enum calcium_voltage_sort {
  CALCIUM_VOLTAGE_TABLE,  /* the same everywhere, linear between rows, level beyond them; one row: constant */
  CALCIUM_VOLTAGE_OUTSIDE /* each node's own, told before each stretch by lg_calcium_extra_outside() */
} calcium_voltage_sort;

typedef struct calcium_voltage {
  calcium_voltage_sort sort;
  size_t n;
  double *t_s, *v_mV; /* (n) ascending times */
} calcium_voltage;

typedef struct calcium_extras {
  bool has_ip3; /* a species; with ip3r alone its concentration stands at rest everywhere */
  double ip3_diffusion, ip3_rest_uM, ip3_decay_per_s;
  size_t n_ip3_sources;
  calcium_ip3_source *ip3_sources;

  bool has_ip3r, ip3r_closed_form;
  calcium_profile ip3r_density; /* 1/µm² of the ER's membrane */
  double ip3r_permeability_um3_s;
  calcium_ip3r ip3r;

  bool has_er_buffer;
  double er_buffer_diffusion, er_buffer_on, er_buffer_off, er_buffer_total; /* µm²/s, 1/(µM s), 1/s, µM */

  bool has_soce;
  calcium_profile soce_density;                       /* 1/µm² of the plasma membrane */
  double soce_current_mol_s, soce_half_uM, soce_hill; /* of one channel; of the ER's calcium */
  double soce_tau_s;                                  /* 0: at once */

  size_t n_vdcc;
  calcium_vdcc *vdcc;
  double celsius;
  calcium_voltage voltage;
  double rest_mV; /* at which the channels' flux is balanced; NAN: each node's voltage at the start */
} calcium_extras;

/** @brief No extras, but their constants filled in. */
calcium_extras lg_calcium_extras_default(void);
void lg_calcium_extras_destroy(lg_ctx *ctx, calcium_extras *extras);

/** @retval LG_ERR_RANGE what, value and allowed range are in the message */
LG_MUST_CHECK lg_status lg_calcium_extras_check(lg_ctx *ctx, const calcium_extras *extras, const calcium_case *c);

/** What comes from outside at both ends of a stretch, (n) each, linear in between; it must stay until the next. */
typedef struct calcium_outside {
  double t0_s, t1_s;
  const double *v0_mV, *v1_mV;     /* voltages of CALCIUM_VOLTAGE_OUTSIDE */
  const double *influx0, *influx1; /* through channels that somebody else moves, µM µm/s; NULL: none */
} calcium_outside;

/**
 * @brief Make the extras of a case run on a grid; *out is NULL where the case has none.
 *
 * The gate only tells how the ER's leak stands at rest without the extras.
 * @param start v0_mV and influx0 at the start, which count as rest; NULL unless something comes from outside
 * @retval LG_ERR_RANGE their flux at rest is more than the pumps take away, so that no leak can balance it
 */
LG_MUST_CHECK lg_status lg_calcium_extra_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                                const calcium_gate *gate, const calcium_outside *start,
                                                calcium_extra **out);
void lg_calcium_extra_destroy(lg_ctx *ctx, calcium_extra *extra);

/** @brief What comes from outside over the next stretch of time. */
void lg_calcium_extra_outside(calcium_extra *extra, const calcium_outside *outside);

/** @brief Calcium that flows in through voltage-dependent channels, µM µm/s at every node (n), at t. */
void lg_calcium_extra_vdcc_flux(const calcium_extra *extra, double t_s, const double *c, const double *gates,
                                double *flux);

#endif
