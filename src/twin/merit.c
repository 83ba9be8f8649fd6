#include "twin/merit.h"

#include <math.h>

bool lg_merit_reaches(const lg_merit *f, double limit) { return f->at_least ? f->error >= limit : f->error <= limit; }

bool lg_merit_misses(const lg_merit *f) { return !isnan(f->must) && !lg_merit_reaches(f, f->must); }

bool lg_merit_reaches_goal(const lg_merit *f) { return !isnan(f->goal) && lg_merit_reaches(f, f->goal); }

const char *lg_merit_verdict(const lg_merit *f) {
  if (lg_merit_misses(f)) return "MISSED";
  if (lg_merit_reaches_goal(f)) return "goal";
  return isnan(f->must) ? "-" : "must";
}
