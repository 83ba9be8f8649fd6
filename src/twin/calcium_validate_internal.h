/** @file calcium_validate_internal.h @brief Parts of the comparison with reference solutions of calcium waves. */
#ifndef LG_CALCIUM_VALIDATE_INTERNAL_H
#define LG_CALCIUM_VALIDATE_INTERNAL_H

#include "io/json_read.h"
#include "twin/calcium_file.h"
#include "twin/calcium_validate.h"

/** A comparison under way. */
typedef struct validation {
  lg_ctx *ctx;
  const calcium_validation *what;
  lg_json_doc *doc; /* case.json: reference values */
  unsigned order;   /* of diffusion in space, 2 unless a row says otherwise */
} validation;

/** What is compared of a wave; extrapolated in dt and dx figure by figure. */
typedef struct wave {
  double figures[7]; /* speed, peak, fwhm, above, open max, open half, er min */
  double *up_s;      /* (n_probes) */
  double *peak_uM;   /* (n_probes) */
  size_t n_probes;
  double open_low, open_high;
} wave;

enum { WAVE_SPEED, WAVE_PEAK, WAVE_FWHM, WAVE_ABOVE, WAVE_OPEN, WAVE_HALF, WAVE_ER_MIN };

/** @brief One run at dt; free with lg_wave_clear. */
LG_MUST_CHECK lg_status lg_wave_at(const validation *v, const calcium_case *c, const calcium_gate *gate, double dx_um,
                                   double dt_s, wave *out);
/** @brief Runs at dt and dt/2, extrapolated to dt 0 with the order of the scheme. */
LG_MUST_CHECK lg_status lg_wave_refined(const validation *v, const calcium_case *c, const calcium_gate *gate,
                                        double dx_um, double dt_s, wave *out);
/** @brief fine becomes the extrapolation of coarse and fine, of which the step is half; order 1, 2 or 4. */
void lg_wave_extrapolate(const wave *coarse, wave *fine, int order);
void lg_wave_clear(lg_ctx *ctx, wave *w);

/** @brief Load a case of the folder, without snapshots. */
LG_MUST_CHECK lg_status lg_validation_case(const validation *v, const char *name, calcium_case **out);
/** @brief Whether a row is asked for. */
bool lg_validation_wants(const validation *v, int row);
/** @brief A figure judged by its relative error in percent. */
void lg_validation_percent(const validation *v, int row, const char *what, double value, double wanted,
                           const char *unit, double must, double goal);
void lg_validation_figure(const validation *v, lg_merit figure);

LG_MUST_CHECK lg_status lg_validate_waves(const validation *v);   /* 1, 2, 3 */
LG_MUST_CHECK lg_status lg_validate_metrics(const validation *v); /* 4 */
LG_MUST_CHECK lg_status lg_validate_keeping(const validation *v); /* 5 */
LG_MUST_CHECK lg_status lg_validate_sweep(const validation *v);   /* 6 */
LG_MUST_CHECK lg_status lg_validate_limits(const validation *v);  /* 7 */
LG_MUST_CHECK lg_status lg_validate_branch(const validation *v);  /* 8 */
LG_MUST_CHECK lg_status lg_validate_clamp(const validation *v);   /* 9 */
LG_MUST_CHECK lg_status lg_validate_gates(const validation *v);   /* 10, 13 */
LG_MUST_CHECK lg_status lg_validate_across(const validation *v);  /* 20 */
LG_MUST_CHECK lg_status lg_validate_restart(const validation *v); /* 16 */
LG_MUST_CHECK lg_status lg_validate_taper(const validation *v);   /* 21 */

#endif
