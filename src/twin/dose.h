/** @file dose.h @brief Doses as people write them: "10nM", "1uM,10uM", "0.1:100uM:10log", "1:10uM:5lin", "2x". */
#ifndef LG_TWIN_DOSE_H
#define LG_TWIN_DOSE_H

#include "twin/drug.h"

enum { LG_DOSES_MAX = 1000 };

/**
 * @brief Read doses: items between commas, each a value, or LOW:HIGH:COUNT with "log" (default) or "lin" behind the
 * count. Units pM, nM, uM, mM, M, or x: multiples of the drug's free therapeutic concentration. A value without unit
 * has that of the value behind it (`1:300uM`, `1,10uM`); the last must have one, unless it is 0.
 * @param drug for multiples and messages; may be NULL: "x" is refused then
 * @param[out] uM (n) free concentrations in the order of the text; free with lg_free()
 * @retval LG_ERR_ARGUMENT no unit, negative, not a number, more than LG_DOSES_MAX …; the message says what would be
 * right (on the command line: exit code 2)
 */
LG_MUST_CHECK lg_status lg_doses_parse(lg_ctx *ctx, const char *text, const lg_drug *drug, double **uM, size_t *n);

/** @brief A concentration with a fitting unit, three digits: "3.8 nM". */
void lg_dose_print(double uM, char *buffer, size_t bytes);

#endif
