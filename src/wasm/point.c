/* Point neurons: a bench with a neuron, a protocol and the last result. */
#include "neuron/voltage_clamp.h"
#include "wasm/door.h"

#include "base/elementary.h"

#include <string.h>

typedef struct door_bench {
  lg_neuron neuron;
  double left[LG_NEURON_MAX_FIELDS]; /* share of each field that drugs leave */
  lg_protocol *protocol;
  lg_simulation *result;
} door_bench;

/* ---- the table -------------------------------------------------------------------------------- */

const char *DOOR(point_models)(void);
const char *point_models(void) {
  static door_text text;
  if (text.bytes && !text.broken) return text.bytes;
  size_t n;
  const lg_model_info *const *rows = lg_neuron_models(&n);
  text.n = 0;
  text.broken = false;
  door_put(&text, "[");
  for (size_t k = 0; k < n; k++) {
    door_put(&text, k > 0 ? ",{\"model\":" : "{\"model\":");
    door_put_string(&text, rows[k]->model);
    door_put(&text, ",\"variant\":");
    door_put_string(&text, rows[k]->variant);
    door_put(&text, ",\"summary\":");
    door_put_string(&text, rows[k]->summary);
    door_put(&text, ",\"reference\":");
    door_put_string(&text, rows[k]->reference);
    door_put(&text, ",\"states\":[");
    for (size_t s = 0; s < rows[k]->n_states; s++) {
      if (s > 0) door_put(&text, ",");
      door_put_string(&text, rows[k]->states[s]);
    }
    door_put(&text, "],\"fields\":");
    door_put_fields(&text, rows[k]->fields, rows[k]->n_fields);
    door_put(&text, "}");
  }
  door_put(&text, "]");
  return text.broken ? NULL : text.bytes;
}

/* ---- the neuron ------------------------------------------------------------------------------- */

void DOOR(point_destroy)(door_bench *bench);
void point_destroy(door_bench *bench) {
  if (!bench) return;
  lg_protocol_destroy(door_ctx(), bench->protocol);
  lg_simulation_destroy(door_ctx(), bench->result);
  lg_free(door_ctx(), bench);
}

door_bench *DOOR(point_create)(const char *model, const char *variant);
door_bench *point_create(const char *model, const char *variant) {
  lg_ctx *ctx = door_ctx();
  lg_status status = LG_OK;
  door_bench *bench = NULL;
  LG_NEW(ctx, bench, 1);
  LG_TRY(lg_neuron_init(ctx, model, variant, &bench->neuron));
  for (size_t k = 0; k < LG_NEURON_MAX_FIELDS; k++) bench->left[k] = 1.0;
  return bench;
done:
  point_destroy(bench);
  return NULL;
}

/* -1: there is no such field */
int DOOR(point_field)(const door_bench *bench, const char *name);
int point_field(const door_bench *bench, const char *name) {
  const size_t k = lg_model_field(bench->neuron.info, name);
  return k == SIZE_MAX ? -1 : (int)k;
}

int DOOR(point_set)(door_bench *bench, unsigned field, double value);
int point_set(door_bench *bench, unsigned field, double value) {
  if (field >= bench->neuron.info->n_fields)
    return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "field %u; the model has %zu", field, bench->neuron.info->n_fields);
  return lg_neuron_set(door_ctx(), &bench->neuron, bench->neuron.info->fields[field].name, value);
}

double DOOR(point_get)(const door_bench *bench, unsigned field);
double point_get(const door_bench *bench, unsigned field) {
  return field < bench->neuron.info->n_fields ? bench->neuron.value[field] : (double)NAN;
}

/* NAN: the model's own start */
int DOOR(point_start)(door_bench *bench, unsigned state, double value);
int point_start(door_bench *bench, unsigned state, double value) {
  if (state >= bench->neuron.info->n_states)
    return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "state %u; the model has %zu", state, bench->neuron.info->n_states);
  bench->neuron.initial[state] = value;
  return LG_OK;
}

/* ---- drugs ------------------------------------------------------------------------------------ */

/** Part of the sites that a dose takes: dose^n / (dose^n + IC50^n); NAN where an argument is out of range. */
double DOOR(hill_block)(double dose, double ic50, double hill);
double hill_block(double dose, double ic50, double hill) {
  if (!(dose >= 0.0 && ic50 > 0.0 && hill > 0.0)) return (double)NAN;
  return dose == 0.0 ? 0.0 : 1.0 / (1.0 + lg_pow(ic50 / dose, hill));
}

/* A drug that takes a part of a conductance; several multiply what they leave. A part of 0 takes all drugs of this
   field off again. */
int DOOR(point_block)(door_bench *bench, unsigned field, double part);
int point_block(door_bench *bench, unsigned field, double part) {
  const lg_model_info *info = bench->neuron.info;
  if (field >= info->n_fields || info->fields[field].name[0] != 'g')
    return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "field %u is no conductance", field);
  if (!(part >= 0.0 && part <= 1.0))
    return lg_fail(door_ctx(), LG_ERR_RANGE, "the blocked part is %g; allowed is 0 … 1", part);
  bench->left[field] = part == 0.0 ? 1.0 : bench->left[field] * (1.0 - part);
  return LG_OK;
}

static lg_neuron drugged(const door_bench *bench) {
  lg_neuron neuron = bench->neuron;
  for (size_t k = 0; k < neuron.info->n_fields; k++)
    if (bench->left[k] != 1.0) neuron.value[k] *= bench->left[k];
  return neuron;
}

/* mV; NAN without a resting potential */
double DOOR(point_rest)(const door_bench *bench, double current);
double point_rest(const door_bench *bench, double current) {
  const lg_neuron neuron = drugged(bench);
  double v = (double)NAN;
  LG_IGNORE(lg_neuron_rest(door_ctx(), &neuron, current, &v));
  return v;
}

/* ---- the protocol ----------------------------------------------------------------------------- */

int DOOR(point_protocol)(door_bench *bench, double duration_ms, double sample_ms);
int point_protocol(door_bench *bench, double duration_ms, double sample_ms) {
  lg_protocol_destroy(door_ctx(), bench->protocol);
  bench->protocol = NULL;
  return lg_protocol_create(door_ctx(), duration_ms, sample_ms, &bench->protocol);
}

static lg_status no_protocol(void) { return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "there is no protocol yet"); }

int DOOR(point_const)(door_bench *bench, double t0_ms, double t1_ms, double amp);
int point_const(door_bench *bench, double t0_ms, double t1_ms, double amp) {
  return bench->protocol ? lg_protocol_add_const(door_ctx(), bench->protocol, t0_ms, t1_ms, amp) : no_protocol();
}

int DOOR(point_ramp)(door_bench *bench, double t0_ms, double t1_ms, double from, double to);
int point_ramp(door_bench *bench, double t0_ms, double t1_ms, double from, double to) {
  return bench->protocol ? lg_protocol_add_ramp(door_ctx(), bench->protocol, t0_ms, t1_ms, from, to) : no_protocol();
}

/* f1 = f0: a sine from its start phase; else a linear chirp */
int DOOR(point_chirp)(door_bench *bench, double t0_ms, double t1_ms, double mean, double amp, double f0_Hz,
                      double f1_Hz);
int point_chirp(door_bench *bench, double t0_ms, double t1_ms, double mean, double amp, double f0_Hz, double f1_Hz) {
  const lg_segment s = {.type = f0_Hz == f1_Hz ? LG_SEGMENT_SINE : LG_SEGMENT_CHIRP,
                        .t0_ms = t0_ms,
                        .t1_ms = t1_ms,
                        .mean_pA = mean,
                        .amp_pA = amp,
                        .f0_Hz = f0_Hz,
                        .f1_Hz = f0_Hz == f1_Hz ? 0.0 : f1_Hz};
  return bench->protocol ? lg_protocol_add(door_ctx(), bench->protocol, &s) : no_protocol();
}

int DOOR(point_train)(door_bench *bench, double t0_ms, double t1_ms, double amp, double rate_Hz, double width_ms);
int point_train(door_bench *bench, double t0_ms, double t1_ms, double amp, double rate_Hz, double width_ms) {
  const lg_segment s = {.type = LG_SEGMENT_TRAIN,
                        .t0_ms = t0_ms,
                        .t1_ms = t1_ms,
                        .amp_pA = amp,
                        .rate_Hz = rate_Hz,
                        .width_ms = width_ms};
  return bench->protocol ? lg_protocol_add(door_ctx(), bench->protocol, &s) : no_protocol();
}

/* Ornstein–Uhlenbeck noise; tau and dt of 0: the defaults */
int DOOR(point_noise)(door_bench *bench, double t0_ms, double t1_ms, double mean, double sd, double tau_ms,
                      double dt_ms, unsigned seed);
int point_noise(door_bench *bench, double t0_ms, double t1_ms, double mean, double sd, double tau_ms, double dt_ms,
                unsigned seed) {
  lg_ou_options o = LG_OU_OPTIONS_INIT;
  o.t0_ms = t0_ms;
  o.t1_ms = t1_ms;
  o.mean_pA = mean;
  o.sd_pA = sd;
  o.seed = seed;
  if (tau_ms > 0.0) o.tau_ms = tau_ms;
  if (dt_ms > 0.0) o.dt_ms = dt_ms;
  return bench->protocol ? lg_protocol_add_ou(door_ctx(), bench->protocol, &o) : no_protocol();
}

int DOOR(point_synaptic)(door_bench *bench, unsigned receptor, const double *times_ms, size_t n, double weight);
int point_synaptic(door_bench *bench, unsigned receptor, const double *times_ms, size_t n, double weight) {
  return bench->protocol
             ? lg_protocol_add_synaptic(door_ctx(), bench->protocol, (lg_receptor)receptor, times_ms, n, weight)
             : no_protocol();
}

int DOOR(point_poisson)(door_bench *bench, unsigned receptor, double t0_ms, double t1_ms, double rate_Hz, double weight,
                        unsigned seed);
int point_poisson(door_bench *bench, unsigned receptor, double t0_ms, double t1_ms, double rate_Hz, double weight,
                  unsigned seed) {
  return bench->protocol ? lg_protocol_add_poisson(door_ctx(), bench->protocol, (lg_receptor)receptor, t0_ms, t1_ms,
                                                   rate_Hz, weight, seed)
                         : no_protocol();
}

/* ---- running ---------------------------------------------------------------------------------- */

/* solver: 0 reference, 1 rk4, 2 euler; dt 0: the solver's own */
int DOOR(point_run)(door_bench *bench, unsigned solver, double dt_ms, int all_states);
int point_run(door_bench *bench, unsigned solver, double dt_ms, int all_states) {
  lg_simulate_options o = LG_SIMULATE_OPTIONS_INIT;
  o.solver = (lg_solver)solver;
  o.dt_ms = dt_ms;
  o.all_states = all_states;
  lg_simulation_destroy(door_ctx(), bench->result);
  bench->result = NULL;
  if (!bench->protocol) return no_protocol();
  const lg_neuron neuron = drugged(bench);
  return lg_simulate(door_ctx(), &neuron, bench->protocol, &o, &bench->result);
}

/* The protocol is a command in mV. */
int DOOR(point_clamp)(door_bench *bench, double dt_ms);
int point_clamp(door_bench *bench, double dt_ms) {
  lg_simulation_destroy(door_ctx(), bench->result);
  bench->result = NULL;
  if (!bench->protocol) return no_protocol();
  const lg_neuron neuron = drugged(bench);
  return lg_neuron_voltage_clamp(door_ctx(), &neuron, bench->protocol, dt_ms, &bench->result);
}

size_t DOOR(point_samples)(const door_bench *bench);
size_t point_samples(const door_bench *bench) { return bench->result ? bench->result->n_samples : 0; }

size_t DOOR(point_columns)(const door_bench *bench);
size_t point_columns(const door_bench *bench) { return bench->result ? bench->result->n_columns : 0; }

const char *DOOR(point_column_name)(const door_bench *bench, size_t k);
const char *point_column_name(const door_bench *bench, size_t k) {
  return k < point_columns(bench) ? bench->result->columns[k] : "";
}

/* (samples) of a column; the bench's own until the next run */
const double *DOOR(point_column)(const door_bench *bench, size_t k);
const double *point_column(const door_bench *bench, size_t k) {
  return k < point_columns(bench) ? bench->result->states + k * bench->result->n_samples : NULL;
}

size_t DOOR(point_spikes)(const door_bench *bench);
size_t point_spikes(const door_bench *bench) { return bench->result ? bench->result->n_spikes : 0; }

const double *DOOR(point_spike_times)(const door_bench *bench);
const double *point_spike_times(const door_bench *bench) { return bench->result ? bench->result->spikes_ms : NULL; }

/* The next run starts where the last one, with all states, ended: a bench that goes on piece by piece. */
int DOOR(point_go_on)(door_bench *bench);
int point_go_on(door_bench *bench) {
  const lg_simulation *r = bench->result;
  const lg_model_info *info = bench->neuron.info;
  if (!r || r->n_samples == 0)
    return lg_fail(door_ctx(), LG_ERR_ARGUMENT, "there is no run to go on from; run with all states first");
  for (size_t c = 0; c < r->n_columns; c++)
    for (size_t s = 0; s < info->n_states; s++)
      if (strcmp(info->states[s], r->columns[c]) == 0)
        bench->neuron.initial[s] = r->states[c * r->n_samples + r->n_samples - 1];
  return LG_OK;
}

/* The samples of the stimulus, for drawing: (n) at k * sample */
int DOOR(point_stimulus)(const door_bench *bench, double *out, size_t n);
int point_stimulus(const door_bench *bench, double *out, size_t n) {
  if (!bench->protocol) return no_protocol();
  for (size_t k = 0; k < n; k++) out[k] = lg_protocol_current(bench->protocol, (double)k * bench->protocol->sample_ms);
  return LG_OK;
}
