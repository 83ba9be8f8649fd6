#define _POSIX_C_SOURCE 200809L
#include "learn/train.h"

#include "base/elementary.h"
#include "learn/train_internal.h"

#include <time.h>

double lg_monotonic_s(void) {
  struct timespec t = {0, 0};
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void lg_log_epoch(lg_ctx *ctx, size_t epoch, const lg_epoch *e) {
  lg_log(ctx, LG_LEVEL_INFO, "epoch %zu: loss %.4f, held %.4f, rate %.2e", epoch + 1, e->train_loss, e->held_loss,
         e->lr);
}

static uint64_t mix(uint64_t digest, uint64_t value) {
  for (int i = 0; i < 8; i++) digest = (digest ^ ((value >> (8 * i)) & 255u)) * 1099511628211u;
  return digest;
}

uint64_t lg_params_digest(const lg_params *params) {
  uint64_t digest = 14695981039346656037u;
  for (size_t i = 0; i < params->n; i++) {
    const lg_param *p = &params->items[i];
    for (const char *c = p->name; *c; c++) digest = mix(digest, (uint64_t)(unsigned char)*c);
    for (size_t r = 0; r < p->rank; r++) digest = mix(digest, p->shape[r]);
  }
  return digest;
}

/* Half a cosine from a to b over s in [0, 1]. */
static double anneal(double a, double b, double s) {
  double sine = 0, cosine = 0;
  lg_sincos_turn(0.5 * s, &sine, &cosine);
  return b + 0.5 * (a - b) * (1.0 + cosine);
}

double lg_learning_rate(const lg_train_options *o, size_t step, size_t total) {
  if (o->schedule == LG_SCHEDULE_CONSTANT) return o->lr;
  const double start = o->lr / o->start_divisor, end = start / o->end_divisor;
  const double top = o->warm_fraction * (double)total - 1.0, last = (double)total - 1.0, at = (double)step;
  if (at <= top && top > 0) return anneal(start, o->lr, at / top);
  const double left = top > 0 ? top : 0.0;
  return last > left ? anneal(o->lr, end, (at - left) / (last - left)) : o->lr;
}
