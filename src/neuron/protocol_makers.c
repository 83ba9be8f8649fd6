/* The built-in protocols of cloning, trials and screens. */
#include <loligo/protocol.h>

#include "base/base.h"

#include <math.h>

#define DEFAULT_SAMPLE_MS 0.05

/* Hand the protocol over, or destroy it when a step of making it failed. */
static lg_status finish(lg_ctx *ctx, lg_status status, lg_protocol *p, lg_protocol **out) {
  *out = status == LG_OK ? p : NULL;
  if (status != LG_OK) lg_protocol_destroy(ctx, p);
  return status;
}

static lg_status begin(lg_ctx *ctx, double duration_ms, double sample_ms, lg_protocol **out) {
  return lg_protocol_create(ctx, duration_ms, sample_ms > 0.0 ? sample_ms : DEFAULT_SAMPLE_MS, out);
}

lg_status lg_protocol_clone1(lg_ctx *ctx, double i0_pA, double sample_ms, uint64_t seed, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  const lg_ou_options ou = {.size = sizeof ou,
                            .t0_ms = 900.0,
                            .t1_ms = 1200.0,
                            .mean_pA = 0.7 * i0_pA,
                            .sd_pA = 0.7 * fabs(i0_pA),
                            .tau_ms = 3.0,
                            .dt_ms = 0.05,
                            .seed = seed};
  LG_TRY(begin(ctx, 1200.0, sample_ms, &p));
  LG_TRY(lg_protocol_add_const(ctx, p, 50.0, 200.0, -0.5 * i0_pA));
  LG_TRY(lg_protocol_add_const(ctx, p, 300.0, 450.0, 1.5 * i0_pA));
  LG_TRY(lg_protocol_add_const(ctx, p, 500.0, 600.0, 3.0 * i0_pA));
  LG_TRY(lg_protocol_add_ramp(ctx, p, 650.0, 850.0, 0.0, 2.5 * i0_pA));
  LG_TRY(lg_protocol_add_ou(ctx, p, &ou));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_step(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  LG_TRY(begin(ctx, 600.0, sample_ms, &p));
  LG_TRY(lg_protocol_add_const(ctx, p, 50.0, 550.0, amp_pA));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_fi(lg_ctx *ctx, unsigned k, double i0_pA, double sample_ms, lg_protocol **out) {
  static const double factor[LG_PROTOCOL_FI_SWEEPS] = {-0.5, 0.0, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0};
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  *out = NULL;
  if (k >= LG_PROTOCOL_FI_SWEEPS)
    return lg_fail(ctx, LG_ERR_RANGE, "sweep %u of FI; allowed is 0 … %d", k, LG_PROTOCOL_FI_SWEEPS - 1);
  LG_TRY(begin(ctx, 800.0, sample_ms, &p));
  LG_TRY(lg_protocol_add_const(ctx, p, 100.0, 600.0, factor[k] * i0_pA));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_sub(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  const lg_segment chirp = {.type = LG_SEGMENT_CHIRP,
                            .t0_ms = 200.0,
                            .t1_ms = 20200.0,
                            .amp_pA = amp_pA != 0.0 ? amp_pA : 20.0,
                            .f0_Hz = 0.5,
                            .f1_Hz = 100.0};
  LG_TRY(begin(ctx, 20400.0, sample_ms, &p));
  LG_TRY(lg_protocol_add(ctx, p, &chirp));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_train(lg_ctx *ctx, double amp_pA, double rate_Hz, double sample_ms, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  const lg_segment train = {
      .type = LG_SEGMENT_TRAIN, .t0_ms = 50.0, .t1_ms = 1050.0, .amp_pA = amp_pA, .rate_Hz = rate_Hz, .width_ms = 2.0};
  *out = NULL;
  if (!(rate_Hz >= 5.0 && rate_Hz <= 200.0))
    return lg_fail(ctx, LG_ERR_RANGE, "rate_Hz is %g; TRAIN allows 5 … 200", rate_Hz);
  LG_TRY(begin(ctx, 1200.0, sample_ms, &p));
  LG_TRY(lg_protocol_add(ctx, p, &train));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_plateau(lg_ctx *ctx, double amp_pA, double length_ms, double sample_ms, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL;
  *out = NULL;
  if (!(length_ms >= 500.0 && length_ms <= 10000.0))
    return lg_fail(ctx, LG_ERR_RANGE, "length_ms is %g; PLATEAU allows 500 … 10000", length_ms);
  LG_TRY(begin(ctx, 700.0 + length_ms, sample_ms, &p));
  LG_TRY(lg_protocol_add_const(ctx, p, 200.0, 200.0 + length_ms, amp_pA));
done:
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_fi_all(lg_ctx *ctx, double i0_pA, double sample_ms, lg_protocol **out) {
  lg_status status = LG_OK;
  lg_protocol *p = NULL, *one = NULL;
  LG_TRY(begin(ctx, 800.0 * LG_PROTOCOL_FI_SWEEPS, sample_ms, &p));
  for (unsigned k = 0; k < LG_PROTOCOL_FI_SWEEPS; k++) {
    LG_TRY(lg_protocol_fi(ctx, k, i0_pA, sample_ms, &one));
    LG_TRY(lg_protocol_append(ctx, p, one, 800.0 * k));
    lg_protocol_destroy(ctx, one);
    one = NULL;
  }
done:
  lg_protocol_destroy(ctx, one);
  return finish(ctx, status, p, out);
}

lg_status lg_protocol_train_all(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out) {
  static const double rates_Hz[] = {5.0, 10.0, 20.0, 50.0, 100.0, 200.0};
  enum { RATES = sizeof rates_Hz / sizeof rates_Hz[0] };
  lg_status status = LG_OK;
  lg_protocol *p = NULL, *one = NULL;
  LG_TRY(begin(ctx, 1200.0 * RATES, sample_ms, &p));
  for (unsigned k = 0; k < RATES; k++) {
    LG_TRY(lg_protocol_train(ctx, amp_pA, rates_Hz[k], sample_ms, &one));
    LG_TRY(lg_protocol_append(ctx, p, one, 1200.0 * k));
    lg_protocol_destroy(ctx, one);
    one = NULL;
  }
done:
  lg_protocol_destroy(ctx, one);
  return finish(ctx, status, p, out);
}
