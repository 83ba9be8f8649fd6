/* A wave of calcium along one dendrite: the case of docs/calcium.md with one section of constant radii. */
#include "calcium/run.h"
#include "wasm/door.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { MAX_PROBES = 64, MAX_SNAPSHOTS = 4096 };

typedef struct door_wave {
  calcium_case c; /* its arrays are those below */
  calcium_section section;
  calcium_stimulus stimulus;
  calcium_place probes[MAX_PROBES];
  double snapshots_s[MAX_SNAPSHOTS];
  double probe_every_um;
  calcium_result *result;
} door_wave;

/* What can be set: its place in the wave, and what the page says of it. Names as in case files. */
typedef struct {
  lg_field field;
  size_t offset;
} wave_field;

#define CONSTANT(member) offsetof(door_wave, c.constants.member)
#define SECTION(member) offsetof(door_wave, section.member)
#define STIMULUS(member) offsetof(door_wave, stimulus.member)
static const wave_field rows[] = {
    {{"L_um", "um", 64, 1, 2000, "Length of the dendrite."}, SECTION(length_um)},
    {{"R_um", "um", 0.4, 0.05, 10, "Radius of the dendrite."}, SECTION(radius0_um)},
    {{"r_ER_um", "um", 0.15, 0.01, 9, "Radius of the endoplasmic reticulum."}, SECTION(er0_um)},
    {{"j0_uM_um_s", "uM um/s", 2500, 0, 1e6, "Calcium that flows in at the start."}, STIMULUS(j0)},
    {{"x0_um", "um", 0, 0, 2000, "Place of the stimulus."}, STIMULUS(x0_um)},
    {{"sigma_um", "um", 0.5, 0.01, 100, "Width of the stimulus."}, STIMULUS(sigma_um)},
    {{"t_on_s", "s", 0, 0, 100, "Begin of the stimulus."}, STIMULUS(on_s)},
    {{"t_off_s", "s", 0.001, 1e-6, 100, "End of the stimulus."}, STIMULUS(off_s)},
    {{"rho_R", "1/um2", 3, 0, 1e3, "Ryanodine receptors."}, CONSTANT(ryr_density)},
    {{"rho_S", "1/um2", 2390, 0, 1e6, "SERCA pumps."}, CONSTANT(serca_density)},
    {{"rho_P", "1/um2", 500, 0, 1e6, "PMCA pumps."}, CONSTANT(pmca_density)},
    {{"rho_N", "1/um2", 15, 0, 1e5, "Sodium-calcium exchangers."}, CONSTANT(ncx_density)},
    {{"Dc", "um2/s", 220, 0, 1e4, "Diffusion of free calcium in the cytosol."}, CONSTANT(diffusion_cytosol)},
    {{"Db", "um2/s", 20, 0, 1e4, "Diffusion of calbindin."}, CONSTANT(diffusion_buffer)},
    {{"De", "um2/s", 10, 0, 1e4, "Diffusion of calcium in the reticulum."}, CONSTANT(diffusion_er)},
    {{"bT", "uM", 40, 0, 1e4, "Calbindin in all."}, CONSTANT(buffer_total)},
    {{"c0", "uM", 0.05, 1e-3, 1, "Free calcium at rest."}, CONSTANT(cytosol_rest)},
    {{"ce0", "uM", 250, 1, 1e4, "Calcium of the reticulum at rest."}, CONSTANT(er_rest)},
    {{"t_end_s", "s", 0.3, 1e-3, 100, "How long the run is."}, offsetof(door_wave, c.end_s)},
    {{"threshold_uM", "uM", 1, 1e-3, 100, "Arrival of the wave: free calcium above that."},
     offsetof(door_wave, c.threshold_uM)},
    {{"probe_every_um", "um", 8, 0.5, 1000, "Distance of the places that are watched."},
     offsetof(door_wave, probe_every_um)},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static double *slot(door_wave *wave, size_t k) { return (double *)(void *)((char *)wave + rows[k].offset); }

const char *DOOR(wave_fields)(void);
const char *wave_fields(void) {
  static door_text text;
  lg_field fields[ROWS];
  if (text.bytes && !text.broken) return text.bytes;
  text.n = 0;
  text.broken = false;
  for (size_t k = 0; k < ROWS; k++) fields[k] = rows[k].field;
  door_put_fields(&text, fields, ROWS);
  return text.broken ? NULL : text.bytes;
}

void DOOR(wave_destroy)(door_wave *wave);
void wave_destroy(door_wave *wave) {
  if (!wave) return;
  lg_calcium_result_destroy(door_ctx(), wave->result);
  lg_free(door_ctx(), wave);
}

door_wave *DOOR(wave_create)(void);
door_wave *wave_create(void) {
  door_wave *wave = lg_alloc(door_ctx(), 1, sizeof *wave);
  if (!wave) return NULL;
  wave->c.constants = lg_calcium_constants_default();
  wave->c.n_sections = 1;
  wave->c.sections = &wave->section;
  wave->section.parent = -1;
  wave->c.stimuli = &wave->stimulus;
  wave->c.n_stimuli = 1;
  wave->c.probes = wave->probes;
  wave->c.snapshots_s = wave->snapshots_s;
  for (size_t k = 0; k < ROWS; k++) *slot(wave, k) = rows[k].field.default_value;
  return wave;
}

int DOOR(wave_set)(door_wave *wave, unsigned field, double value);
int wave_set(door_wave *wave, unsigned field, double value) {
  if (field >= ROWS) return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "field %u; there are %d", field, (int)ROWS);
  const lg_field *f = &rows[field].field;
  if (!(value >= f->low && value <= f->high))
    return lg_fail(door_ctx(), LG_ERR_RANGE, "%s is %g %s; allowed is %g … %g", f->name, value, f->unit, f->low,
                   f->high);
  *slot(wave, field) = value;
  return LG_OK;
}

double DOOR(wave_get)(door_wave *wave, unsigned field);
double wave_get(door_wave *wave, unsigned field) { return field < ROWS ? *slot(wave, field) : (double)NAN; }

/* Steps of dt (0: 2.5 us) on a grid of max_dx (0: 0.05 um); calcium of the whole dendrite every frame_s. */
int DOOR(wave_run)(door_wave *wave, double dt_s, double max_dx_um, double sample_s, double frame_s);
int wave_run(door_wave *wave, double dt_s, double max_dx_um, double sample_s, double frame_s) {
  lg_ctx *ctx = door_ctx();
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&wave->c.constants);
  const calcium_options o = {.dt_s = dt_s, .max_dx_um = max_dx_um, .sample_s = sample_s};
  lg_calcium_result_destroy(ctx, wave->result);
  wave->result = NULL;
  wave->c.n_probes = 0;
  for (size_t k = 1; k <= MAX_PROBES; k++) {
    const double x = (double)k * wave->probe_every_um;
    if (!(x < wave->section.length_um)) break;
    wave->probes[wave->c.n_probes++] = (calcium_place){0, x};
  }
  wave->c.n_snapshots = 0;
  for (size_t k = 0; frame_s > 0.0 && k < MAX_SNAPSHOTS && (double)k * frame_s <= wave->c.end_s; k++)
    wave->snapshots_s[wave->c.n_snapshots++] = (double)k * frame_s;
  LG_TRY(lg_calcium_case_check(ctx, &wave->c));
  LG_TRY(lg_calcium_grid_create(ctx, &wave->c, max_dx_um > 0.0 ? max_dx_um : 0.05, &grid));
  LG_TRY(lg_calcium_simulate(ctx, &wave->c, grid, &gate, NULL, &o, &wave->result));
done:
  lg_calcium_grid_destroy(ctx, grid);
  return status;
}

size_t DOOR(wave_nodes)(const door_wave *wave);
size_t wave_nodes(const door_wave *wave) { return wave->result ? wave->result->n_nodes : 0; }
size_t DOOR(wave_frames)(const door_wave *wave);
size_t wave_frames(const door_wave *wave) { return wave->result ? wave->result->n_snapshots : 0; }
/* Values per node of a frame, and per probe of a sample: c, b, e in uM, open probability. */
size_t DOOR(wave_columns)(const door_wave *wave);
size_t wave_columns(const door_wave *wave) { return wave->result ? wave->result->n_columns : 0; }
/* (frames, nodes, columns); the wave's own until the next run, as all arrays here */
const double *DOOR(wave_frame_values)(const door_wave *wave);
const double *wave_frame_values(const door_wave *wave) { return wave->result ? wave->result->snapshots : NULL; }
size_t DOOR(wave_probes)(const door_wave *wave);
size_t wave_probes(const door_wave *wave) { return wave->result ? wave->c.n_probes : 0; }
/* The same with the places that a run watches by itself, which stand behind: the stride of samples. */
size_t DOOR(wave_watched)(const door_wave *wave);
size_t wave_watched(const door_wave *wave) { return wave->result ? wave->result->n_probes : 0; }
size_t DOOR(wave_samples)(const door_wave *wave);
size_t wave_samples(const door_wave *wave) { return wave->result ? wave->result->n_samples : 0; }
const double *DOOR(wave_sample_times)(const door_wave *wave);
const double *wave_sample_times(const door_wave *wave) { return wave->result ? wave->result->sample_s : NULL; }
/* (samples, watched, columns) */
const double *DOOR(wave_sample_values)(const door_wave *wave);
const double *wave_sample_values(const door_wave *wave) { return wave->result ? wave->result->samples : NULL; }

/* When calcium rose above the threshold at a probe, s; NAN: it did not. */
double DOOR(wave_arrival)(const door_wave *wave, size_t probe);
double wave_arrival(const door_wave *wave, size_t probe) {
  return probe < wave_probes(wave) ? wave->result->arrivals[probe].up_s : (double)NAN;
}

double DOOR(wave_probe_at)(const door_wave *wave, size_t probe);
double wave_probe_at(const door_wave *wave, size_t probe) {
  return probe < wave_probes(wave) ? wave->probes[probe].x_um : (double)NAN;
}

/* 0 speed um/s, 1 peak uM, 2 width at half height ms, 3 greatest open probability, 4 least calcium of the ER uM; NAN
   where no wave passed */
double DOOR(wave_summary)(const door_wave *wave, unsigned which);
double wave_summary(const door_wave *wave, unsigned which) {
  if (!wave->result) return (double)NAN;
  const calcium_summary *s = &wave->result->summary;
  const double values[] = {s->speed_um_s, s->peak_uM, s->fwhm_ms, s->open_max, s->er_min_uM};
  return which < sizeof values / sizeof values[0] ? values[which] : (double)NAN;
}
