/* Row 10: physics-informed networks on the movie: the robust one finds k, the printed one does not. */
#include "twin/culture_validate_internal.h"

#include <math.h>

static lg_status judge(const culture_check *c, const lg_culture_film *film, const lg_culture_masks *masks,
                       const culture_film_truth *truth, culture_method method, double start) {
  const int row = CULTURE_ROW_PINN;
  const char *name = method == CULTURE_PINN ? "robust" : "printed";
  culture_film_run run;
  culture_identify o = lg_culture_identify_default();
  char text[96];
  o.method = method;
  o.law = (int)truth->law;
  o.pinn.k_start = o.pinn_paper.k_start = start;
  const double before = lg_culture_seconds();
  const lg_status status = lg_culture_film_identify(c->ctx, film, masks, &o, &run);
  if (status != LG_OK) return status;
  if (method == CULTURE_PINN) {
    (void)snprintf(text, sizeof text, "%s, from k = %g", name, start);
    lg_culture_check_apart(c, row, text, run.result->k, truth->k, "/frame", 6.0);
  } else {
    (void)snprintf(text, sizeof text, "%s, from k = %g: how far k is off (it misses, as published)", name, start);
    lg_culture_check_most(c, row, text, 100.0 * (run.result->k / truth->k - 1.0), "%", -80.0);
    (void)snprintf(text, sizeof text, "%s, from k = %g: warnings that say so", name, start);
    lg_culture_check_least(c, row, text, (double)run.result->n_warnings, "", 1.0);
  }
  (void)snprintf(text, sizeof text, "%s, from k = %g: processor time, all threads", name, start);
  lg_culture_check_note(c, row, text, lg_culture_seconds() - before, "s");
  lg_culture_film_run_clear(c->ctx, &run);
  return LG_OK;
}

lg_status lg_culture_validate_pinn(const culture_check *c) {
  lg_status status = LG_OK;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  culture_film_truth truth = {0};
  LG_TRY(lg_culture_film_truth_load(c, &truth));
  LG_TRY(lg_culture_check_masked_film(c, &film, &masks));
  LG_TRY(judge(c, film, masks, &truth, CULTURE_PINN, 0.1));
  if (!c->what->quick) {
    LG_TRY(judge(c, film, masks, &truth, CULTURE_PINN, 0.01));
    LG_TRY(judge(c, film, masks, &truth, CULTURE_PINN_PAPER, 0.01));
  }
done:
  lg_culture_film_destroy(c->ctx, film);
  lg_culture_masks_destroy(c->ctx, masks);
  lg_culture_film_truth_clear(c->ctx, &truth);
  return status;
}
