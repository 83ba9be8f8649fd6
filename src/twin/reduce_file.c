/* Reduced models as files. */
#include "twin/reduce_file.h"

#include "twin/cable_write.h"

#include <math.h>
#include <string.h>

/* ---- facts ------------------------------------------------------------------------------------------ */

static void put_places(lg_json *w, const cable_reduction *r) {
  lg_json_key(w, "places");
  lg_json_array(w);
  for (size_t k = 0; k < r->n_places; k++) {
    const cable_reduced_place *p = &r->places[k];
    lg_json_object(w);
    lg_json_key_text(w, "compartment", p->name);
    lg_json_key_text(w, "stands_for",
                     p->line   ? "a delay of spikes"
                     : p->ring ? "side branches from one voltage on"
                               : "a place");
    lg_json_key_number(w, "distance_um", p->distance_um);
    if (p->ring) lg_json_key_number(w, "voltage_share", p->level);
    lg_json_key_number(w, "membrane_um2", p->area_um2);
    lg_json_key_number(w, "input_resistance_MOhm", p->resistance_MOhm);
    lg_json_key_number(w, "input_resistance_full_MOhm", p->resistance_full_MOhm);
    lg_json_key_number(w, "transfer_to_soma_MOhm", p->transfer_MOhm);
    lg_json_key_number(w, "transfer_to_soma_full_MOhm", p->transfer_full_MOhm);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_epsp(lg_json *w, const char *key, const cable_epsp *e) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_number(w, "peak_mV", e->peak_mV);
  lg_json_key_number(w, "time_ms", e->time_ms);
  lg_json_end_object(w);
}

static void put_moved(lg_json *w, const cable_reduction *r) {
  lg_json_key(w, "moved");
  lg_json_array(w);
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    lg_json_object(w);
    lg_json_key_text(w, "what", m->what);
    lg_json_key_integer(w, "index", (int64_t)m->index);
    if (m->name[0]) lg_json_key_text(w, "name", m->name);
    lg_json_key_boolean(w, "at_its_place", m->at_site);
    lg_json_key(w, "to");
    lg_json_array(w);
    for (size_t q = 0; q < 2 && m->compartment[q] != SIZE_MAX; q++) lg_json_text(w, r->places[m->compartment[q]].name);
    lg_json_end_array(w);
    lg_json_key_numbers(w, "shares", m->share, m->compartment[1] == SIZE_MAX ? 1 : 2);
    lg_json_key_number(w, "waveform_error", m->error);
    if (strcmp(m->what, "synapse") == 0 && m->epsp_full.peak_mV != 0.0) {
      lg_json_key_number(w, "weight_factor", m->factor);
      put_epsp(w, "epsp_full", &m->epsp_full);
      put_epsp(w, "epsp_by_shares", &m->epsp_shared);
      put_epsp(w, "epsp", &m->epsp);
    }
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_spikes(lg_json *w, const char *key, const cable_result *result, size_t probe) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < result->n_spikes; k++)
    if (result->spikes[k].probe == probe) lg_json_number(w, result->spikes[k].t_ms);
  lg_json_end_array(w);
}

static void put_runs(lg_json *w, const cable_model *full, const reduce_runs *runs) {
  if (!runs || !runs->full || !runs->reduced) return;
  lg_json_key(w, "run");
  lg_json_object(w);
  lg_json_key_number(w, "full_seconds", runs->full_seconds);
  lg_json_key_number(w, "reduced_seconds", runs->reduced_seconds);
  lg_json_key_number(w, "times_faster", runs->full_seconds / runs->reduced_seconds);
  lg_json_key(w, "probes");
  lg_json_array(w);
  for (size_t p = 0; p < full->n_probes; p++) {
    if (full->probes[p].quantity != CABLE_V) continue;
    lg_json_object(w);
    lg_json_key_text(w, "name", full->probes[p].name);
    put_spikes(w, "spikes_full_ms", runs->full, p);
    put_spikes(w, "spikes_ms", runs->reduced, p);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_end_object(w);
}

void lg_reduction_write_facts(lg_json *w, const cable_model *full, const cable_reduction *r, const reduce_runs *runs) {
  lg_json_object(w);
  lg_json_key_text(w, "method", "Kron reduction to sites and rings of equal voltage; capacitances by least squares");
  lg_json_key_integer(w, "nodes", (int64_t)r->n_nodes);
  lg_json_key_integer(w, "compartments", (int64_t)r->n_places);
  lg_json_key_number(w, "input_resistance_full_MOhm", r->resistance_full_MOhm);
  lg_json_key_number(w, "input_resistance_MOhm", r->resistance_MOhm);
  lg_json_key_number(w, "tau0_full_ms", r->tau_full_ms);
  lg_json_key_number(w, "tau0_ms", r->tau_ms);
  lg_json_key_number(w, "epsp_waveform_rms", r->rms);
  lg_json_key(w, "soma_impedance");
  lg_json_array(w);
  for (size_t f = 0; f < r->n_Hz; f++) {
    const double *z = r->impedance[f];
    lg_json_object(w);
    lg_json_key_number(w, "Hz", r->Hz[f]);
    lg_json_key_number(w, "full_MOhm", sqrt(z[0] * z[0] + z[1] * z[1]));
    lg_json_key_number(w, "reduced_MOhm", sqrt(z[2] * z[2] + z[3] * z[3]));
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  put_places(w, r);
  put_moved(w, r);
  put_runs(w, full, runs);
  lg_json_end_object(w);
}

lg_status lg_reduction_save(lg_ctx *ctx, const char *path, const cable_model *full, const cable_reduction *r,
                            const reduce_runs *runs, char *const *mechanism_files, size_t n_files,
                            lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "description", "A cell with shape, reduced; \"reference\" says what was kept and lost.");
  if (n_files > 0) {
    lg_json_key(&w, "mechanism_files");
    lg_json_array(&w);
    for (size_t k = 0; k < n_files; k++) lg_json_text(&w, mechanism_files[k]);
    lg_json_end_array(&w);
  }
  lg_cable_write_keys(&w, r->model);
  lg_json_key(&w, "reference");
  lg_reduction_write_facts(&w, full, r, runs);
  if (provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(provenance, &w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_IO, "%s: the reduced model could not be written", path);
  }
  return lg_outfile_commit(ctx, file);
}
