/** @file calcium_validate.h @brief The figures that waves of calcium must reach, beside reference solutions. */
#ifndef LG_CALCIUM_VALIDATE_H
#define LG_CALCIUM_VALIDATE_H

#include "calcium/run.h"

/** One figure: how far it is from what it should be. */
typedef struct calcium_figure {
  int row;          /* of the table in docs/calcium.md */
  const char *what; /* valid during the call */
  double value, wanted;
  const char *unit;       /* of both */
  double error;           /* what is judged */
  const char *error_unit; /* "%", "us", "" */
  double must, goal;      /* NAN: none */
  bool at_least;          /* error is a figure that must reach them (an order), not stay below */
} calcium_figure;

typedef struct calcium_validation {
  const char *folder;    /* case.json, arrivals.csv, ryr_clamp.csv, closed/, branch/ */
  calcium_scheme scheme; /* of every run */
  int only;              /* row, 0: all */
  bool quick;            /* coarser grids and fewer values where a figure allows it */
  void (*say)(void *user, const calcium_figure *figure);
  void *user;
} calcium_validation;

/** @brief Whether a figure reaches a limit; NAN never does. */
bool lg_calcium_figure_reaches(const calcium_figure *figure, double limit);

/**
 * @brief Run the reference cases of a folder and give every figure to say() as it comes.
 * @retval LG_ERR_FORMAT a file lacks what it is compared with
 */
LG_MUST_CHECK lg_status lg_calcium_validate(lg_ctx *ctx, const calcium_validation *what);

#endif
