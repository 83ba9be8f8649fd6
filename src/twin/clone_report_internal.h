/** @file clone_report_internal.h @brief The inside of an lg_clone_report, shared by its two source files. */
#ifndef LG_CLONE_REPORT_INTERNAL_H
#define LG_CLONE_REPORT_INTERNAL_H

#include "io/ro_crate.h"
#include "twin/clone_report.h"

#include <loligo/features.h>

enum { LG_CARD_CHECKS = 6, LG_CARD_LIMITS = 8, LG_CARD_FACTS = 6, LG_CARD_TEXT = 400 };

struct lg_clone_report {
  lg_report_data data;
  lg_report_sweep *sweeps;
  lg_report_parameter *parameters;
  lg_report_feature *features;
  double *samples, *bands, *fi;
  char *provenance;
  char created[40];
  /* the card */
  lg_report_check checks[LG_CARD_CHECKS];
  lg_report_candidate candidates[LG_CLONE_MAX_TRIALS];
  const char *reasons[LG_TWIN_MAX_REASONS];
  const char *limits[LG_CARD_LIMITS];
  lg_report_fact facts[LG_CARD_FACTS];
  char fact_text[LG_CARD_FACTS][LG_CARD_TEXT];
};

/** @brief Fill checks, candidates, reasons, limits and the training domain. */
void lg_clone_report_words(lg_clone_report *r, const lg_recording *rec, const lg_clone *clone);

#endif
