/** @file merit.h @brief A figure of a validation: what was measured, what it should be, what it must and may reach. */
#ifndef LG_TWIN_MERIT_H
#define LG_TWIN_MERIT_H

#include <stdbool.h>

/** One figure: how far it is from what it should be. */
typedef struct lg_merit {
  int row;           /* of the table of figures that the documentation has; 0: none */
  const char *title; /* of the row, printed once above its figures; NULL: its number only */
  const char *what;  /* all texts are valid during the call */
  double value, wanted;
  const char *unit;       /* of both */
  double error;           /* what is judged */
  const char *error_unit; /* "%", "us", "" */
  double must, goal;      /* NAN: none */
  bool at_least;          /* error is a figure that must reach them (an order), not stay below */
  const char *source;     /* of what it is compared with, NULL: the row's */
} lg_merit;

/** Takes every figure as it comes. */
typedef void lg_merit_say(void *user, const lg_merit *figure);

/** @brief Whether a figure reaches a limit; NAN never does. */
bool lg_merit_reaches(const lg_merit *figure, double limit);
/** @brief Whether it has a must and misses it. */
bool lg_merit_misses(const lg_merit *figure);
/** @brief Whether it has a goal and reaches it. */
bool lg_merit_reaches_goal(const lg_merit *figure);
/** @brief "MISSED", "goal", "must", "-". */
const char *lg_merit_verdict(const lg_merit *figure);

#endif
