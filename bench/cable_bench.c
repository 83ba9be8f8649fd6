/*
 * Speed of cells with shape in 10^6 compartment-steps per second of CPU time, one JSON line per case.
 * usage: cable_bench [--t MS] [--dt MS] [--scheme nrn|sdirk2] [--repeat N] [--swc FILE] [--dx UM] CASE...
 * Cases (bench/cable_bench.py runs the same in the peers):
 *   point1000, point10000  hh points of 1000 um2, each with its own current
 *   red5                   100 cells of 5 compartments, hh in the soma
 *   rall3                  hh cable of 1001 compartments
 *   l5, l5hh, l5hh8        --swc FILE, cut at --dx (10): hh in soma and axon, or everywhere; pas elsewhere; eight cells
 *   purk                   --swc FILE: passive, with 80 idle synapses
 * Compartments are nodes with membrane. Memory: greatest resident set of the process (peak_MB, of the first case).
 */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"
#include "cable/cell.h"
#include "io/swc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double pi = 3.14159265358979323846;

typedef struct options {
  double t_ms, dt_ms, dx_um;
  cable_scheme scheme;
  int repeat;
  const char *swc;
} options;

/* A cell by hand: region 0 is hh, region 1 pas. */
typedef struct cell {
  cable_model model;
  cable_tree tree; /* by hand */
  cable_tree *cut; /* of a morphology, instead */
  cable_region regions[2];
  cable_use uses[3];
  cable_synapse synapses[80];
  size_t n_compartments, n_cells;
  size_t clamp; /* node */
  double low_nA, high_nA;
} cell;

static double clock_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Greatest resident set of the process. */
static double peak_MB(void) {
  FILE *f = fopen("/proc/self/status", "r");
  char line[256];
  long kB = 0;
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "VmHWM: %ld", &kB) == 1) break;
  if (f) (void)fclose(f);
  return (double)kB / 1024.0;
}

static void *room(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (p) return p;
  (void)fputs("cable_bench: out of memory\n", stderr);
  exit(5);
}

static void set(const cable_use *use, const char *name, double value) {
  for (size_t k = 0; k < use->mechanism->n_parameters; k++)
    if (strcmp(use->mechanism->parameters[k].name, name) == 0) use->values[k] = value;
}

static void begin(cell *c, size_t n, size_t n_cells) {
  *c = (cell){.n_cells = n_cells, .low_nA = 0.9, .high_nA = 0.9};
  static const char *const names[3] = {"hh", "pas", "ExpSyn"};
  for (size_t r = 0; r < 3; r++) {
    const cable_mechanism *kind = lg_cable_mechanism_find(names[r]);
    c->uses[r] = (cable_use){.mechanism = kind, .values = room(kind->n_parameters, sizeof(double))};
    for (size_t k = 0; k < kind->n_parameters; k++) c->uses[r].values[k] = kind->parameters[k].default_value;
    if (r == 2) continue;
    c->regions[r] = (cable_region){.all_types = true,
                                   .axial_resistivity_ohm_cm = 100.0,
                                   .capacitance_uF_cm2 = 1.0,
                                   .n_uses = 1,
                                   .uses = &c->uses[r],
                                   .reversal_na_mV = 50.0,
                                   .reversal_k_mV = -77.0};
  }
  set(&c->uses[1], "g", 5e-5);
  set(&c->uses[1], "e", -65.0);
  cable_tree *t = &c->tree;
  t->parent = room(n, sizeof *t->parent);
  t->axial_uS = room(n, sizeof(double));
  t->area_um2 = room(n, sizeof(double));
  t->capacitance_nF = room(n, sizeof(double));
  t->leak_uS = room(n, sizeof(double));
  t->leak_mV = room(n, sizeof(double));
  t->section = room(n, sizeof *t->section);
  t->x = room(n, sizeof(double));
  t->region = room(n, sizeof *t->region);
  t->distance_um = room(n, sizeof(double));
}

static void end(lg_ctx *ctx, cell *c) {
  lg_cable_tree_destroy(ctx, c->cut);
  lg_morphology_destroy(ctx, c->model.morphology);
  cable_tree *t = &c->tree;
  void *all[] = {t->parent,        t->axial_uS, t->area_um2, t->capacitance_nF, t->leak_uS,        t->leak_mV,
                 t->section,       t->x,        t->region,   t->distance_um,    c->uses[0].values, c->uses[1].values,
                 c->uses[2].values};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) free(all[k]);
}

static void node(cell *c, int parent, double area_um2, double axial_uS, int region) {
  cable_tree *t = &c->tree;
  const size_t k = t->n_nodes++;
  t->parent[k] = parent;
  t->axial_uS[k] = axial_uS;
  t->area_um2[k] = area_um2;
  t->capacitance_nF[k] = area_um2 * 1e-5;
  t->region[k] = area_um2 > 0.0 ? region : -1;
  if (area_um2 > 0.0) c->n_compartments++;
}

/* Half the axial resistance of a cylinder, in MOhm, Ra 100 ohm cm. */
static double half_MOhm(double length_um, double diameter_um) {
  return 0.5 * 100.0 * length_um / (pi * 0.25 * diameter_um * diameter_um) * 0.01;
}

static void points(cell *c, size_t n) {
  begin(c, 1, n);
  node(c, -1, 1000.0, 0.0, 0);
  c->low_nA = 0.07;
  c->high_nA = 0.17;
}

static void reduced(cell *c) {
  static const double shape[5][2] = {{25, 25}, {200, 3.5}, {300, 2.5}, {150, 4}, {150, 4}};
  double half[5], area[5];
  begin(c, 6, 100);
  set(&c->uses[1], "g", 1e-4);
  for (size_t k = 0; k < 5; k++) {
    half[k] = half_MOhm(shape[k][0], shape[k][1]);
    area[k] = pi * shape[k][0] * shape[k][1];
  }
  node(c, -1, area[0], 0.0, 0);
  node(c, 0, area[1], 1.0 / (half[0] + half[1]), 1);
  node(c, 1, area[2], 1.0 / (half[1] + half[2]), 1);
  node(c, 0, 0.0, 1.0 / half[0], 1);
  node(c, 3, area[3], 1.0 / half[3], 1);
  node(c, 3, area[4], 1.0 / half[4], 1);
  c->low_nA = 0.3;
  c->high_nA = 0.6;
}

static void rallpack3(cell *c) {
  const double dx = 1000.0 / 1001.0;
  begin(c, 1002, 1);
  set(&c->uses[0], "gl", 1.0 / 40000.0);
  set(&c->uses[0], "el", -65.0);
  node(c, -1, 0.0, 0.0, 0);
  for (int k = 0; k < 1001; k++) node(c, k, pi * dx, 1.0 / (half_MOhm(dx, 1.0) * (k == 0 ? 1.0 : 2.0)), 0);
  c->low_nA = c->high_nA = 0.1;
}

/* hh in the given types (0: nowhere else), pas in the others. */
static lg_status from_swc(lg_ctx *ctx, cell *c, const options *o, const char *name) {
  const cable_location soma = {.where = CABLE_AT_SOMA};
  cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  cut.max_dx_um = o->dx_um;
  begin(c, 1, strcmp(name, "l5hh8") == 0 ? 8 : 1);
  const int everywhere = strncmp(name, "l5hh", 4) == 0, passive = strcmp(name, "purk") == 0;
  if (!o->swc) return lg_fail(ctx, LG_ERR_ARGUMENT, "%s needs --swc FILE", name);
  LG_TRY(lg_swc_read(ctx, o->swc, NULL, &c->model.morphology));
  c->regions[0].all_types = everywhere;
  if (!everywhere) {
    c->regions[0].types[0] = 1, c->regions[0].types[1] = 2;
    c->regions[0].n_types = passive ? 0 : 2;
  }
  if (passive) c->regions[0] = c->regions[1], c->regions[0].all_types = true;
  const cable_region swap = c->regions[0]; /* the later one holds */
  if (!everywhere && !passive) c->regions[0] = c->regions[1], c->regions[1] = swap;
  c->model.regions = c->regions;
  c->model.n_regions = everywhere || passive ? 1 : 2;
  for (size_t k = 0; passive && k < 80; k++)
    c->synapses[k] = (cable_synapse){
        .use = c->uses[2], .weight_uS = 1e-3, .at = {.where = CABLE_AT_SECTION, .section = 1 + 10 * k, .x = 0.5}};
  c->model.synapses = c->synapses;
  c->model.n_synapses = passive ? 80 : 0;
  LG_TRY(lg_cable_tree_create(ctx, &c->model, &cut, &c->cut));
  LG_TRY(lg_cable_tree_locate(ctx, &c->model, c->cut, &soma, &c->clamp));
  for (size_t k = 0; k < c->cut->n_nodes; k++) c->n_compartments += c->cut->area_um2[k] > 0.0;
done:
  return status;
}

static lg_status make(lg_ctx *ctx, const char *name, const options *o, cell *c) {
  if (strcmp(name, "point1000") == 0) points(c, 1000);
  else if (strcmp(name, "point10000") == 0) points(c, 10000);
  else if (strcmp(name, "red5") == 0) reduced(c);
  else if (strcmp(name, "rall3") == 0) rallpack3(c);
  else if (strncmp(name, "l5", 2) == 0 || strcmp(name, "purk") == 0) return from_swc(ctx, c, o, name);
  else {
    *c = (cell){.n_cells = 0};
    return lg_fail(ctx, LG_ERR_ARGUMENT, "there is no case %s", name);
  }
  c->model.regions = c->regions;
  c->model.n_regions = 2;
  return LG_OK;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* CPU seconds of a run and the spikes of the first cell. */
static lg_status one_run(lg_ctx *ctx, const cell *c, const options *o, double *cpu_s, unsigned *spikes) {
  cable_run_options run = {.scheme = o->scheme, .dt_ms = o->dt_ms, .n_cells = c->n_cells};
  cable_group *g = NULL;
  lg_status status = lg_cable_group_create(ctx, &c->model, c->cut ? c->cut : &c->tree, &run, &g);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < c->n_cells; k++)
    lg_cable_group_drive(g, c->clamp, k, 0.0, c->low_nA + (c->high_nA - c->low_nA) * (double)k / (double)c->n_cells);
  const size_t n = (size_t)floor(o->t_ms / o->dt_ms + 0.5);
  double v = -65.0;
  *spikes = 0;
  const double start = clock_s();
  for (size_t k = 0; k < n; k++) {
    lg_cable_group_step(g);
    const double next = lg_cable_group_v(g, c->clamp, 0);
    *spikes += v < 0.0 && next >= 0.0;
    v = next;
  }
  *cpu_s = clock_s() - start;
  size_t where, lane;
  if (lg_cable_group_diverged(g, &where, &lane)) (void)fprintf(stderr, "cable_bench: diverged at node %zu\n", where);
  lg_cable_group_destroy(ctx, g);
  return LG_OK;
}

static int run_case(lg_ctx *ctx, const char *name, const options *o) {
  cell c;
  double cpu_s[64];
  unsigned spikes = 0;
  lg_status status = make(ctx, name, o, &c);
  c.model.celsius = 6.3;
  c.model.v_init_mV = -65.0;
  c.model.tstop_ms = o->t_ms;
  c.model.sample_ms = 0.1;
  for (int k = 0; k < o->repeat && status == LG_OK; k++) status = one_run(ctx, &c, o, &cpu_s[k], &spikes);
  if (status != LG_OK) {
    (void)fprintf(stderr, "cable_bench: %s\n", lg_ctx_message(ctx));
    end(ctx, &c);
    return 5;
  }
  qsort(cpu_s, (size_t)o->repeat, sizeof *cpu_s, by_size);
  const double median = cpu_s[o->repeat / 2], steps = floor(o->t_ms / o->dt_ms + 0.5);
  const double n = (double)(c.n_compartments * c.n_cells);
  (void)printf("{\"sim\": \"Loligo\", \"case\": \"%s\", \"scheme\": \"%s\", \"compartments\": %.0f, \"dt_ms\": %g, "
               "\"t_ms\": %g, \"spikes_first\": %u, \"cpu_s\": %.4f, \"cpu_best_s\": %.4f, "
               "\"Mcompsteps_per_s\": %.2f, \"peak_MB\": %.1f}\n",
               name, o->scheme == CABLE_NRN ? "nrn" : "sdirk2", n, o->dt_ms, o->t_ms, spikes, median, cpu_s[0],
               n * steps / median * 1e-6, peak_MB());
  (void)fflush(stdout);
  end(ctx, &c);
  return 0;
}

int main(int argc, char **argv) {
  options o = {.t_ms = 100.0, .dt_ms = 0.025, .scheme = CABLE_NRN, .repeat = 3, .dx_um = 10.0};
  lg_ctx *ctx = NULL;
  int code = 0, k = 1;
  for (; k + 1 < argc && strncmp(argv[k], "--", 2) == 0; k += 2) {
    const char *value = argv[k + 1];
    if (strcmp(argv[k], "--t") == 0) o.t_ms = atof(value);
    else if (strcmp(argv[k], "--dt") == 0) o.dt_ms = atof(value);
    else if (strcmp(argv[k], "--repeat") == 0) o.repeat = atoi(value);
    else if (strcmp(argv[k], "--swc") == 0) o.swc = value;
    else if (strcmp(argv[k], "--dx") == 0) o.dx_um = atof(value);
    else if (strcmp(argv[k], "--scheme") == 0) o.scheme = strcmp(value, "nrn") == 0 ? CABLE_NRN : CABLE_SDIRK2;
    else code = 2;
  }
  if (code != 0 || k >= argc || o.repeat < 1 || o.repeat > 64 || !(o.t_ms > 0.0) || !(o.dt_ms > 0.0) ||
      !(o.dx_um > 0.0)) {
    (void)fputs(
        "usage: cable_bench [--t MS] [--dt MS] [--scheme nrn|sdirk2] [--repeat N] [--swc FILE] [--dx UM] CASE...\n",
        stderr);
    return 2;
  }
  if (lg_ctx_create(&ctx) != LG_OK) return 5;
  for (; k < argc && code == 0; k++) code = run_case(ctx, argv[k], &o);
  lg_ctx_destroy(ctx);
  return code;
}
