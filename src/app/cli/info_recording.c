/* A recording in words: format, sweeps, ranges with units, pairing, steps, warnings. */
#include "app/cli/info.h"
#include "data/provenance.h"

#include <math.h>
#include <string.h>

info_range info_range_of(const double *x, size_t n) {
  info_range r = {.n = n, .least = (double)INFINITY, .largest = -(double)INFINITY};
  for (size_t k = 0; k < n; k++) {
    if (!isfinite(x[k])) {
      r.missing++;
      continue;
    }
    r.least = fmin(r.least, x[k]);
    r.largest = fmax(r.largest, x[k]);
  }
  return r;
}

void info_range_join(info_range *a, const info_range *b) {
  a->n += b->n;
  a->missing += b->missing;
  a->least = fmin(a->least, b->least);
  a->largest = fmax(a->largest, b->largest);
}

void info_range_json(lg_json *w, const char *key, const info_range *r, const char *unit) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_text(w, "unit", unit);
  lg_json_key_number(w, "min", r->least);
  lg_json_key_number(w, "max", r->largest);
  lg_json_key_integer(w, "n", (int64_t)r->n);
  lg_json_key_integer(w, "missing", (int64_t)r->missing);
  lg_json_end_object(w);
}

static const char *const origins[] = {"none", "measured", "command"};

typedef struct summary {
  info_range v, i;
  size_t with_current, with_step;
  double least_ms, most_ms, least_kHz, most_kHz, least_step, most_step;
  double on_ms, off_ms, hold_pA; /* of the first step */
} summary;

static summary summarise(const lg_recording *rec) {
  const info_range empty = info_range_of(NULL, 0);
  const double big = (double)INFINITY;
  summary s = {.v = empty, .i = empty, .least_ms = big, .least_kHz = big, .least_step = big, .most_step = -big};
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *sweep = &rec->sweeps[k];
    const info_range v = info_range_of(sweep->v_mV, sweep->n);
    const double ms = (double)sweep->n * sweep->dt_ms, kHz = 1.0 / sweep->dt_ms;
    info_range_join(&s.v, &v);
    s.least_ms = fmin(s.least_ms, ms);
    s.most_ms = fmax(s.most_ms, ms);
    s.least_kHz = fmin(s.least_kHz, kHz);
    s.most_kHz = fmax(s.most_kHz, kHz);
    if (sweep->i_pA) {
      const info_range i = info_range_of(sweep->i_pA, sweep->n);
      info_range_join(&s.i, &i);
      s.with_current++;
    }
    if (!sweep->has_step) continue;
    if (s.with_step++ == 0) {
      s.on_ms = (double)sweep->step_on * sweep->dt_ms;
      s.off_ms = (double)sweep->step_off * sweep->dt_ms;
      s.hold_pA = sweep->step_hold_pA;
    }
    s.least_step = fmin(s.least_step, sweep->step_pA - sweep->step_hold_pA);
    s.most_step = fmax(s.most_step, sweep->step_pA - sweep->step_hold_pA);
  }
  return s;
}

/* ---- for people ----------------------------------------------------------------------------------- */

static void row(FILE *stream, size_t k, const lg_sweep *s) {
  const info_range v = info_range_of(s->v_mV, s->n);
  char current[32] = "-", step[64] = "-";
  if (s->i_pA) {
    const info_range i = info_range_of(s->i_pA, s->n);
    (void)snprintf(current, sizeof current, "%.4g to %.4g", i.least, i.largest);
  }
  if (s->has_step)
    (void)snprintf(step, sizeof step, "%.4g from %.6g to %.6g ms", s->step_pA - s->step_hold_pA,
                   (double)s->step_on * s->dt_ms, (double)s->step_off * s->dt_ms);
  char potential[32];
  (void)snprintf(potential, sizeof potential, "%.4g to %.4g", v.least, v.largest);
  (void)fprintf(stream, "%5zu %7d %9zu %9.6g  %-18s  %-18s  %s\n", k, s->number, s->n, s->dt_ms, potential, current,
                step);
}

static void steps_text(FILE *stream, const summary *s) {
  if (s->with_step == 0) (void)fprintf(stream, "steps        none found (a ramp, a sine, noise or no current)\n");
  else
    (void)fprintf(stream, "steps        %.4g to %.4g pA beyond %.4g pA holding, from %.6g to %.6g ms\n", s->least_step,
                  s->most_step, s->hold_pA, s->on_ms, s->off_ms);
}

void info_recording_text(FILE *stream, const lg_recording *rec, size_t max_sweeps) {
  const summary s = summarise(rec);
  (void)fprintf(stream, "%s: recording, %s%s%s\n", rec->source, rec->format, rec->protocol[0] ? ", protocol " : "",
                rec->protocol);
  (void)fprintf(stream, "sweeps       %zu of %.6g", rec->n_sweeps, s.least_ms);
  if (s.most_ms > s.least_ms) (void)fprintf(stream, " to %.6g", s.most_ms);
  (void)fprintf(stream, " ms at %.6g", s.least_kHz);
  if (s.most_kHz > s.least_kHz) (void)fprintf(stream, " to %.6g", s.most_kHz);
  (void)fprintf(stream, " kHz\n");
  (void)fprintf(stream, "potential    %.4g to %.4g mV\n", s.v.least, s.v.largest);
  if (s.with_current)
    (void)fprintf(stream, "current      %.4g to %.4g pA, %s\n", s.i.least, s.i.largest,
                  origins[rec->sweeps[0].current_origin]);
  else (void)fprintf(stream, "current      missing\n");
  (void)fprintf(stream, "pairing      %s\n", rec->pairing);
  steps_text(stream, &s);
  for (size_t k = 0; k < rec->n_warnings; k++) (void)fprintf(stream, "warning      %s\n", rec->warnings[k]);
  if (rec->n_files > 1) (void)fprintf(stream, "files        %zu, from %s", rec->n_files, rec->files[0]);
  if (rec->n_files > 1) (void)fprintf(stream, " to %s\n", rec->files[rec->n_files - 1]);
  (void)fprintf(stream, "\nsweep  number   samples     dt/ms  %-18s  %-18s  step/pA\n", "potential/mV", "current/pA");
  const size_t shown = rec->n_sweeps < max_sweeps ? rec->n_sweeps : max_sweeps;
  for (size_t k = 0; k < shown; k++) row(stream, k, &rec->sweeps[k]);
  if (shown < rec->n_sweeps) (void)fprintf(stream, "... and %zu more (--sweeps N)\n", rec->n_sweeps - shown);
}

/* ---- for programs --------------------------------------------------------------------------------- */

static void sweep_json(lg_json *w, size_t k, const lg_sweep *s) {
  const info_range v = info_range_of(s->v_mV, s->n);
  lg_json_object(w);
  lg_json_key_integer(w, "sweep", (int64_t)k);
  lg_json_key_integer(w, "number", s->number);
  lg_json_key_integer(w, "n_samples", (int64_t)s->n);
  lg_json_key_number(w, "dt_ms", s->dt_ms);
  lg_json_key_number(w, "rate_Hz", 1e3 / s->dt_ms);
  lg_json_key_number(w, "duration_ms", (double)s->n * s->dt_ms);
  lg_json_key_number(w, "t0_ms", s->t0_ms);
  info_range_json(w, "v_mV", &v, "mV");
  if (s->i_pA) {
    const info_range i = info_range_of(s->i_pA, s->n);
    info_range_json(w, "i_pA", &i, "pA");
  } else {
    lg_json_key(w, "i_pA");
    lg_json_null(w);
  }
  lg_json_key_text(w, "current", origins[s->current_origin]);
  lg_json_key(w, "step");
  if (s->has_step) {
    lg_json_object(w);
    lg_json_key_number(w, "I_hold_pA", s->step_hold_pA);
    lg_json_key_number(w, "I_step_pA", s->step_pA - s->step_hold_pA);
    lg_json_key_number(w, "t_on_ms", (double)s->step_on * s->dt_ms);
    lg_json_key_number(w, "t_off_ms", (double)s->step_off * s->dt_ms);
    lg_json_end_object(w);
  } else {
    lg_json_null(w);
  }
  lg_json_end_object(w);
}

static void files_json(lg_ctx *ctx, lg_json *w, const lg_recording *rec) {
  lg_json_key(w, "files");
  lg_json_array(w);
  for (size_t k = 0; k < rec->n_files; k++) {
    char hash[65];
    lg_json_object(w);
    lg_json_key_text(w, "path", rec->files[k]);
    lg_json_key_text(w, "sha256", lg_sha256_file(ctx, rec->files[k], hash) == LG_OK ? hash : NULL);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void info_recording_json(lg_ctx *ctx, lg_json *w, const lg_recording *rec) {
  const summary s = summarise(rec);
  lg_json_key_text(w, "format", rec->format);
  lg_json_key_text(w, "protocol", rec->protocol);
  lg_json_key_text(w, "pairing", rec->pairing);
  lg_json_key(w, "units");
  lg_json_object(w);
  lg_json_key_text(w, "potential", "mV");
  lg_json_key_text(w, "current", "pA");
  lg_json_key_text(w, "time", "ms");
  lg_json_end_object(w);
  lg_json_key_integer(w, "n_sweeps", (int64_t)rec->n_sweeps);
  lg_json_key_integer(w, "n_samples", (int64_t)s.v.n);
  lg_json_key_integer(w, "sweeps_with_current", (int64_t)s.with_current);
  lg_json_key_integer(w, "sweeps_with_step", (int64_t)s.with_step);
  info_range_json(w, "v_mV", &s.v, "mV");
  if (s.with_current) {
    info_range_json(w, "i_pA", &s.i, "pA");
  } else {
    lg_json_key(w, "i_pA");
    lg_json_null(w);
  }
  lg_json_key(w, "warnings");
  lg_json_array(w);
  for (size_t k = 0; k < rec->n_warnings; k++) lg_json_text(w, rec->warnings[k]);
  lg_json_end_array(w);
  files_json(ctx, w, rec);
  lg_json_key(w, "sweeps");
  lg_json_array(w);
  for (size_t k = 0; k < rec->n_sweeps; k++) sweep_json(w, k, &rec->sweeps[k]);
  lg_json_end_array(w);
}
