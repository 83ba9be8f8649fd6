/* The series of an NWB file: which there are, their time, their scale; and their samples. */
#define _XOPEN_SOURCE 700
#include "io/nwb_internal.h"

#include <math.h>
#include <string.h>

enum { MAX_SERIES = 100000, LABEL_BYTES = 256 };

const char *nwb_place_path(nwb_place place) {
  static const char *const paths[] = {"/acquisition", "/stimulus/presentation", "/stimulus/templates"};
  return paths[place];
}

bool nwb_is_response(const nwb_series *s) {
  return s->place == NWB_ACQUISITION && (s->kind == NWB_CURRENT_CLAMP || s->kind == NWB_ZERO_CLAMP);
}

static nwb_kind kind_of(hid_t object) {
  static const struct {
    const char *type;
    nwb_kind kind;
  } table[] = {{"CurrentClampSeries", NWB_CURRENT_CLAMP},
               {"IZeroClampSeries", NWB_ZERO_CLAMP},
               {"VoltageClampSeries", NWB_VOLTAGE_CLAMP},
               {"CurrentClampStimulusSeries", NWB_CURRENT_STIMULUS},
               {"VoltageClampStimulusSeries", NWB_VOLTAGE_STIMULUS}};
  char type[64];
  if (!lg_h5_attribute_text(object, "neurodata_type", type, sizeof type)) return NWB_OTHER;
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (strcmp(type, table[k].type) == 0) return table[k].kind;
  return NWB_OTHER;
}

static void label_of(const nwb_series *s, const char *part, char label[LABEL_BYTES]) {
  (void)snprintf(label, LABEL_BYTES, "%s/%.120s/%s", nwb_place_path(s->place), s->name, part);
}

/* Factor from the stored unit to mV or pA. NWB fixes volts and amperes; some writers store other ones and say so. */
static lg_status unit_factor(lg_ctx *ctx, const nwb_series *s, hid_t dataset, double *factor) {
  static const struct {
    const char *unit;
    bool potential;
    double factor;
  } table[] = {
      {"volts", true, 1e3},     {"volt", true, 1e3},         {"V", true, 1e3},
      {"Volts", true, 1e3},     {"millivolts", true, 1.0},   {"millivolt", true, 1.0},
      {"mV", true, 1.0},        {"microvolts", true, 1e-3},  {"uV", true, 1e-3},
      {"amperes", false, 1e12}, {"ampere", false, 1e12},     {"amps", false, 1e12},
      {"A", false, 1e12},       {"Amperes", false, 1e12},    {"nanoamperes", false, 1e3},
      {"nA", false, 1e3},       {"picoamperes", false, 1.0}, {"pA", false, 1.0},
  };
  const bool potential = s->kind == NWB_CURRENT_CLAMP || s->kind == NWB_ZERO_CLAMP;
  char unit[32];
  *factor = potential ? 1e3 : 1e12;
  if (!lg_h5_attribute_text(dataset, "unit", unit, sizeof unit)) return LG_OK; /* the schema fixes it */
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    if (table[k].potential != potential || strcmp(unit, table[k].unit) != 0) continue;
    *factor = table[k].factor;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s/%.120s has the unit '%s'; %s is expected", nwb_place_path(s->place), s->name,
                 unit, potential ? "volts" : "amperes");
}

static lg_status read_scale(lg_ctx *ctx, nwb_series *s, hid_t dataset) {
  double conversion = 1.0, offset = 0.0, factor = 1.0;
  (void)lg_h5_attribute_number(dataset, "conversion", &conversion);
  (void)lg_h5_attribute_number(dataset, "offset", &offset);
  const lg_status status = unit_factor(ctx, s, dataset, &factor);
  if (status != LG_OK) return status;
  /* 0.001 V times 1000 is exactly 1: files in mV with a conversion come out with the bits that went in */
  s->scale = conversion * factor;
  s->offset = offset * factor;
  if (isfinite(s->scale) && s->scale != 0.0 && isfinite(s->offset)) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "%s/%.120s: conversion %g and offset %g give no scale", nwb_place_path(s->place),
                 s->name, conversion, offset);
}

/* Timestamps must be a regular grid to 1 % of the step; anything else cannot be one sweep. */
static lg_status check_grid(lg_ctx *ctx, nwb_series *s, const double *t_s) {
  const double step = (t_s[s->n - 1] - t_s[0]) / (double)(s->n - 1);
  for (size_t k = 0; k < s->n; k++) {
    const double away = fabs(t_s[k] - (t_s[0] + (double)k * step));
    if (away <= 0.01 * step) continue;
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "%s/%.120s: the timestamps are not regular (sample %zu lies %g ms off a step of %g ms); resample it",
                   nwb_place_path(s->place), s->name, k, 1e3 * away, 1e3 * step);
  }
  s->start_s = t_s[0];
  s->dt_ms = 1e3 * step;
  return LG_OK;
}

static lg_status read_timestamps(nwb_file *file, nwb_series *s, hid_t object) {
  lg_status status = LG_OK;
  hid_t dataset = -1;
  double *t_s = NULL;
  size_t n = 0;
  char label[LABEL_BYTES];
  label_of(s, "timestamps", label);
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, object, "timestamps", label, H5T_FLOAT, H5T_FLOAT, &dataset, &n));
  if (n != s->n || n < 2) {
    status = lg_fail(file->ctx, LG_ERR_FORMAT, "%s has %zu elements for %zu samples", label, n, s->n);
    goto done;
  }
  LG_NEW(file->ctx, t_s, n);
  LG_TRY(lg_h5_read_vector(file->ctx, dataset, label, H5T_NATIVE_DOUBLE, 0, n, t_s));
  LG_TRY(check_grid(file->ctx, s, t_s));
done:
  lg_free(file->ctx, t_s);
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

static lg_status read_time(nwb_file *file, nwb_series *s, hid_t object) {
  double rate = (double)NAN;
  if (!lg_h5_dataset_number(&file->h5, object, "starting_time", &s->start_s)) return read_timestamps(file, s, object);
  const hid_t start = lg_h5_object(&file->h5, object, "starting_time");
  if (start >= 0) {
    (void)lg_h5_attribute_number(start, "rate", &rate);
    (void)H5Oclose(start);
  }
  s->dt_ms = 1000.0 / rate;
  if (rate > 0.0 && isfinite(rate) && isfinite(s->dt_ms) && s->dt_ms > 0.0 && isfinite(s->start_s)) return LG_OK;
  return lg_fail(file->ctx, LG_ERR_FORMAT, "%s/%.120s: starting_time %g s with rate %g Hz is no time",
                 nwb_place_path(s->place), s->name, s->start_s, rate);
}

static lg_status describe(nwb_file *file, nwb_series *s, hid_t object) {
  lg_status status = LG_OK;
  double number = -1.0;
  hid_t dataset = -1;
  char label[LABEL_BYTES];
  s->bias_pA = (double)NAN;
  s->sweep_number = -1;
  if (lg_h5_attribute_number(object, "sweep_number", &number) && number >= 0 && number < 4294967295.0)
    s->sweep_number = (int64_t)number;
  (void)lg_h5_attribute_text(object, "stimulus_description", s->description, sizeof s->description);
  if (lg_h5_dataset_number(&file->h5, object, "bias_current", &s->bias_pA)) s->bias_pA *= 1e12;
  const hid_t electrode = lg_h5_has(&file->h5, object, "electrode") ? lg_h5_object(&file->h5, object, "electrode") : -1;
  if (electrode >= 0) {
    (void)lg_h5_identify(electrode, &s->electrode);
    (void)H5Oclose(electrode);
  }
  if (s->kind == NWB_VOLTAGE_CLAMP || s->kind == NWB_VOLTAGE_STIMULUS) return LG_OK; /* only counted */
  label_of(s, "data", label);
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, object, "data", label, H5T_INTEGER, H5T_FLOAT, &dataset, &s->n));
  LG_TRY(read_scale(file->ctx, s, dataset));
  LG_TRY(read_time(file, s, object));
done:
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

/* ---- scanning the groups ------------------------------------------------------------------------ */

typedef struct names {
  lg_ctx *ctx;
  char **items;
  size_t n, room;
  lg_status status;
} names;

static herr_t collect(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  names *list = user;
  (void)group, (void)info;
  if (list->n >= MAX_SERIES) {
    list->status = lg_fail(list->ctx, LG_ERR_UNSUPPORTED, "more than %d objects in one group", MAX_SERIES);
    return -1;
  }
  if (list->n == list->room) {
    const size_t room = list->room ? 2 * list->room : 64;
    char **grown = lg_realloc(list->ctx, (void *)list->items, list->n * sizeof *grown, room, sizeof *grown);
    if (!grown) {
      list->status = LG_ERR_MEMORY;
      return -1;
    }
    list->items = grown;
    list->room = room;
  }
  list->items[list->n] = lg_strdup(list->ctx, name);
  if (!list->items[list->n]) {
    list->status = LG_ERR_MEMORY;
    return -1;
  }
  list->n++;
  return 0;
}

static lg_status add_series(nwb_file *file, nwb_series s) {
  if (file->n_series == file->room) {
    const size_t room = file->room ? 2 * file->room : 64;
    nwb_series *grown = lg_realloc(file->ctx, file->series, file->n_series * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    file->series = grown;
    file->room = room;
  }
  file->series[file->n_series++] = s;
  return LG_OK;
}

static lg_status scan_one(nwb_file *file, hid_t group, nwb_place place, const char *name) {
  lg_status status = LG_OK;
  nwb_series s = {.place = place};
  const hid_t object = lg_h5_object(&file->h5, group, name);
  if (object < 0 && file->h5.external)
    return lg_fail(file->ctx, LG_ERR_UNSUPPORTED,
                   "%s/%.120s is a link to another file; copy the data into one file first", nwb_place_path(place),
                   name);
  if (object < 0)
    return lg_fail(file->ctx, LG_ERR_FORMAT, "%s/%.120s cannot be opened; the file is damaged", nwb_place_path(place),
                   name);
  s.kind = kind_of(object);
  if (s.kind == NWB_OTHER) goto done;
  s.name = lg_strdup(file->ctx, name);
  if (!s.name || !lg_h5_identify(object, &s.id)) {
    status = s.name ? lg_fail(file->ctx, LG_ERR_FORMAT, "%.120s cannot be identified", name) : LG_ERR_MEMORY;
    goto done;
  }
  LG_TRY(describe(file, &s, object));
  LG_TRY(add_series(file, s));
  s.name = NULL;
done:
  lg_free(file->ctx, s.name);
  (void)H5Oclose(object);
  return status;
}

static lg_status scan_group(nwb_file *file, nwb_place place) {
  names list = {.ctx = file->ctx, .status = LG_OK};
  lg_status status = LG_OK;
  const hid_t group = lg_h5_object(&file->h5, file->h5.file, nwb_place_path(place));
  if (group < 0) return LG_OK; /* a file without stimuli has no such group */
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &list) < 0) {
    status = list.status != LG_OK
                 ? list.status
                 : lg_fail(file->ctx, LG_ERR_FORMAT, "%s cannot be listed; the file is damaged", nwb_place_path(place));
    goto done;
  }
  for (size_t k = 0; k < list.n; k++) LG_TRY(scan_one(file, group, place, list.items[k]));
done:
  for (size_t k = 0; k < list.n; k++) lg_free(file->ctx, list.items[k]);
  lg_free(file->ctx, (void *)list.items);
  (void)H5Oclose(group);
  return status;
}

lg_status nwb_scan(nwb_file *file) {
  lg_status status = LG_OK;
  LG_TRY(scan_group(file, NWB_ACQUISITION));
  LG_TRY(scan_group(file, NWB_PRESENTATION));
  LG_TRY(scan_group(file, NWB_TEMPLATES));
done:
  return status;
}

lg_status nwb_read_samples(nwb_file *file, const nwb_series *s, size_t first, size_t count, double *out) {
  lg_status status = LG_OK;
  hid_t dataset = -1;
  size_t n = 0;
  char label[LABEL_BYTES];
  label_of(s, "data", label);
  const hid_t group = lg_h5_object(&file->h5, file->h5.file, nwb_place_path(s->place));
  const hid_t object = group < 0 ? -1 : lg_h5_object(&file->h5, group, s->name);
  if (object < 0) {
    status = lg_fail(file->ctx, LG_ERR_FORMAT, "%s cannot be opened; the file is damaged", label);
    goto done;
  }
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, object, "data", label, H5T_INTEGER, H5T_FLOAT, &dataset, &n));
  if (first > n || count > n - first) {
    status =
        lg_fail(file->ctx, LG_ERR_FORMAT, "%s has %zu samples; %zu from %zu are asked for", label, n, count, first);
    goto done;
  }
  LG_TRY(lg_h5_read_vector(file->ctx, dataset, label, H5T_NATIVE_DOUBLE, first, count, out));
  for (size_t k = 0; k < count; k++) out[k] = out[k] * s->scale + s->offset;
done:
  if (dataset >= 0) (void)H5Dclose(dataset);
  if (object >= 0) (void)H5Oclose(object);
  if (group >= 0) (void)H5Oclose(group);
  return status;
}
