/** @file parameters.h @brief The parameters that a model offers to derivatives and fits, by name. */
#ifndef LG_CABLE_PARAMETERS_H
#define LG_CABLE_PARAMETERS_H

#include "cable/gradient.h"

/** A parameter with its name and present value. */
typedef struct cable_named {
  cable_parameter p;
  char name[96]; /* "soma+axon.hh.gnabar", "dend.cm", "apic.Ra", "soma.ena", "ExpSyn[3].tau", "weight[3]", "clamp[0]" */
  const char *unit;
  double value, low, high; /* range that the mechanism allows */
  bool conductance;        /* a density that scales a current: gbar and leaks */
} cable_named;

/**
 * @brief All parameters of regions (fields of mechanisms, cm, Ra, given reversals), of points and synapses (fields,
 * weights) and of clamps.
 * @param[out] out block of *n, free with lg_free
 */
LG_MUST_CHECK lg_status lg_cable_parameters(lg_ctx *ctx, const cable_model *model, cable_named **out, size_t *n);

/** @brief "soma+axon", "all", "type7": the types of a region. */
void lg_cable_region_name(const cable_region *region, char *buffer, size_t bytes);

/** @brief Whether a name fits a pattern with * and ?. */
bool lg_cable_matches(const char *pattern, const char *name);

/** @brief Put a value into the model where the parameter stands there (regions, points, synapses, clamps). */
void lg_cable_model_set(cable_model *model, const cable_parameter *parameter, double value);

#endif
