/* Cells of straight sections: cylinders with passive or Hodgkin–Huxley membrane, current clamps, electrodes that read.
 */
#include "cable/simulate.h"
#include "wasm/door.h"

#include <math.h>
#include <string.h>

enum { MAX_SECTIONS = 15, MAX_PLACES = 64, MAX_USES = 4 };

typedef struct door_cell {
  cable_model model; /* its arrays are those below */
  lg_morphology shape;
  lg_section sections[MAX_SECTIONS];
  lg_morphology_point points[2 * MAX_SECTIONS];
  cable_region regions[MAX_SECTIONS];
  cable_use uses[MAX_SECTIONS][MAX_USES];
  double values[MAX_SECTIONS][MAX_USES][8];
  cable_current_clamp clamps[MAX_PLACES];
  cable_probe probes[MAX_PLACES];
  cable_result *result;
} door_cell;

const char *DOOR(cell_mechanisms)(void);
const char *cell_mechanisms(void) {
  static door_text text;
  if (text.bytes && !text.broken) return text.bytes;
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  text.n = 0;
  text.broken = false;
  door_put(&text, "[");
  for (size_t k = 0; k < n; k++) {
    door_put(&text, k > 0 ? ",{\"name\":" : "{\"name\":");
    door_put_string(&text, all[k]->name);
    door_put(&text, ",\"summary\":");
    door_put_string(&text, all[k]->summary);
    door_put(&text, ",\"source\":");
    door_put_string(&text, all[k]->source ? all[k]->source : "");
    door_put(&text, ",\"fields\":");
    door_put_fields(&text, all[k]->parameters, all[k]->n_parameters);
    door_put(&text, "}");
  }
  door_put(&text, "]");
  return text.broken ? NULL : text.bytes;
}

void DOOR(cell_destroy)(door_cell *cell);
void cell_destroy(door_cell *cell) {
  if (!cell) return;
  lg_cable_result_destroy(door_ctx(), cell->result);
  lg_free(door_ctx(), cell);
}

door_cell *DOOR(cell_create)(double celsius, double v_init_mV);
door_cell *cell_create(double celsius, double v_init_mV) {
  lg_ctx *ctx = door_ctx();
  if (!(celsius >= -10.0 && celsius <= 60.0 && fabs(v_init_mV) <= 500.0)) {
    LG_IGNORE(lg_fail(ctx, LG_ERR_RANGE, "%g °C and %g mV; allowed are -10 … 60 °C and ±500 mV", celsius, v_init_mV));
    return NULL;
  }
  door_cell *cell = lg_alloc(ctx, 1, sizeof *cell);
  if (!cell) return NULL;
  cell->shape.sections = cell->sections;
  cell->shape.points = cell->points;
  cell->model.celsius = celsius;
  cell->model.v_init_mV = v_init_mV;
  cell->model.morphology = &cell->shape;
  cell->model.regions = cell->regions;
  cell->model.clamps = cell->clamps;
  cell->model.probes = cell->probes;
  return cell;
}

/* A cylinder at the far end of its parent (-1: the first, the soma); its number, -1 on failure. */
int DOOR(cell_section)(door_cell *cell, int parent, double length_um, double diameter_um, double ra_ohm_cm,
                       double cm_uF_cm2);
int cell_section(door_cell *cell, int parent, double length_um, double diameter_um, double ra_ohm_cm,
                 double cm_uF_cm2) {
  const int k = (int)cell->shape.n_sections;
  const bool fine = k < MAX_SECTIONS && (k == 0 ? parent == -1 : parent >= 0 && parent < k) && length_um > 0.0 &&
                    length_um <= 1e6 && diameter_um > 0.0 && diameter_um <= 1e4 && ra_ohm_cm > 0.0 &&
                    ra_ohm_cm <= 1e6 && cm_uF_cm2 > 0.0 && cm_uF_cm2 <= 1e3;
  if (!fine) {
    LG_IGNORE(lg_fail(door_ctx(), LG_ERR_RANGE,
                      "section %d on %d, %g um long, %g um wide, %g ohm cm, %g uF/cm2: at most %d sections, parents "
                      "first, lengths and constants above 0",
                      k, parent, length_um, diameter_um, ra_ohm_cm, cm_uF_cm2, MAX_SECTIONS));
    return -1;
  }
  cell->sections[k] = (lg_section){.type = k + 1,
                                   .parent = parent,
                                   .parent_x = parent < 0 ? 0.0 : 1.0,
                                   .first_point = 2 * (size_t)k,
                                   .n_points = 2,
                                   .distal_id = -1};
  cell->points[2 * k] = (lg_morphology_point){0.0, 0.0, 0.0, diameter_um};
  cell->points[2 * k + 1] = (lg_morphology_point){length_um, 0.0, 0.0, diameter_um};
  cell->regions[k] = (cable_region){.types = {k + 1},
                                    .n_types = 1,
                                    .axial_resistivity_ohm_cm = ra_ohm_cm,
                                    .capacitance_uF_cm2 = cm_uF_cm2,
                                    .uses = cell->uses[k],
                                    .reversal_na_mV = 50.0,
                                    .reversal_k_mV = -77.0,
                                    .reversal_ca_mV = (double)NAN,
                                    .outside_ca_mM = 2.0,
                                    .inside_ca_mM = 5e-5};
  cell->shape.n_sections = (size_t)k + 1;
  cell->shape.n_points = 2 * cell->shape.n_sections;
  cell->model.n_regions = cell->shape.n_sections;
  return k;
}

static bool has(const door_cell *cell, unsigned section) { return section < cell->shape.n_sections; }

/* Sodium's and potassium's reversal potentials of a section, 50 and -77 mV unless set. */
int DOOR(cell_reversal)(door_cell *cell, unsigned section, double na_mV, double k_mV);
int cell_reversal(door_cell *cell, unsigned section, double na_mV, double k_mV) {
  if (!has(cell, section) || !(fabs(na_mV) <= 500.0 && fabs(k_mV) <= 500.0))
    return lg_fail(door_ctx(), LG_ERR_RANGE, "section %u: ena %g, ek %g mV; allowed are ±500", section, na_mV, k_mV);
  cell->regions[section].reversal_na_mV = na_mV;
  cell->regions[section].reversal_k_mV = k_mV;
  return LG_OK;
}

static cable_use *find_use(door_cell *cell, unsigned section, const cable_mechanism *m) {
  cable_region *r = &cell->regions[section];
  for (size_t u = 0; u < r->n_uses; u++)
    if (r->uses[u].mechanism == m) return &r->uses[u];
  if (r->n_uses == MAX_USES || m->n_parameters > 8) return NULL;
  cable_use *use = &r->uses[r->n_uses];
  *use = (cable_use){.mechanism = m, .values = cell->values[section][r->n_uses]};
  for (size_t k = 0; k < m->n_parameters; k++) use->values[k] = m->parameters[k].default_value;
  r->n_uses++;
  return use;
}

/* Put a mechanism into a section (with its defaults), and set field of it; field -1: only put it there. */
int DOOR(cell_insert)(door_cell *cell, unsigned section, const char *mechanism, int field, double value);
int cell_insert(door_cell *cell, unsigned section, const char *mechanism, int field, double value) {
  const cable_mechanism *m = lg_cable_mechanism_find(mechanism);
  if (!m || !has(cell, section))
    return lg_fail(door_ctx(), LG_ERR_NOT_FOUND, "there is no mechanism \"%.40s\" or no section %u", mechanism,
                   section);
  cable_use *use = find_use(cell, section, m);
  if (!use) return lg_fail(door_ctx(), LG_ERR_LIMIT, "section %u has too many mechanisms", section);
  if (field < 0) return LG_OK;
  if ((size_t)field >= m->n_parameters)
    return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "%s has %zu fields", m->name, m->n_parameters);
  const lg_field *f = &m->parameters[field];
  if (!(value >= f->low && value <= f->high))
    return lg_fail(door_ctx(), LG_ERR_RANGE, "%s is %g %s; allowed is %g … %g", f->name, value, f->unit, f->low,
                   f->high);
  use->values[field] = value;
  return LG_OK;
}

static cable_location place(unsigned section, double x) {
  return (cable_location){.where = CABLE_AT_SECTION, .section = section, .x = x};
}

int DOOR(cell_clamp)(door_cell *cell, unsigned section, double x, double delay_ms, double duration_ms,
                     double amplitude_nA);
int cell_clamp(door_cell *cell, unsigned section, double x, double delay_ms, double duration_ms, double amplitude_nA) {
  if (!has(cell, section) || !(x >= 0.0 && x <= 1.0) || cell->model.n_clamps == MAX_PLACES ||
      !(delay_ms >= 0.0 && duration_ms >= 0.0 && isfinite(amplitude_nA)))
    return lg_fail(door_ctx(), LG_ERR_RANGE, "a clamp at %g of section %u from %g ms for %g ms: at most %d, x 0 … 1", x,
                   section, delay_ms, duration_ms, MAX_PLACES);
  cell->clamps[cell->model.n_clamps++] = (cable_current_clamp){place(section, x), delay_ms, duration_ms, amplitude_nA};
  return LG_OK;
}

/* The number of the electrode, -1 on failure. */
int DOOR(cell_probe_at)(door_cell *cell, unsigned section, double x);
int cell_probe_at(door_cell *cell, unsigned section, double x) {
  if (!has(cell, section) || !(x >= 0.0 && x <= 1.0) || cell->model.n_probes == MAX_PLACES) {
    LG_IGNORE(lg_fail(door_ctx(), LG_ERR_RANGE, "an electrode at %g of section %u: at most %d, x 0 … 1", x, section,
                      MAX_PLACES));
    return -1;
  }
  cable_probe *p = &cell->probes[cell->model.n_probes];
  *p = (cable_probe){.at = place(section, x), .quantity = CABLE_V};
  (void)snprintf(p->name, sizeof p->name, "p%zu", cell->model.n_probes);
  (void)snprintf(p->column, sizeof p->column, "v_mV_%s", p->name);
  return (int)cell->model.n_probes++;
}

/* scheme 0 sdirk2, 1 nrn, 2 adaptive; dt 0: 0.025 ms; max_dx 0: a tenth of the length constant at 100 Hz */
int DOOR(cell_run)(door_cell *cell, unsigned scheme, double dt_ms, double tstop_ms, double sample_ms, double max_dx_um);
int cell_run(door_cell *cell, unsigned scheme, double dt_ms, double tstop_ms, double sample_ms, double max_dx_um) {
  lg_ctx *ctx = door_ctx();
  lg_status status = LG_OK;
  cable_tree *tree = NULL;
  cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = (cable_scheme)scheme, .dt_ms = dt_ms, .seed = 1};
  lg_cable_result_destroy(ctx, cell->result);
  cell->result = NULL;
  cut.max_dx_um = max_dx_um;
  cell->model.tstop_ms = tstop_ms;
  cell->model.sample_ms = sample_ms;
  if (scheme > CABLE_ADAPTIVE || cell->shape.n_sections == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "scheme %u and %zu sections; schemes are 0, 1, 2", scheme,
                   cell->shape.n_sections);
  LG_TRY(lg_cable_tree_create(ctx, &cell->model, &cut, &tree));
  LG_TRY(lg_cable_simulate(ctx, &cell->model, tree, &o, &cell->result));
done:
  lg_cable_tree_destroy(ctx, tree);
  return status;
}

size_t DOOR(cell_samples)(const door_cell *cell);
size_t cell_samples(const door_cell *cell) { return cell->result ? cell->result->n_samples : 0; }

/* (samples) of an electrode, mV; the cell's own until the next run */
const double *DOOR(cell_trace)(const door_cell *cell, size_t probe);
const double *cell_trace(const door_cell *cell, size_t probe) {
  return cell->result && probe < cell->result->n_probes ? cell->result->values + probe * cell->result->n_samples : NULL;
}

size_t DOOR(cell_compartments)(const door_cell *cell);
size_t cell_compartments(const door_cell *cell) { return cell->result ? cell->result->n_nodes : 0; }

size_t DOOR(cell_spikes)(const door_cell *cell);
size_t cell_spikes(const door_cell *cell) { return cell->result ? cell->result->n_spikes : 0; }

double DOOR(cell_spike_time)(const door_cell *cell, size_t k);
double cell_spike_time(const door_cell *cell, size_t k) {
  return k < cell_spikes(cell) ? cell->result->spikes[k].t_ms : (double)NAN;
}

int DOOR(cell_spike_probe)(const door_cell *cell, size_t k);
int cell_spike_probe(const door_cell *cell, size_t k) {
  return k < cell_spikes(cell) ? (int)cell->result->spikes[k].probe : -1;
}
