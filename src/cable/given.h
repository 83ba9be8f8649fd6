/**
 * @file given.h
 * @brief Calcium that is moved from outside of the cell, in the place of the shells below its membrane.
 *
 * Who couples a cell to another model of its calcium puts lg_cable_given_calcium into the regions instead of their
 * pools (no file names it), and tells it before each stretch of steps how the concentration goes on.
 */
#ifndef LG_CABLE_GIVEN_H
#define LG_CABLE_GIVEN_H

#include "cable/simulate.h"

/** Parameters cai (mM, at the start), slope, since. */
extern const cable_mechanism lg_cable_given_calcium;

/** @brief From t_ms on, calcium at a node is inside_mM + slope (t - t_ms). False where the node has no such mechanism.
 */
bool lg_cable_group_give_calcium(cable_group *group, size_t node, size_t cell, double t_ms, double inside_mM,
                                 double slope_mM_per_ms);

/** @brief Integral of the calcium current of the node's own mechanisms since the start, mA/cm² ms, outward positive;
 * 0 where the node has no such mechanism. */
double lg_cable_group_calcium_charge(const cable_group *group, size_t node, size_t cell);

#endif
