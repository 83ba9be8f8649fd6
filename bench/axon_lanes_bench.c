/*
 * usage: axon_lanes_bench: CPU time of one profile of 100 steps in every build of the axon's kernel that this CPU runs,
 * at 19 and 7 rows, beside the multiply-adds that vectors of its width do in registers in the same run: the
 * elimination cannot take less than its own divided by those. One JSON line per build, the best of three runs.
 * LOLIGO_AXON_BUILD=v4|v3|double|plain leaves one.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "axon/simulate.h"
#include "base/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAS_VECTORS
#include <immintrin.h>
#endif

enum { REPEATS = 3, STEPS = 100, MOST_LANES = 16 };

static double seconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Multiply-adds of the elimination and both substitutions, four iterations a step: b columns of each inner node take b
 * columns before them, with sums of falling length. What sets the equations up, and losses, is beside this. */
static double multiply_adds(const lg_axon *axon) {
  const double b = (double)axon->params.rows + 1.0, columns = b * (double)(axon->params.elements - 1);
  return 4.0 * STEPS * columns * (b * (b + 1.0) / 2.0 + 3.0 * b);
}

#ifdef HAS_VECTORS
enum { CHAINS = 12, TURNS = 4000000 };

/* Vector multiply-adds a nanosecond, twelve chains in registers: more than latency times throughput. */
__attribute__((target("avx512f"))) static double peak_v4(void) {
  __m512 a[CHAINS], b = _mm512_set1_ps(0.999f), c = _mm512_set1_ps(1e-3f);
  float sink = 0.0f;
  for (int k = 0; k < CHAINS; k++) a[k] = _mm512_set1_ps((float)k);
  const double from = seconds();
  for (long turn = 0; turn < TURNS; turn++)
    for (int k = 0; k < CHAINS; k++) a[k] = _mm512_fmadd_ps(a[k], b, c);
  const double took = seconds() - from;
  for (int k = 0; k < CHAINS; k++) sink += _mm512_reduce_add_ps(a[k]);
  return sink > 0.0f ? 1e-9 * CHAINS * (double)TURNS / took : 0.0;
}

__attribute__((target("avx2,fma"))) static double peak_v3(void) {
  __m256 a[CHAINS], b = _mm256_set1_ps(0.999f), c = _mm256_set1_ps(1e-3f);
  float last[8];
  for (int k = 0; k < CHAINS; k++) a[k] = _mm256_set1_ps((float)k);
  const double from = seconds();
  for (long turn = 0; turn < TURNS; turn++)
    for (int k = 0; k < CHAINS; k++) a[k] = _mm256_fmadd_ps(a[k], b, c);
  const double took = seconds() - from;
  for (int k = 1; k < CHAINS; k++) a[0] = _mm256_add_ps(a[0], a[k]);
  _mm256_storeu_ps(last, a[0]);
  return last[0] > 0.0f ? 1e-9 * CHAINS * (double)TURNS / took : 0.0;
}

static double peak_of(const axon_build *build) {
  if (build->lanes == 16 && lg_cpu_level() >= LG_CPU_V4) return peak_v4();
  return build->lanes == 8 && lg_cpu_level() >= LG_CPU_V3 ? peak_v3() : 0.0;
}
#else
static double peak_of(const axon_build *build) {
  (void)build;
  return 0.0;
}
#endif

/* Pulses of 10 to 40 ms and 0.05 to 0.2. */
static void fill(double *strain, size_t lanes) {
  for (size_t n = 0; n <= STEPS; n++)
    for (size_t l = 0; l < lanes; l++) {
      const double t = 1e-3 * (double)n / (0.010 + 0.002 * (double)l);
      strain[n * lanes + l] = (0.05 + 0.01 * (double)l) * t * t * exp(2.0 - 2.0 * t);
    }
}

static lg_status time_build(lg_ctx *ctx, const char *name, const axon_build *build, size_t rows) {
  lg_status status = LG_OK;
  lg_axon *axon = NULL;
  char *work = NULL;
  double *strain = NULL, *out = NULL, moved[MOST_LANES], best = INFINITY;
  axon_params p = lg_axon_params_male();
  p.rows = rows;
  const bool is_double = build->real_bytes == sizeof(double);
  LG_TRY(lg_axon_create(ctx, &p, &axon));
  LG_NEW(ctx, work, lg_axon_lanes_bytes(build, axon));
  LG_NEW(ctx, strain, (STEPS + 1) * build->lanes);
  LG_NEW(ctx, out, build->lanes * AXON_OUTPUTS);
  fill(strain, build->lanes);
  for (size_t k = 0; k < REPEATS; k++) {
    const double from = seconds();
    build->run(&(axon_lanes){.axon = axon,
                             .strain = strain,
                             .n_steps = STEPS,
                             .dt_s = 1e-3,
                             .newton = is_double ? 50 : 4,
                             .newton_more = is_double ? 0 : 2,
                             .more_above = 3e-3,
                             .tolerance_nm = is_double ? 1e-9 : 0.0,
                             .work = work,
                             .out = out,
                             .moved = moved});
    best = fmin(best, seconds() - from);
  }
  const double adds = multiply_adds(axon), peak = peak_of(build);
  printf("{\"bench\": \"axon_lanes\", \"build\": \"%s\", \"rows\": %zu, \"lanes\": %zu, \"ms_per_profile\": %.3f", name,
         rows, build->lanes, 1e3 * best / (double)build->lanes);
  if (peak > 0.0)
    printf(", \"multiply_adds\": %.4g, \"vector_multiply_adds_per_ns_in_registers\": %.3f, \"least_ms\": %.3f", adds,
           peak, 1e-6 * adds / peak / (double)build->lanes);
  printf("}\n");
done:
  lg_axon_destroy(ctx, axon);
  lg_free(ctx, work);
  lg_free(ctx, strain);
  lg_free(ctx, out);
  return status;
}

int main(void) {
  static const struct {
    const char *name;
    const axon_build *build;
    lg_cpu level;
  } builds[] = {{"v4", &lg_axon_float_v4, LG_CPU_V4},
                {"v3", &lg_axon_float_v3, LG_CPU_V3},
                {"double", &lg_axon_double, LG_CPU_PLAIN},
                {"plain", &lg_axon_float_plain, LG_CPU_PLAIN}};
  const char *only = getenv("LOLIGO_AXON_BUILD");
  lg_ctx *ctx = NULL;
  lg_status status = lg_ctx_create(&ctx);
  for (size_t k = 0; status == LG_OK && k < sizeof builds / sizeof builds[0]; k++) {
    if (lg_cpu_level() < builds[k].level || (only && strcmp(only, builds[k].name) != 0)) continue;
    status = time_build(ctx, builds[k].name, builds[k].build, 19);
    if (status == LG_OK) status = time_build(ctx, builds[k].name, builds[k].build, 7);
  }
  if (status != LG_OK && ctx) (void)fprintf(stderr, "axon_lanes_bench: %s\n", lg_ctx_message(ctx));
  lg_ctx_destroy(ctx);
  return status == LG_OK ? 0 : 1;
}
