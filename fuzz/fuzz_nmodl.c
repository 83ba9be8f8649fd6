/* Mechanisms in NMODL; what is accepted is run for a few steps on a handful of instances. */
#include "cable/nmodl.h"

#include <string.h>

enum { N = 11, MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
  double v[N], g[N], i[N], scale[N], ions[16][5][N], parameters[MOST][N], states[MOST][N];
  double *parameter[MOST], *state[MOST];
  cable_ion ion[16], *ion_of[16];
  uint32_t node[N];
} world;

static void fill(world *w, const cable_mechanism *kind, cable_block *b) {
  memset(w, 0, sizeof *w);
  for (size_t k = 0; k < N; k++) {
    w->v[k] = -90.0 + 15.0 * (double)k;
    w->scale[k] = 1.0 + (double)k;
    w->node[k] = (uint32_t)k;
  }
  for (size_t p = 0; p < kind->n_parameters; p++) {
    w->parameter[p] = w->parameters[p];
    for (size_t k = 0; k < N; k++) w->parameters[p][k] = kind->parameters[p].default_value;
  }
  for (size_t s = 0; s < kind->n_states; s++) w->state[s] = w->states[s];
  for (size_t x = 0; x < kind->n_ions; x++) {
    cable_ion *ion = w->ion_of[x] = &w->ion[x];
    ion->reversal_mV = w->ions[x][0];
    ion->inside_mM = w->ions[x][1];
    ion->outside_mM = w->ions[x][2];
    ion->current_mA_cm2 = w->ions[x][3];
    ion->conductance_S_cm2 = w->ions[x][4];
    ion->current_is_read = true;
  }
  *b = (cable_block){.kind = kind,
                     .number = N,
                     .lanes = 1,
                     .node = w->node,
                     .contiguous = true,
                     .parameter = w->parameter,
                     .state = w->state,
                     .scale = w->scale,
                     .area_um2 = w->scale,
                     .diameter_um = w->scale,
                     .ion = w->ion_of};
}

static void run(lg_ctx *ctx, const cable_mechanism *kind) {
  static world w;
  cable_block b;
  if (kind->n_parameters > MOST || kind->n_states > MOST || kind->n_ions > 16) return;
  fill(&w, kind, &b);
  cable_moment now = {.dt_ms = 0.025, .celsius = 20.0, .v = w.v, .g = w.g, .i = w.i};
  if (kind->prepare(ctx, &b, 20.0) == LG_OK) {
    kind->start(&b, &now);
    for (int scheme = CABLE_SDIRK2; scheme <= CABLE_NRN; scheme++) {
      now.scheme = (cable_scheme)scheme;
      if (kind->receive) kind->receive(&b, 3, 0.5, 0.01, &now);
      if (kind->current) kind->current(&b, &now);
      if (kind->advance) kind->advance(&b, &now);
      if (kind->advance_current) kind->advance_current(&b, &now);
    }
  }
  kind->release(ctx, &b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  cable_nmodl *m = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_cable_nmodl_compile(ctx, "fuzz.mod", (const char *)data, size, &m) == LG_OK) {
    char *text = NULL;
    run(ctx, lg_cable_nmodl_mechanism(m));
    if (lg_cable_nmodl_c(ctx, m, &text) == LG_OK) lg_free(ctx, text);
  }
  lg_cable_nmodl_destroy(ctx, m);
  lg_ctx_destroy(ctx);
  return 0;
}
