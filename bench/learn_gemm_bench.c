/*
 * Speed of the product kernels: one JSON line per table, precision and shape, with the share of the core's peak, which
 * is measured here too (a loop of independent FMAs on registers of the same width).
 */
#define _POSIX_C_SOURCE 200809L
#include "learn/kernels.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct shape {
  const char *what;
  size_t m, n, k, a_row, a_col;
} shape;

/* Best of several repeats of about 20 ms: the machine is shared. */
#define BENCH(T, bits)                                                                                                 \
  static double gflops_##bits(const lg_##bits##_kernels *t, const shape *s) {                                          \
    const size_t na = (s->m - 1) * s->a_row + (s->k - 1) * s->a_col + 1;                                               \
    T *a = calloc(na, sizeof(T)), *b = calloc(s->k * s->n, sizeof(T)), *c = calloc(s->m * s->n, sizeof(T));            \
    if (!a || !b || !c) exit(3);                                                                                       \
    const lg_##bits##_gemm g = {s->m, s->n, s->k, a, s->a_row, s->a_col, b, s->n, NULL, 0, c, s->n, false};            \
    const double flop = 2.0 * (double)s->m * (double)s->n * (double)s->k;                                              \
    const size_t repeat = (size_t)(4e8 / flop) + 1;                                                                    \
    double best = 1e9;                                                                                                 \
    for (int trial = 0; trial < 15; trial++) {                                                                         \
      const double start = now_s();                                                                                    \
      for (size_t r = 0; r < repeat; r++) t->gemm(&g);                                                                 \
      const double seconds = (now_s() - start) / (double)repeat;                                                       \
      best = seconds < best ? seconds : best;                                                                          \
    }                                                                                                                  \
    free(a), free(b), free(c);                                                                                         \
    return 1e-9 * flop / best;                                                                                         \
  }
BENCH(float, f32)
BENCH(double, f64)

int main(void) {
  static const shape shapes[] = {
      {"register tile, all in L1", 48, 32, 128, 128, 1},
      {"conv 32 to 64, k 5, stride 2", 247, 64, 160, 64, 1},
      {"conv 64 to 64, k 5, stride 2", 122, 64, 320, 128, 1},
      {"conv 48 to 64, k 6, stride 3", 99, 64, 288, 144, 1},
      {"weight gradient 320 x 64 over 122", 320, 64, 122, 1, 128},
      {"lstm step 8 x 256 x 64", 8, 256, 64, 64, 1},
      {"lstm step 1 x 256 x 64", 1, 256, 64, 64, 1},
      {"lstm input 976 x 256 x 64", 976, 256, 64, 64, 1},
      {"lstm back 8 x 64 x 256", 8, 64, 256, 256, 1},
      {"dense 32 x 32, 160 rows", 160, 32, 32, 32, 1},
      {"256 x 256 x 256", 256, 256, 256, 256, 1},
  };
  for (unsigned table = 1; table < 3; table++) {
    const lg_f32_kernels *f = lg_f32_kernels_get(table);
    const lg_f64_kernels *d = lg_f64_kernels_get(table);
    if (!f || !d) continue;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
      printf("{\"bench\": \"gemm\", \"kernel\": \"%s\", \"shape\": \"%s\", \"m\": %zu, \"n\": %zu, \"k\": %zu, "
             "\"f32_gflops\": %.1f, \"f64_gflops\": %.1f}\n",
             f->name, shapes[i].what, shapes[i].m, shapes[i].n, shapes[i].k, gflops_f32(f, &shapes[i]),
             gflops_f64(d, &shapes[i]));
  }
  return 0;
}
