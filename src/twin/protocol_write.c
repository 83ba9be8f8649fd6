/* Protocols as JSON: the counterpart of protocol_file.c. */
#include "twin/model_file.h"

static void keys(lg_json *w, const char *type, const lg_segment *s) {
  lg_json_key_text(w, "type", type);
  lg_json_key_number(w, "t0_ms", s->t0_ms);
  lg_json_key_number(w, "t1_ms", s->t1_ms);
}

static void write_segment(lg_json *w, const lg_segment *s) {
  lg_json_object(w);
  switch (s->type) {
  case LG_SEGMENT_CONST:
    keys(w, "const", s);
    lg_json_key_number(w, "amp_pA", s->amp_pA);
    break;
  case LG_SEGMENT_RAMP:
    keys(w, "ramp", s);
    lg_json_key_number(w, "from_pA", s->from_pA);
    lg_json_key_number(w, "to_pA", s->to_pA);
    break;
  case LG_SEGMENT_SINE:
    keys(w, "sine", s);
    lg_json_key_number(w, "mean_pA", s->mean_pA);
    lg_json_key_number(w, "amp_pA", s->amp_pA);
    lg_json_key_number(w, "f_Hz", s->f0_Hz);
    lg_json_key_number(w, "phase_deg", 360.0 * s->phase_turn);
    break;
  case LG_SEGMENT_CHIRP:
    keys(w, "chirp", s);
    lg_json_key_number(w, "mean_pA", s->mean_pA);
    lg_json_key_number(w, "amp_pA", s->amp_pA);
    lg_json_key_number(w, "f0_Hz", s->f0_Hz);
    lg_json_key_number(w, "f1_Hz", s->f1_Hz);
    break;
  case LG_SEGMENT_HOLD:
    keys(w, "hold", s);
    lg_json_key_number(w, "dt_ms", s->dt_ms);
    lg_json_key_numbers(w, "values_pA", s->values_pA, s->n_values);
    break;
  case LG_SEGMENT_TRAIN:
    keys(w, "train", s);
    lg_json_key_number(w, "amp_pA", s->amp_pA);
    lg_json_key_number(w, "width_ms", s->width_ms);
    lg_json_key_number(w, "rate_Hz", s->rate_Hz);
    break;
  }
  lg_json_end_object(w);
}

/* Runs of spikes of one receptor and weight become one entry. */
static void write_synaptic(lg_json *w, const lg_protocol *p) {
  static const char *const names[LG_RECEPTORS] = {"AMPA", "NMDA", "GABA_A"};
  if (p->n_events == 0) return;
  lg_json_key(w, "synaptic");
  lg_json_array(w);
  for (size_t k = 0; k < p->n_events;) {
    const lg_synaptic_event *first = &p->events[k];
    lg_json_object(w);
    lg_json_key_text(w, "receptor", names[first->receptor]);
    lg_json_key_number(w, "weight", first->weight);
    lg_json_key(w, "times_ms");
    lg_json_array(w);
    for (; k < p->n_events && p->events[k].receptor == first->receptor && p->events[k].weight == first->weight; k++)
      lg_json_number(w, p->events[k].t_ms);
    lg_json_end_array(w);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void lg_protocol_write(FILE *stream, const lg_protocol *p, const char *name, const char *description,
                       lg_provenance *provenance) {
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-protocol/1");
  if (name) lg_json_key_text(&w, "name", name);
  if (description) lg_json_key_text(&w, "description", description);
  lg_json_key_number(&w, "duration_ms", p->duration_ms);
  lg_json_key_number(&w, "sample_ms", p->sample_ms);
  lg_json_key(&w, "segments");
  lg_json_array(&w);
  for (size_t k = 0; k < p->n_segments; k++) write_segment(&w, &p->segments[k]);
  lg_json_end_array(&w);
  write_synaptic(&w, p);
  if (provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(provenance, &w);
  }
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
}
