/* Mechanisms of .mod files: built in, interpreted and compiled, million instances * steps per second of one core.
 * usage: cable_nmodl_bench [MOD_DIR [INSTANCES]] */
#define _XOPEN_SOURCE 700
#include "cable/mechanism.h"
#include "twin/cable_mechanism_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct world {
  cable_block b;
  cable_moment now;
  cable_ion ions[4];
  cable_ion *ion[4];
} world;

static double *filled(lg_ctx *ctx, size_t n, double x) {
  double *a = lg_alloc(ctx, n, sizeof *a);
  for (size_t k = 0; a && k < n; k++) a[k] = x;
  return a;
}

static void make(lg_ctx *ctx, world *w, const cable_mechanism *kind, size_t n) {
  const size_t flat = n + 8;
  double **parameter = lg_alloc(ctx, kind->n_parameters + 1, sizeof *parameter);
  double **state = lg_alloc(ctx, kind->n_states + 1, sizeof *state);
  uint32_t *node = lg_alloc(ctx, flat, sizeof *node);
  memset(w, 0, sizeof *w);
  if (!parameter || !state || !node) exit(5);
  for (size_t k = 0; k < flat; k++) node[k] = (uint32_t)k;
  for (size_t p = 0; p < kind->n_parameters; p++) parameter[p] = filled(ctx, flat, kind->parameters[p].default_value);
  for (size_t s = 0; s < kind->n_states; s++) state[s] = filled(ctx, flat, 0.0);
  for (size_t x = 0; x < kind->n_ions && x < 4; x++) {
    w->ions[x] = (cable_ion){.reversal_mV = filled(ctx, flat, 50.0),
                             .inside_mM = filled(ctx, flat, 1e-4),
                             .outside_mM = filled(ctx, flat, 2.0),
                             .current_mA_cm2 = filled(ctx, flat, 0.0),
                             .conductance_S_cm2 = filled(ctx, flat, 0.0)};
    w->ion[x] = &w->ions[x];
  }
  w->b = (cable_block){.kind = kind,
                       .number = n,
                       .lanes = 1,
                       .node = node,
                       .contiguous = true,
                       .parameter = parameter,
                       .state = state,
                       .scale = filled(ctx, flat, 1.0),
                       .ion = w->ion,
                       .area_um2 = filled(ctx, flat, 100.0),
                       .diameter_um = filled(ctx, flat, 1.0)};
  w->now = (cable_moment){.scheme = CABLE_SDIRK2,
                          .dt_ms = 0.025,
                          .celsius = 6.3,
                          .v = filled(ctx, flat, -65.0),
                          .g = filled(ctx, flat, 0.0),
                          .i = filled(ctx, flat, 0.0)};
  for (size_t k = 0; k < n; k++) w->now.v[k] = -80.0 + 100.0 * (double)k / (double)n;
  if (kind->prepare && kind->prepare(ctx, &w->b, 6.3) != LG_OK) exit(5);
  if (kind->start) kind->start(&w->b, &w->now);
}

static double rate(lg_ctx *ctx, const cable_mechanism *kind, size_t n) {
  world w;
  size_t steps = 0;
  make(ctx, &w, kind, n);
  const double begin = cpu_s();
  double end = begin;
  while (end - begin < 0.5) {
    for (int k = 0; k < 10; k++, steps++) {
      if (kind->advance_current) {
        kind->advance_current(&w.b, &w.now);
        continue;
      }
      if (kind->advance) kind->advance(&w.b, &w.now);
      if (kind->current) kind->current(&w.b, &w.now);
    }
    end = cpu_s();
  }
  return (double)n * (double)steps / (end - begin) * 1e-6;
}

static void one(lg_ctx *ctx, const char *folder, const char *file, size_t n) {
  char path[512], why[600];
  cable_nmodl *m;
  (void)snprintf(path, sizeof path, "%s/%s.mod", folder, file);
  if (lg_cable_mechanism_load(ctx, path, &m) != LG_OK) {
    (void)fprintf(stderr, "cable_nmodl_bench: %s\n", lg_ctx_message(ctx));
    exit(3);
  }
  const cable_mechanism *own = lg_cable_nmodl_mechanism(m), *built_in = lg_cable_mechanism_find(own->name);
  (void)printf("{\"mechanism\": \"%s\", \"instances\": %zu", own->name, n);
  if (built_in) (void)printf(", \"built_in\": %.1f", rate(ctx, built_in, n));
  (void)printf(", \"interpreted\": %.1f", rate(ctx, own, n));
  if (lg_cable_mechanism_build(ctx, m, why, sizeof why) == LG_OK && !*why)
    (void)printf(", \"compiled\": %.1f", rate(ctx, own, n));
  (void)printf(", \"unit\": \"million instances * steps / s\"}\n");
  (void)fflush(stdout);
  lg_cable_nmodl_destroy(ctx, m);
}

int main(int argc, char **argv) {
  static const char *const files[] = {"hh", "kvm", "kv31", "cahva", "ih", "sk", "exp2syn"};
  const char *folder = argc > 1 ? argv[1] : "tests/data/cable/mod";
  const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 4000;
  lg_ctx *ctx;
  if (lg_ctx_create(&ctx) != LG_OK) return 5;
  for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) one(ctx, folder, files[k], n);
  lg_ctx_destroy(ctx);
  return 0;
}
