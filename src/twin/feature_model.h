/**
 * @file feature_model.h
 * @brief The model families as a search by features sees them: a box of coordinates in [0, 1], natural parameters, a
 * runner for eight candidates.
 */
#ifndef LG_FEATURE_MODEL_H
#define LG_FEATURE_MODEL_H

#include "twin/feature_target.h"

enum { LG_FEATURE_MAX_Z = 20, LG_FEATURE_MAX_P = 20 };

typedef struct lg_feature_model {
  const char *model, *variant; /* as in model files */
  size_t n_z, n_p;
  const char *const *names, *const *units; /* (n_p) as in the table of the model */
  const double *absent;                    /* (n_p) what a parameter is where a twin lacks it; NULL: lacks none */
  size_t coarse_sweeps;                    /* at most so many before the polish, which sees all */
  const double *typical;                   /* (n_z) an ordinary cell: the first run begins there; NULL: at a scout */
  size_t runs;                             /* of CMA-ES, 1 … 8 */
  double step_ms;                          /* longest integration step of the search */
  bool shape;                              /* the course of a spike is the model's own, not a parameter */
  /** Natural parameters of a point; the passive properties place the box. */
  void (*natural)(const lg_passive *passive, const double *z, double *p);
  /** Run eight candidates. @param p (n_p, LG_LANES) natural parameters */
  void (*run)(double p[][LG_LANES], const lg_lane_drive *drive, lg_lane_out *out);
  /** Natural parameters to coordinates in which uncertainty is about normal (logarithms, logits), and back. */
  void (*to_y)(const double *p, double *y);
  void (*from_y)(const double *y, double *p);
} lg_feature_model;

extern const lg_feature_model lg_feature_izhikevich, lg_feature_klowkhigh, lg_feature_tm;

#endif
