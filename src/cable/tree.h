/**
 * @file tree.h
 * @brief The electrical tree of a cell: compartments with capacitance, area and axial conductance to their parent.
 */
#ifndef LG_CABLE_TREE_H
#define LG_CABLE_TREE_H

#include "cable/model.h"

/** How finely to cut. Exactly one of the first four decides; explicit_n wins, then n_per_section, max_dx_um, d_lambda.
 * Where none is given, the numbers that the model itself asks for hold, and d_lambda for the rest. */
typedef struct cable_cut {
  double max_dx_um;     /* 0: not given */
  size_t n_per_section; /* 0: not given */
  double d_lambda;      /* fraction of the AC length constant, 0: not given; default of all: d_lambda 0.1 at 100 Hz */
  double frequency_Hz;  /* of d_lambda, 100 */
  const size_t *explicit_n; /* (n_sections) or NULL */
  bool odd; /* round numbers that follow from lengths up to odd ones, as NEURON's users do (numbers given as such stay
               as they are); default true */
} cable_cut;

#define CABLE_CUT_INIT                                                                                                 \
  { .frequency_Hz = 100.0, .odd = true }

/**
 * Nodes in depth-first order, parents before children. A node is a compartment's centre, or a point without membrane
 * where sections meet, end at a probe or at a current. Zero-area nodes that nothing needs are left out (series
 * resistances are added up), which changes no voltage.
 */
typedef struct cable_tree {
  size_t n_nodes;
  int32_t *parent;           /* (n_nodes), -1 at the root */
  double *axial_uS;          /* (n_nodes) conductance to the parent; 0 at the root */
  double *area_um2;          /* (n_nodes) 0 where there is no membrane */
  double *capacitance_nF;    /* (n_nodes) */
  double *leak_uS, *leak_mV; /* (n_nodes) of compartments given by values */
  int32_t *section;          /* (n_nodes) section (or compartment) it lies in */
  double *x;                 /* (n_nodes) place along the section, 0 … 1 */
  int32_t *region;           /* (n_nodes) index of the region that holds there; -1 without membrane */
  double *distance_um;       /* (n_nodes) path from the soma's middle (without a soma: from the root's end); 0 for
                                compartments given by values */
  size_t n_sections;
  int32_t *first_centre; /* (n_sections) node of the first compartment: compartment k is node first_centre + k */
  int32_t *n_centres;    /* (n_sections) */
  int32_t *first_end;    /* (n_sections) node where x = 0 is joined, or of the free end; -1: left out */
  int32_t *last_end;     /* (n_sections) node at x = 1; -1: left out */
} cable_tree;

/**
 * @brief How many compartments each section gets.
 *
 * d_lambda is NEURON's rule for shapes of points: lambda from the sum of l / sqrt(d0 + d1), number int((L / (fraction
 * lambda) + 0.9) / 2) 2 + 1 (Hines & Carnevale 2001, doi:10.1177/107385840100700207).
 * @param[out] n (n_sections of the model's morphology)
 * @retval LG_ERR_RANGE a number in the cut, or LG_ERR_LIMIT: more than 100 million compartments
 */
LG_MUST_CHECK lg_status lg_cable_cut_count(lg_ctx *ctx, const cable_model *model, const cable_cut *cut, size_t *n);

/** @brief Index of the region that holds for a type (the last that names it), -1 where none does. */
ptrdiff_t lg_cable_region_of(const cable_model *model, int type);

/** @brief Cut a model. The locations of its clamps, points, synapses and probes get nodes of their own where they need
 * them. */
LG_MUST_CHECK lg_status lg_cable_tree_create(lg_ctx *ctx, const cable_model *model, const cable_cut *cut,
                                             cable_tree **out);
void lg_cable_tree_destroy(lg_ctx *ctx, cable_tree *tree);

/** @brief Section (or compartment) and place along it of a location.
 * @retval LG_ERR_RANGE the place is not in the cell; the message says what there is */
LG_MUST_CHECK lg_status lg_cable_place(lg_ctx *ctx, const cable_model *model, const cable_location *at, size_t *section,
                                       double *x);

/**
 * @brief Node at a location. As NEURON: x inside a section is the compartment that holds it; x = 0 and 1 are the ends
 * (the node where the section is joined; its own zero-area node at a free end).
 *
 * A free end has a node only where a clamp, point, synapse or probe of the model is at it.
 * @retval LG_ERR_RANGE the place is not in the cell; the message says what there is
 */
LG_MUST_CHECK lg_status lg_cable_tree_locate(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                             const cable_location *at, size_t *node);

#endif
