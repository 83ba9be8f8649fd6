/*
 * A whole white matter through networks of six channels: CPU and wall seconds of one and three networks in every build,
 * one JSON line each; GFLOP/s count the products alone, beside what the core does on registers.
 * usage: axon_predict_bench [VOXELS [FOLDER]] | NET.safetensors [SEED]
 * FOLDER: weights.f32, strain.f64 and result.f32 of three networks go there, for other programs to compute the same.
 * NET: the white matter under the impact of SEED (1001) by a trained surrogate: networks alone, and with what is in
 * range.
 */
#define _POSIX_C_SOURCE 200809L
#include "axon/brain.h"
#include "axon/infer.h"
#include "base/cpu.h"
#include "twin/axon_net_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NETS = 3, REPEATS = 5 };

static double seconds(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the core's peak: independent products on registers ------------------------------------------------------ */

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define PEAK(name, isa, V, set1, fma, lanes)                                                                           \
  __attribute__((target(isa))) static double name(void) {                                                              \
    V a[12];                                                                                                           \
    double best = 1e9;                                                                                                 \
    volatile float sink, x = 0.999f, y = 1e-3f;                                                                        \
    const V vx = set1(x), vy = set1(y);                                                                                \
    for (int r = 0; r < 9; r++) {                                                                                      \
      for (int k = 0; k < 12; k++) a[k] = set1((float)k);                                                              \
      const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);                                                          \
      for (int n = 0; n < 3000000; n++) {                                                                              \
        _Pragma("GCC unroll 12") for (int k = 0; k < 12; k++) a[k] = fma(a[k], vx, vy);                                \
      }                                                                                                                \
      const double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;                                                   \
      best = took < best ? took : best;                                                                                \
      for (int k = 0; k < 12; k++) sink = ((const float *)&a[k])[0];                                                   \
    }                                                                                                                  \
    (void)sink;                                                                                                        \
    return 1e-9 * 3e6 * 12 * 2 * lanes / best;                                                                         \
  }
PEAK(peak_v3, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps, 8)
PEAK(peak_v4, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps, 16)
static double peak(size_t lanes) { return lanes == 16 ? peak_v4() : lanes == 8 ? peak_v3() : 0.0; }
#else
static double peak(size_t lanes) { return 0.0 * (double)lanes; }
#endif

/* ---- networks and profiles ----------------------------------------------------------------------------------- */

static double products(const axon_infer *net) {
  double n = 0.0;
  for (size_t k = 0; k < net->n_stages; k++)
    n += (double)(net->stage[k].out_times * net->stage[k].depth * net->stage[k].out);
  return n;
}

/* A smooth pulse after another: profiles like those of fibres. */
static void make_strain(double *strain, size_t n) {
  for (size_t k = 0; k < n; k++) {
    lg_rng rng = lg_rng_make(1, 2, k);
    const double size = 0.02 + 0.2 * lg_rng_uniform(&rng), pull = lg_rng_range(&rng, 1e-3, 1e-2);
    double x = 0.0, v = 0.0, drive = 0.0;
    for (size_t t = 0; t < AXON_NET_TIMES; t++) {
      strain[k * AXON_NET_TIMES + t] = size * x;
      drive = 0.9 * drive + 0.1 * lg_rng_normal(&rng);
      v = 0.93 * v + pull * (drive - x) * 10.0;
      x += v;
    }
  }
}

static int write_file(const char *folder, const char *name, const void *data, size_t bytes) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return 1;
  FILE *f = fopen(path, "wb");
  if (!f) return 1;
  const int bad = fwrite(data, 1, bytes, f) != bytes;
  return fclose(f) != 0 || bad;
}

/* Best of some: the machine is shared. */
static lg_status time_one(lg_ctx *ctx, const axon_infer *net, const axon_infer_build *build, size_t n,
                          const double *strain, float *out) {
  double cpu = 1e9, wall = 1e9;
  for (int r = 0; r < REPEATS; r++) {
    const double c = seconds(CLOCK_PROCESS_CPUTIME_ID), w = seconds(CLOCK_MONOTONIC);
    const lg_status status = lg_axon_infer(ctx, net, build, n, strain, out);
    if (status != LG_OK) return status;
    const double dc = seconds(CLOCK_PROCESS_CPUTIME_ID) - c, dw = seconds(CLOCK_MONOTONIC) - w;
    cpu = dc < cpu ? dc : cpu;
    wall = dw < wall ? dw : wall;
  }
  const double gflops = 2e-9 * products(net) * (double)n * (double)net->n_nets / cpu;
  printf("{\"bench\": \"axon predict\", \"build\": \"%s\", \"nets\": %zu, \"voxels\": %zu, \"threads\": %u, "
         "\"cpu_s\": %.4f, \"wall_s\": %.4f, \"gflops\": %.1f, \"core_gflops\": %.1f}\n",
         build->name, net->n_nets, n, lg_ctx_threads(ctx), cpu, wall, gflops, peak(build->lanes));
  (void)fflush(stdout);
  return LG_OK;
}

static lg_status run(lg_ctx *ctx, size_t n, const char *folder) {
  lg_status status = LG_OK;
  static const axon_infer_build *const builds[] = {&lg_axon_infer_v3, &lg_axon_infer_v4};
  lg_axon_surrogate s = {.layout = AXON_LAYOUT_SIX, .n_nets = NETS, .n_weights = lg_axon_net_weights(AXON_LAYOUT_SIX)};
  axon_net net = {0};
  axon_infer *infer = NULL;
  double *strain = NULL;
  float *out = NULL;
  LG_TRY(lg_axon_net_create(ctx, s.layout, &net));
  LG_NEW(ctx, s.weights, NETS * s.n_weights);
  LG_NEW(ctx, strain, n * AXON_NET_TIMES);
  LG_NEW(ctx, out, NETS * n * AXON_PREDICTED);
  for (size_t m = 0; m < NETS; m++) lg_f32_init(&net.params, 1 + m, s.weights + m * s.n_weights);
  make_strain(strain, n);
  for (size_t b = 0; b < sizeof builds / sizeof *builds; b++)
    for (s.n_nets = 1; builds[b]->run && builds[b]->lanes <= lg_axon_infer_best()->lanes && s.n_nets <= NETS;
         s.n_nets += 2) {
      LG_TRY(lg_axon_infer_create(ctx, &s, &infer));
      LG_TRY(time_one(ctx, infer, builds[b], n, strain, out));
      lg_axon_infer_destroy(ctx, infer);
      infer = NULL;
    }
  if (folder && (write_file(folder, "weights.f32", s.weights, NETS * s.n_weights * sizeof *s.weights) ||
                 write_file(folder, "strain.f64", strain, n * AXON_NET_TIMES * sizeof *strain) ||
                 write_file(folder, "result.f32", out, NETS * n * AXON_PREDICTED * sizeof *out)))
    status = lg_fail(ctx, LG_ERR_IO, "%s: cannot write there", folder);
done:
  lg_axon_infer_destroy(ctx, infer);
  lg_axon_net_clear(ctx, &net);
  lg_free(ctx, s.weights);
  lg_free(ctx, strain);
  lg_free(ctx, out);
  return status;
}

/* ---- a trained surrogate ------------------------------------------------------------------------------- */

static lg_status white_matter(lg_ctx *ctx, uint64_t seed, axon_profiles *p) {
  lg_status status = LG_OK;
  axon_voxel *voxels = NULL;
  axon_kinematics *k = NULL;
  LG_TRY(lg_axon_white_matter(ctx, &voxels, &p->n));
  p->n_times = AXON_NET_TIMES;
  p->dt_s = 1e-3;
  LG_NEW(ctx, p->strain, p->n * p->n_times);
  LG_TRY(lg_axon_kinematics_draw(ctx, seed, p->n_times, p->dt_s, &k));
  LG_TRY(lg_axon_fibre_strain(ctx, k, voxels, p->n, p->strain));
done:
  lg_axon_kinematics_destroy(ctx, k);
  lg_free(ctx, voxels);
  return status;
}

static lg_status run_trained(lg_ctx *ctx, const char *path, uint64_t seed) {
  lg_status status = LG_OK;
  lg_axon_surrogate *net = NULL;
  axon_infer *infer = NULL;
  axon_profiles p = {0};
  axon_prediction *said = NULL;
  float *out = NULL;
  LG_TRY(lg_axon_surrogate_load(ctx, path, &net));
  LG_TRY(white_matter(ctx, seed, &p));
  LG_TRY(lg_axon_infer_create(ctx, net, &infer));
  LG_NEW(ctx, out, net->n_nets * p.n * AXON_PREDICTED);
  LG_NEW(ctx, said, p.n);
  LG_TRY(time_one(ctx, infer, lg_axon_infer_best(), p.n, p.strain, out));
  double cpu = 1e9, wall = 1e9;
  size_t n_out = 0;
  for (int r = 0; r < 3; r++) {
    const double c = seconds(CLOCK_PROCESS_CPUTIME_ID), w = seconds(CLOCK_MONOTONIC);
    LG_TRY(lg_axon_surrogate_predict(ctx, net, &p, said));
    const double dc = seconds(CLOCK_PROCESS_CPUTIME_ID) - c, dw = seconds(CLOCK_MONOTONIC) - w;
    cpu = dc < cpu ? dc : cpu;
    wall = dw < wall ? dw : wall;
  }
  for (size_t k = 0; k < p.n; k++) n_out += !said[k].in_range;
  printf("{\"bench\": \"axon predict with range\", \"nets\": %zu, \"known\": %zu, \"voxels\": %zu, \"threads\": %u, "
         "\"cpu_s\": %.4f, \"wall_s\": %.4f, \"out_of_range\": %.4f}\n",
         net->n_nets, net->n_known, p.n, lg_ctx_threads(ctx), cpu, wall, (double)n_out / (double)p.n);
done:
  lg_free(ctx, out);
  lg_free(ctx, said);
  lg_free(ctx, p.strain);
  lg_axon_infer_destroy(ctx, infer);
  lg_axon_surrogate_destroy(ctx, net);
  return status;
}

int main(int argc, char **argv) {
  lg_ctx *ctx = NULL;
  const bool trained = argc > 1 && strstr(argv[1], ".safetensors");
  const unsigned long n = argc > 1 && !trained ? strtoul(argv[1], NULL, 10) : 92408;
  if (n < 1 || lg_ctx_create(&ctx) != LG_OK) return 2;
  const char *threads = getenv("LOLIGO_THREADS");
  lg_status status = lg_ctx_set_threads(ctx, threads ? (unsigned)strtoul(threads, NULL, 10) : 2);
  if (status == LG_OK && trained) status = run_trained(ctx, argv[1], argc > 2 ? strtoul(argv[2], NULL, 10) : 1001);
  else if (status == LG_OK) status = run(ctx, n, argc > 2 ? argv[2] : NULL);
  if (status != LG_OK) (void)fprintf(stderr, "axon_predict_bench: %s\n", lg_ctx_message(ctx));
  lg_ctx_destroy(ctx);
  return status == LG_OK ? 0 : 1;
}
