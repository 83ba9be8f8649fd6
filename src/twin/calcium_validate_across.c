/* Row 20: the open case resolved across the dendrite, beside another program and beside its own limit. */
#include "twin/calcium_reduction.h"
#include "twin/calcium_validate_internal.h"

#include <math.h>

/* Another program's wave: 1750 ± 10 µm/s, mean peak 10.46 µM. Quick: coarse, without refining. */
lg_status lg_validate_across(const validation *v) {
  lg_ctx *ctx = v->ctx;
  lg_status status = LG_OK;
  calcium_reduction *r = NULL;
  char path[4096];
  const bool quick = v->what->quick;
  const calcium_reduction_options o = {
      .dt_s = quick ? 5e-6 : 2.5e-6, .max_dx_um = quick ? 0.1 : 0.05, .n_rings = quick ? 8 : 12, .refine = !quick};
  const calcium_trial_case shared = {path, "kl"};
  if (!lg_validation_wants(v, 20)) return LG_OK;
  if ((size_t)snprintf(path, sizeof path, "%s/case.json", v->what->folder) >= sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
  LG_TRY(lg_calcium_reduction_run(ctx, &shared, &o, &r));
  const calcium_pair *p = &r->figures;
  lg_validation_percent(v, 20, "speed across, beside another program", quick ? p->two.speed_um_s : r->speed_limit,
                        1750.0, "um/s", quick ? 3.0 : 2.0, (double)NAN);
  lg_validation_percent(v, 20, "mean peak across, beside another program", p->two.peak_uM, 10.46, "uM", 0.5,
                        (double)NAN);
  if (!quick)
    lg_validation_percent(v, 20, "speed of the usual grid, beside its limit", p->two.speed_um_s, r->speed_limit, "um/s",
                          2.0, 0.5);
done:
  lg_calcium_reduction_destroy(ctx, r);
  return status;
}
