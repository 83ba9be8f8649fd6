/** @file culture_report_words.h @brief What the page of a culture says in words and single numbers. */
#ifndef LG_TWIN_CULTURE_REPORT_WORDS_H
#define LG_TWIN_CULTURE_REPORT_WORDS_H

#include "twin/culture_report.h"

/** One row of the table of parameters. */
typedef struct culture_parameter {
  const char *name;
  double value;
  const char *unit, *note;
} culture_parameter;
enum { CULTURE_PARAMETERS = 20 };

/** @brief The rows that this method has. */
size_t lg_culture_parameters(const culture_view *view, culture_parameter rows[CULTURE_PARAMETERS]);

void lg_culture_lead(const culture_view *view, char *text, size_t bytes);
/** @brief What gamma is here. @param spread of lg_culture_static_spread() */
void lg_culture_feed_words(const culture_view *view, double spread, char *text, size_t bytes);

extern const char *const lg_culture_group_words[4];
extern const char *const lg_culture_limits[];
extern const size_t lg_culture_n_limits;

#endif
