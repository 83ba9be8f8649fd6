#include <loligo/protocol.h>

#include "base/base.h"
#include "base/elementary.h"
#include "data/stimulus.h"

#include <string.h>

#define MAX_DURATION_MS 1e7
#define MAX_SAMPLES 2e8
#define MAX_VALUES ((size_t)50000000)

lg_status lg_protocol_create(lg_ctx *ctx, double duration_ms, double sample_ms, lg_protocol **out) {
  *out = NULL;
  if (!(duration_ms > 0.0 && duration_ms <= MAX_DURATION_MS))
    return lg_fail(ctx, LG_ERR_RANGE, "duration_ms is %g; allowed are values above 0 up to %g", duration_ms,
                   MAX_DURATION_MS);
  if (!(sample_ms > 0.0 && sample_ms <= duration_ms))
    return lg_fail(ctx, LG_ERR_RANGE, "sample_ms is %g; allowed are values above 0 up to the duration (%g)", sample_ms,
                   duration_ms);
  if (duration_ms / sample_ms > MAX_SAMPLES)
    return lg_fail(ctx, LG_ERR_LIMIT, "%g ms at %g ms are more than the limit of %g samples", duration_ms, sample_ms,
                   MAX_SAMPLES);
  lg_protocol *p = lg_alloc(ctx, 1, sizeof *p);
  if (!p) return LG_ERR_MEMORY;
  p->duration_ms = duration_ms;
  p->sample_ms = sample_ms;
  *out = p;
  return LG_OK;
}

void lg_protocol_destroy(lg_ctx *ctx, lg_protocol *protocol) {
  if (!protocol) return;
  for (size_t k = 0; k < protocol->n_segments; k++) lg_free(ctx, protocol->segments[k].values_pA);
  lg_free(ctx, protocol->segments);
  lg_free(ctx, protocol->events);
  lg_free(ctx, protocol);
}

static lg_status check_train(lg_ctx *ctx, const lg_segment *s) {
  if (!(s->rate_Hz > 0.0 && s->rate_Hz <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "rate_Hz is %g; allowed are values above 0 up to 1e5", s->rate_Hz);
  if (!(s->width_ms > 0.0 && s->width_ms <= 1000.0 / s->rate_Hz))
    return lg_fail(ctx, LG_ERR_RANGE, "width_ms is %g; a pulse must be longer than 0 and fit its period of %g ms",
                   s->width_ms, 1000.0 / s->rate_Hz);
  if ((s->t1_ms - s->t0_ms) * 1e-3 * s->rate_Hz > (double)MAX_VALUES)
    return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu pulses", MAX_VALUES);
  return LG_OK;
}

static lg_status check_hold(lg_ctx *ctx, const lg_segment *s) {
  if (s->n_values == 0 || !s->values_pA)
    return lg_fail(ctx, LG_ERR_RANGE, "values_pA is empty; at least one value is needed");
  if (s->n_values > MAX_VALUES) return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu values", MAX_VALUES);
  if (!(s->dt_ms > 0.0 && isfinite(s->dt_ms)))
    return lg_fail(ctx, LG_ERR_RANGE, "dt_ms is %g; it must be above 0", s->dt_ms);
  for (size_t k = 0; k < s->n_values; k++)
    if (!isfinite(s->values_pA[k])) return lg_fail(ctx, LG_ERR_RANGE, "values_pA[%zu] is not a finite number", k);
  return LG_OK;
}

static lg_status check_segment(lg_ctx *ctx, const lg_segment *s) {
  const double all[] = {s->t0_ms, s->t1_ms, s->amp_pA, s->mean_pA,   s->from_pA,
                        s->to_pA, s->f0_Hz, s->f1_Hz,  s->phase_turn};
  for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
    if (!(fabs(all[k]) <= 1e9))
      return lg_fail(ctx, LG_ERR_RANGE, "a value of the segment is %g; allowed is ±1e9", all[k]);
  if (!(s->t0_ms >= 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "t0_ms is %g; a segment starts at 0 or later", s->t0_ms);
  if (!(s->t1_ms > s->t0_ms))
    return lg_fail(ctx, LG_ERR_RANGE, "t1_ms is %g; it must lie behind t0_ms (%g)", s->t1_ms, s->t0_ms);
  if (s->f0_Hz < 0.0 || s->f1_Hz < 0.0)
    return lg_fail(ctx, LG_ERR_RANGE, "frequencies are %g and %g Hz; they must be 0 or above", s->f0_Hz, s->f1_Hz);
  if (s->type == LG_SEGMENT_TRAIN) return check_train(ctx, s);
  if (s->type == LG_SEGMENT_HOLD) return check_hold(ctx, s);
  return LG_OK;
}

lg_status lg_protocol_add(lg_ctx *ctx, lg_protocol *protocol, const lg_segment *segment) {
  lg_status status = LG_OK;
  lg_segment s = *segment;
  double *values = NULL;
  if (s.type == LG_SEGMENT_HOLD && !(s.t1_ms > s.t0_ms)) s.t1_ms = s.t0_ms + s.dt_ms * (double)s.n_values;
  LG_TRY(check_segment(ctx, &s));
  if (s.type == LG_SEGMENT_HOLD) {
    LG_NEW(ctx, values, s.n_values);
    memcpy(values, s.values_pA, s.n_values * sizeof *values);
    s.values_pA = values;
  } else {
    s.values_pA = NULL;
    s.n_values = 0;
  }
  lg_segment *grown = lg_realloc(ctx, protocol->segments, protocol->n_segments * sizeof *grown,
                                 protocol->n_segments + 1, sizeof *grown);
  if (!grown) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  protocol->segments = grown;
  protocol->segments[protocol->n_segments++] = s;
  return LG_OK;
done:
  lg_free(ctx, values);
  return status;
}

lg_status lg_protocol_add_const(lg_ctx *ctx, lg_protocol *protocol, double t0_ms, double t1_ms, double amp_pA) {
  const lg_segment s = {.type = LG_SEGMENT_CONST, .t0_ms = t0_ms, .t1_ms = t1_ms, .amp_pA = amp_pA};
  return lg_protocol_add(ctx, protocol, &s);
}

lg_status lg_protocol_add_ramp(lg_ctx *ctx, lg_protocol *protocol, double t0_ms, double t1_ms, double from_pA,
                               double to_pA) {
  const lg_segment s = {.type = LG_SEGMENT_RAMP, .t0_ms = t0_ms, .t1_ms = t1_ms, .from_pA = from_pA, .to_pA = to_pA};
  return lg_protocol_add(ctx, protocol, &s);
}

/* Stream names of the generator: what the numbers are for. */
enum { STREAM_OU = 0x6f75, STREAM_POISSON = 0x706f };

static lg_status check_ou(lg_ctx *ctx, const lg_ou_options *o) {
  if (!(o->tau_ms > 0.0 && isfinite(o->tau_ms)))
    return lg_fail(ctx, LG_ERR_RANGE, "tau_ms is %g; it must be above 0", o->tau_ms);
  if (!(o->sd_pA >= 0.0 && isfinite(o->sd_pA)))
    return lg_fail(ctx, LG_ERR_RANGE, "sd_pA is %g; it must be 0 or above", o->sd_pA);
  if (!isfinite(o->mean_pA)) return lg_fail(ctx, LG_ERR_RANGE, "mean_pA is not a finite number");
  if (!(o->dt_ms > 0.0)) return lg_fail(ctx, LG_ERR_RANGE, "dt_ms is %g; it must be above 0", o->dt_ms);
  if (!(o->t1_ms > o->t0_ms && isfinite(o->t1_ms - o->t0_ms)))
    return lg_fail(ctx, LG_ERR_RANGE, "t1_ms is %g; it must lie behind t0_ms (%g)", o->t1_ms, o->t0_ms);
  if ((o->t1_ms - o->t0_ms) / o->dt_ms > (double)MAX_VALUES)
    return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu values of noise", MAX_VALUES);
  return LG_OK;
}

lg_status lg_protocol_add_ou(lg_ctx *ctx, lg_protocol *protocol, const lg_ou_options *o) {
  lg_status status = LG_OK;
  double *values = NULL;
  LG_TRY(check_ou(ctx, o));
  const size_t n = (size_t)ceil((o->t1_ms - o->t0_ms) / o->dt_ms - 1e-9);
  LG_NEW(ctx, values, n > 0 ? n : 1);
  lg_rng rng = lg_rng_make(o->seed, STREAM_OU, 0);
  const double decay = lg_exp(-o->dt_ms / o->tau_ms), kick = sqrt(1.0 - decay * decay);
  double x = lg_rng_normal(&rng);
  for (size_t k = 0; k < n; k++) {
    values[k] = o->mean_pA + o->sd_pA * x;
    x = decay * x + kick * lg_rng_normal(&rng);
  }
  const lg_segment s = {.type = LG_SEGMENT_HOLD,
                        .t0_ms = o->t0_ms,
                        .t1_ms = o->t1_ms,
                        .dt_ms = o->dt_ms,
                        .n_values = n > 0 ? n : 1,
                        .values_pA = values};
  status = lg_protocol_add(ctx, protocol, &s);
done:
  lg_free(ctx, values);
  return status;
}

lg_status lg_protocol_append(lg_ctx *ctx, lg_protocol *protocol, const lg_protocol *other, double at_ms) {
  lg_status status = LG_OK;
  if (!(at_ms >= 0.0 && at_ms <= MAX_DURATION_MS))
    return lg_fail(ctx, LG_ERR_RANGE, "at_ms is %g; allowed is 0 … %g", at_ms, MAX_DURATION_MS);
  for (size_t k = 0; k < other->n_segments; k++) {
    lg_segment s = other->segments[k];
    s.t0_ms += at_ms;
    s.t1_ms += at_ms;
    LG_TRY(lg_protocol_add(ctx, protocol, &s));
  }
  for (size_t k = 0; k < other->n_events; k++) {
    const lg_synaptic_event *e = &other->events[k];
    const double t_ms = e->t_ms + at_ms;
    LG_TRY(lg_protocol_add_synaptic(ctx, protocol, e->receptor, &t_ms, 1, e->weight));
  }
done:
  return status;
}

/* Insert from the back: events mostly arrive in order. Equal times keep the order of arrival. */
static void insert_event(lg_protocol *p, lg_synaptic_event e) {
  size_t k = p->n_events++;
  for (; k > 0 && p->events[k - 1].t_ms > e.t_ms; k--) p->events[k] = p->events[k - 1];
  p->events[k] = e;
}

lg_status lg_protocol_add_synaptic(lg_ctx *ctx, lg_protocol *protocol, lg_receptor receptor, const double *times_ms,
                                   size_t n, double weight) {
  if ((unsigned)receptor >= LG_RECEPTORS) return lg_fail(ctx, LG_ERR_ARGUMENT, "receptor %d is unknown", (int)receptor);
  if (!(fabs(weight) <= 1e6)) return lg_fail(ctx, LG_ERR_RANGE, "weight is %g; allowed is ±1e6", weight);
  for (size_t k = 0; k < n; k++)
    if (!(times_ms[k] >= 0.0 && times_ms[k] <= MAX_DURATION_MS))
      return lg_fail(ctx, LG_ERR_RANGE, "times_ms[%zu] is %g; allowed is 0 … %g", k, times_ms[k], MAX_DURATION_MS);
  if (n > MAX_VALUES - protocol->n_events) return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu events", MAX_VALUES);
  lg_synaptic_event *grown =
      lg_realloc(ctx, protocol->events, protocol->n_events * sizeof *grown, protocol->n_events + n, sizeof *grown);
  if (!grown) return LG_ERR_MEMORY;
  protocol->events = grown;
  for (size_t k = 0; k < n; k++)
    insert_event(protocol, (lg_synaptic_event){.t_ms = times_ms[k], .receptor = receptor, .weight = weight});
  return LG_OK;
}

lg_status lg_protocol_add_poisson(lg_ctx *ctx, lg_protocol *protocol, lg_receptor receptor, double t0_ms, double t1_ms,
                                  double rate_Hz, double weight, uint64_t seed) {
  lg_status status = LG_OK;
  double *times = NULL;
  size_t n = 0;
  if (!(t0_ms >= 0.0 && t1_ms > t0_ms && t1_ms <= MAX_DURATION_MS))
    return lg_fail(ctx, LG_ERR_RANGE, "t0_ms, t1_ms are %g, %g; allowed is 0 <= t0 < t1 <= %g", t0_ms, t1_ms,
                   MAX_DURATION_MS);
  if (!(rate_Hz > 0.0 && rate_Hz <= 1e6))
    return lg_fail(ctx, LG_ERR_RANGE, "rate_Hz is %g; allowed are values above 0 up to 1e6", rate_Hz);
  const double expected = (t1_ms - t0_ms) * 1e-3 * rate_Hz;
  const size_t room = (size_t)(expected + 10.0 * sqrt(expected) + 50.0); /* ten standard deviations above the mean */
  if (room > MAX_VALUES) return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu events", MAX_VALUES);
  LG_NEW(ctx, times, room);
  lg_rng rng = lg_rng_make(seed, STREAM_POISSON, (uint64_t)receptor);
  for (double t = t0_ms; n < room; n++) {
    t -= 1e3 / rate_Hz * lg_ln(lg_rng_uniform(&rng));
    if (!(t < t1_ms)) break;
    times[n] = t;
  }
  status = lg_protocol_add_synaptic(ctx, protocol, receptor, times, n, weight);
done:
  lg_free(ctx, times);
  return status;
}

size_t lg_protocol_samples(const lg_protocol *protocol) {
  return (size_t)floor(protocol->duration_ms / protocol->sample_ms * (1.0 + 1e-12) + 1e-9) + 1;
}

double lg_segment_current(const lg_segment *s, double t_ms) {
  const double x = t_ms - s->t0_ms, T = s->t1_ms - s->t0_ms;
  double sine, cosine;
  switch (s->type) {
  case LG_SEGMENT_CONST:
    return s->amp_pA;
  case LG_SEGMENT_RAMP:
    return s->from_pA + (s->to_pA - s->from_pA) * (x / T);
  case LG_SEGMENT_SINE:
    lg_sincos_turn(1e-3 * s->f0_Hz * x + s->phase_turn, &sine, &cosine);
    return s->mean_pA + s->amp_pA * sine;
  case LG_SEGMENT_CHIRP:
    lg_sincos_turn(1e-3 * (s->f0_Hz * x + (s->f1_Hz - s->f0_Hz) * x * x / (2.0 * T)), &sine, &cosine);
    return s->mean_pA + s->amp_pA * sine;
  case LG_SEGMENT_HOLD: {
    const double k = floor(x / s->dt_ms);
    return s->values_pA[k < (double)s->n_values ? (size_t)k : s->n_values - 1];
  }
  case LG_SEGMENT_TRAIN: {
    const double period = 1000.0 / s->rate_Hz;
    return x - period * floor(x / period) < s->width_ms ? s->amp_pA : 0.0;
  }
  }
  return 0.0;
}

double lg_protocol_current(const lg_protocol *protocol, double t_ms) {
  double sum = 0.0;
  for (size_t k = 0; k < protocol->n_segments; k++) {
    const lg_segment *s = &protocol->segments[k];
    if (t_ms >= s->t0_ms && t_ms < s->t1_ms) sum += lg_segment_current(s, t_ms);
  }
  return sum;
}
