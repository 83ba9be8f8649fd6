/* The parts of an NWB 2 file (schema 2.7.0, hdmf-common 1.8.0; https://nwb-schema.readthedocs.io). */
#define _XOPEN_SOURCE 700
#include "io/nwb_out.h"

#include <stdlib.h>
#include <string.h>

static const char electrode[] = "/general/intracellular_ephys/electrode";
static const char table[] = "/general/intracellular_ephys/intracellular_recordings";

/* Every typed object has a UUID; ours comes from the content and the path, so that it is the same every time. */
static void put_type(lg_nwb_out *out, const char *path, const char *namespace, const char *type) {
  char seed[65 + 256], hex[65], uuid[37];
  (void)snprintf(seed, sizeof seed, "%s%s", out->identifier, path);
  lg_sha256_bytes(seed, strlen(seed), hex);
  (void)snprintf(uuid, sizeof uuid, "%.8s-%.4s-8%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
  lg_h5_put_attribute_text(&out->h5, path, "namespace", namespace);
  lg_h5_put_attribute_text(&out->h5, path, "neurodata_type", type);
  lg_h5_put_attribute_text(&out->h5, path, "object_id", uuid);
}

static void put_session(lg_nwb_out *out, const char *description, const char *protocol, const char *notes,
                        const char *created) {
  /* a recording keeps no date; the epoch stands for "unknown", and session_description says so */
  static const char unknown[] = "1970-01-01T00:00:00+00:00";
  lg_h5_put_text(&out->h5, "/identifier", out->identifier);
  lg_h5_put_text(&out->h5, "/session_description", description);
  lg_h5_put_text(&out->h5, "/session_start_time", unknown);
  lg_h5_put_text(&out->h5, "/timestamps_reference_time", unknown);
  lg_h5_put_texts(&out->h5, "/file_create_date", &created, 1);
  if (protocol[0]) lg_h5_put_text(&out->h5, "/general/protocol", protocol);
  if (notes[0]) lg_h5_put_text(&out->h5, "/general/notes", notes);
}

static void put_groups(lg_nwb_out *out) {
  static const char *const groups[] = {"/acquisition",
                                       "/analysis",
                                       "/processing",
                                       "/stimulus",
                                       "/stimulus/presentation",
                                       "/stimulus/templates",
                                       "/general",
                                       "/general/devices",
                                       "/general/devices/amplifier",
                                       "/general/intracellular_ephys",
                                       electrode};
  put_type(out, "/", "core", "NWBFile");
  lg_h5_put_attribute_text(&out->h5, "/", "nwb_version", "2.7.0");
  for (size_t k = 0; k < sizeof groups / sizeof groups[0]; k++) lg_h5_put_group(&out->h5, groups[k]);
  put_type(out, "/general/devices/amplifier", "core", "Device");
  put_type(out, electrode, "core", "IntracellularElectrode");
  lg_h5_put_text(&out->h5, "/general/intracellular_ephys/electrode/description", "not stated");
  lg_h5_put_soft_link(&out->h5, "/general/intracellular_ephys/electrode/device", "/general/devices/amplifier");
}

lg_status lg_nwb_out_open(lg_ctx *ctx, lg_nwb_out *out, const char *identifier, const char *description,
                          const char *protocol, const char *notes, lg_provenance *provenance) {
  char start[40], now[40] = "1970-01-01T00:00:00Z";
  char *text = NULL;
  (void)snprintf(out->identifier, sizeof out->identifier, "%s", identifier);
  if (provenance) {
    lg_provenance_times(provenance, start, now);
    text = lg_provenance_text(ctx, provenance);
    if (!text) return LG_ERR_MEMORY;
  }
  const lg_status status = lg_h5_out_open(ctx, &out->h5);
  if (status == LG_OK) {
    put_groups(out);
    put_session(out, description, protocol, notes, now);
    if (text) {
      lg_h5_put_text(&out->h5, "/general/source_script", text);
      lg_h5_put_attribute_text(&out->h5, "/general/source_script", "file_name", "loligo");
    }
  }
  free(text);
  return status;
}

static void put_time(lg_nwb_out *out, const lg_nwb_out_series *s, const char *path, char *part, size_t bytes) {
  if (s->timestamps_s) {
    (void)snprintf(part, bytes, "%s/timestamps", path);
    lg_h5_put_vector(&out->h5, part, H5T_NATIVE_DOUBLE, s->timestamps_s, s->n);
    lg_h5_put_attribute_integer(&out->h5, part, "interval", H5T_STD_I32LE, 1);
  } else {
    (void)snprintf(part, bytes, "%s/starting_time", path);
    lg_h5_put_number(&out->h5, part, s->start_s);
    lg_h5_put_attribute_number(&out->h5, part, "rate", s->rate_Hz);
  }
  lg_h5_put_attribute_text(&out->h5, part, "unit", "seconds");
}

void lg_nwb_out_series_add(lg_nwb_out *out, const lg_nwb_out_series *s) {
  char path[256], part[300];
  (void)snprintf(path, sizeof path, "%s/%s", s->place, s->name);
  lg_h5_put_group(&out->h5, path);
  put_type(out, path, "core", s->type);
  lg_h5_put_attribute_text(&out->h5, path, "description", s->description);
  lg_h5_put_attribute_text(&out->h5, path, "comments", "no comments");
  if (s->stimulus) {
    lg_h5_put_attribute_text(&out->h5, path, "stimulus_description", s->stimulus[0] ? s->stimulus : "N/A");
    (void)snprintf(part, sizeof part, "%s/electrode", path);
    lg_h5_put_soft_link(&out->h5, part, electrode);
  }
  if (s->sweep_number >= 0) lg_h5_put_attribute_integer(&out->h5, path, "sweep_number", H5T_STD_U32LE, s->sweep_number);
  (void)snprintf(part, sizeof part, "%s/data", path);
  lg_h5_put_vector(&out->h5, part, H5T_NATIVE_DOUBLE, s->data, s->n);
  lg_h5_put_attribute_text(&out->h5, part, "unit", s->unit);
  lg_h5_put_attribute_number(&out->h5, part, "conversion", s->conversion);
  lg_h5_put_attribute_number(&out->h5, part, "offset", 0.0);
  lg_h5_put_attribute_number(&out->h5, part, "resolution", -1.0);
  put_time(out, s, path, part, sizeof part);
}

/* ---- the table of intracellular recordings -------------------------------------------------------------- */

static void put_table(lg_nwb_out *out, const char *path, const char *namespace, const char *type, const char *what,
                      const char *const *columns, size_t n_columns, const int64_t *id, size_t n) {
  char part[300];
  lg_h5_put_group(&out->h5, path);
  put_type(out, path, namespace, type);
  lg_h5_put_attribute_text(&out->h5, path, "description", what);
  lg_h5_put_attribute_texts(&out->h5, path, "colnames", columns, n_columns);
  (void)snprintf(part, sizeof part, "%s/id", path);
  lg_h5_put_vector(&out->h5, part, H5T_STD_I64LE, id, n);
  put_type(out, part, "hdmf-common", "ElementIdentifiers");
}

typedef struct range {
  int32_t idx_start, count;
  hobj_ref_t series;
} range;

static hid_t range_type(void) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(range));
  if (type >= 0 && H5Tinsert(type, "idx_start", offsetof(range, idx_start), H5T_NATIVE_INT32) >= 0 &&
      H5Tinsert(type, "count", offsetof(range, count), H5T_NATIVE_INT32) >= 0 &&
      H5Tinsert(type, "timeseries", offsetof(range, series), H5T_STD_REF_OBJ) >= 0)
    return type;
  if (type >= 0) (void)H5Tclose(type);
  return -1;
}

/* One column of ranges; `stimuli` chooses which of the two sides of the rows. */
static lg_status put_ranges(lg_ctx *ctx, lg_nwb_out *out, const char *path, const char *what,
                            const lg_nwb_out_row *rows, size_t n, bool stimuli) {
  range *ranges = lg_alloc(ctx, n, sizeof *ranges);
  if (!ranges) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++) {
    const char *wanted = stimuli ? rows[k].stimulus : rows[k].response;
    /* an absent one refers to the response, as the schema says: a reference must be valid */
    const char *target = wanted ? wanted : rows[k].response;
    ranges[k].idx_start = wanted ? 0 : -1;
    ranges[k].count = wanted ? (int32_t)(stimuli ? rows[k].n_stimulus : rows[k].n_response) : -1;
    if (!out->h5.bad && H5Rcreate(&ranges[k].series, out->h5.file, target, H5R_OBJECT, -1) < 0) out->h5.bad = true;
  }
  const hid_t type = range_type();
  if (type < 0) out->h5.bad = true;
  lg_h5_put_vector(&out->h5, path, type, ranges, n);
  put_type(out, path, "core", "TimeSeriesReferenceVectorData");
  lg_h5_put_attribute_text(&out->h5, path, "description", what);
  if (type >= 0) (void)H5Tclose(type);
  lg_free(ctx, ranges);
  return LG_OK;
}

lg_status lg_nwb_out_table(lg_ctx *ctx, lg_nwb_out *out, const lg_nwb_out_row *rows, size_t n) {
  static const char *const categories[] = {"electrodes", "responses", "stimuli"};
  static const char *const columns[] = {"electrode", "response", "stimulus"};
  static const char *const types[] = {"IntracellularElectrodesTable", "IntracellularResponsesTable",
                                      "IntracellularStimuliTable"};
  lg_status status = LG_OK;
  const char **electrodes = NULL;
  int64_t *id = NULL;
  char path[256];
  if (n == 0) return LG_OK;
  LG_NEW(ctx, id, n);
  electrodes = lg_alloc(ctx, n, sizeof *electrodes);
  if (!electrodes) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  for (size_t k = 0; k < n; k++) id[k] = (int64_t)k, electrodes[k] = electrode;
  put_table(out, table, "core", "IntracellularRecordingsTable", "Which stimulus belongs to which response.", NULL, 0,
            id, n);
  lg_h5_put_attribute_texts(&out->h5, table, "categories", categories, 3);
  for (size_t k = 0; k < 3; k++) {
    (void)snprintf(path, sizeof path, "%s/%s", table, categories[k]);
    put_table(out, path, "core", types[k], "One row per recorded sweep.", &columns[k], 1, id, n);
    (void)snprintf(path, sizeof path, "%s/%s/%s", table, categories[k], columns[k]);
    if (k == 0) {
      lg_h5_put_references(&out->h5, path, electrodes, n);
      put_type(out, path, "hdmf-common", "VectorData");
      lg_h5_put_attribute_text(&out->h5, path, "description", "The electrode of the sweep.");
    } else {
      LG_TRY(put_ranges(ctx, out, path, k == 1 ? "The recorded response." : "The injected current.", rows, n, k == 2));
    }
  }
done:
  lg_free(ctx, id);
  lg_free(ctx, (void *)electrodes);
  return status;
}
