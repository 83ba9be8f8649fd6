/* Traces as HDF5: one dataset per column, named as in the CSV. */
#include "io/h5_write.h"
#include "io/trace_write_internal.h"

#include <stdlib.h>
#include <string.h>

void lg_trace_unit(const char *column, char *unit, size_t bytes) {
  static const char *const units[] = {"ms",   "s",  "mV",   "V",      "uV",     "pA",     "nA", "uA",  "A",     "nS",
                                      "uS",   "mS", "pF",   "nF",     "uF",     "uM",     "nM", "mM",  "Hz",    "kHz",
                                      "degC", "um", "MOhm", "mS_cm2", "uA_cm2", "uF_cm2", "nN", "kPa", "mV_ms", "V_s"};
  unit[0] = '\0';
  /* the unit is the first word behind a '_' that is one: "v_mV_soma", "i_syn_pA" */
  for (const char *at = strchr(column, '_'); at; at = strchr(at + 1, '_'))
    for (size_t k = sizeof units / sizeof units[0]; k-- > 0;) { /* compound units stand last */
      const size_t n = strlen(units[k]);
      if (strncmp(at + 1, units[k], n) != 0 || (at[1 + n] != '\0' && at[1 + n] != '_')) continue;
      (void)snprintf(unit, bytes, "%s", units[k]);
      return;
    }
}

static lg_status put_all(lg_ctx *ctx, lg_h5_out *out, const lg_trace *trace, const char **names) {
  char path[256], unit[16];
  lg_h5_put_attribute_text(out, "/", "format", "loligo-trace");
  lg_h5_put_attribute_integer(out, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_attribute_texts(out, "/", "columns", names, trace->n_columns);
  for (size_t c = 0; c < trace->n_columns; c++) {
    (void)snprintf(path, sizeof path, "/%s", names[c]);
    lg_trace_unit(names[c], unit, sizeof unit);
    lg_h5_put_vector(out, path, H5T_NATIVE_DOUBLE, trace->columns[c].values, trace->n_rows);
    lg_h5_put_attribute_text(out, path, "unit", unit[0] ? unit : "1");
  }
  return lg_h5_put_provenance(ctx, out, trace->provenance);
}

lg_status lg_trace_write_h5(lg_ctx *ctx, const char *path, const lg_trace *trace) {
  lg_status status = LG_OK;
  lg_h5_out out;
  bool open = false;
  const char **names = lg_alloc(ctx, trace->n_columns, sizeof *names);
  if (!names) return LG_ERR_MEMORY;
  for (size_t c = 0; c < trace->n_columns; c++) names[c] = trace->columns[c].name;
  LG_TRY(lg_h5_out_open(ctx, &out));
  open = true;
  LG_TRY(put_all(ctx, &out, trace, names));
  open = false;
  status = lg_h5_out_commit(ctx, &out, path);
done:
  if (open) lg_h5_out_discard(&out);
  lg_free(ctx, (void *)names);
  return status;
}
