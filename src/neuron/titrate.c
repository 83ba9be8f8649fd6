/* Titration of the rheobase: bisection on the logarithm of the current. */
#include "base/base.h"
#include "base/elementary.h"

#include <loligo/titration.h>
#include <math.h>
#include <string.h>

lg_status lg_titration_begin(lg_ctx *ctx, double low, double high, double resolution, unsigned max_sweeps,
                             lg_titration *out) {
  if (!(low > 0.0 && low < high && high <= 1e9))
    return lg_fail(ctx, LG_ERR_RANGE, "titration between %g and %g; allowed is 0 < low < high <= 1e9", low, high);
  if (!(resolution >= 0.0 && resolution <= 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "resolution is %g; allowed is 0 … 1", resolution);
  if (max_sweeps < 1 || max_sweeps > LG_TITRATION_MAX_SWEEPS)
    return lg_fail(ctx, LG_ERR_RANGE, "%u sweeps; allowed is 1 … %d", max_sweeps, LG_TITRATION_MAX_SWEEPS);
  *out = (lg_titration){.low = low, .high = high, .resolution = resolution, .max_sweeps = max_sweeps};
  return LG_OK;
}

double lg_titration_estimate(const lg_titration *t) { return lg_exp(0.5 * (lg_ln(t->low) + lg_ln(t->high))); }

double lg_titration_next(const lg_titration *t) {
  if (t->n_sweeps >= t->max_sweeps || t->high <= t->low * (1.0 + t->resolution)) return (double)NAN;
  return lg_titration_estimate(t);
}

void lg_titration_answer(lg_titration *t, int fired) {
  const double tried = lg_titration_next(t);
  if (isnan(tried)) return;
  t->n_sweeps++;
  if (fired) {
    t->high = tried;
    t->high_is_tested = 1;
  } else {
    t->low = tried;
    t->low_is_tested = 1;
  }
}

/* Spikes of one sweep: 20 ms of rest, the step, 2 ms more (the peak of a spike that began in time). */
static lg_status sweep(lg_ctx *ctx, const lg_neuron *neuron, const lg_rheobase_options *o, double amp,
                       unsigned *spikes) {
  const double on = 20.0, off = on + o->duration_ms;
  lg_simulate_options how = LG_SIMULATE_OPTIONS_INIT;
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  lg_simulation *sim = NULL;
  how.solver = o->solver;
  how.no_trace = 1;
  LG_TRY(lg_protocol_create(ctx, off + 2.0, 1.0, &p));
  if (amp != 0.0) LG_TRY(lg_protocol_add_const(ctx, p, on, off, amp));
  LG_TRY(lg_simulate(ctx, neuron, p, &how, &sim));
  *spikes = (unsigned)sim->n_spikes;
done:
  lg_simulation_destroy(ctx, sim);
  lg_protocol_destroy(ctx, p);
  return status;
}

lg_status lg_neuron_rheobase(lg_ctx *ctx, const lg_neuron *neuron, const lg_rheobase_options *options,
                             lg_rheobase *out) {
  const lg_rheobase_options defaults = LG_RHEOBASE_OPTIONS_INIT;
  const lg_rheobase_options *o = options ? options : &defaults;
  lg_status status = LG_OK;
  unsigned spikes = 0;
  memset(out, 0, sizeof *out);
  if (o->size < sizeof *o)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options of %zu bytes; set .size by LG_RHEOBASE_OPTIONS_INIT", o->size);
  if (!(o->duration_ms >= 1.0 && o->duration_ms <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "duration_ms is %g; allowed is 1 … 1e5", o->duration_ms);
  if (!neuron->info) return lg_fail(ctx, LG_ERR_ARGUMENT, "the neuron has no model; make it with lg_neuron_init()");
  const bool per_area = strcmp(neuron->info->model, "hh52") == 0;
  const double low = o->low != 0.0 ? o->low : (per_area ? 0.1 : 1.0);
  const double high = o->high != 0.0 ? o->high : (per_area ? 300.0 : 3000.0);
  LG_TRY(lg_titration_begin(ctx, low, high, o->resolution, o->max_sweeps, &out->bracket));
  LG_TRY(sweep(ctx, neuron, o, 0.0, &spikes));
  out->fires_at_rest = spikes > 0;
  for (double amp = lg_titration_next(&out->bracket); !isnan(amp) && !out->fires_at_rest;
       amp = lg_titration_next(&out->bracket)) {
    const unsigned k = out->bracket.n_sweeps;
    LG_TRY(sweep(ctx, neuron, o, amp, &spikes));
    out->tried[k] = amp;
    out->spikes[k] = spikes;
    lg_titration_answer(&out->bracket, spikes > 0);
  }
  out->estimate = out->fires_at_rest ? (double)NAN : lg_titration_estimate(&out->bracket);
done:
  return status;
}
