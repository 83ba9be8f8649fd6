/* What a case says of IP3 receptors, IP3, the ER's buffer, store-operated entry, voltage-dependent channels. */
#include "io/table.h"
#include "twin/calcium_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct number {
  const char *key, *unit;
  double low, high;
  double *value; /* holds the default */
} number;

static lg_status read_numbers(lg_ctx *ctx, const lg_json_at *at, const number *rows, size_t n) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n && status == LG_OK; k++)
    status = lg_json_get_number_or(ctx, at, rows[k].key, rows[k].unit, rows[k].low, rows[k].high, *rows[k].value,
                                   rows[k].value);
  return status;
}

static lg_status read_source(lg_ctx *ctx, const lg_json_at *at, size_t n_sections, calcium_ip3_source *out) {
  static const char *const keys[] = {"j0_uM_um_s", "x0_um", "sigma_um", "t_on_s", "t_off_s", "section", "shape"};
  lg_status status = LG_OK;
  calcium_stimulus *s = &out->shape;
  const char *shape;
  int64_t section = 0;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_number_in(ctx, at, "j0_uM_um_s", "uM um/s", 0.0, 1e12, &s->j0));
  LG_TRY(lg_json_get_number_or(ctx, at, "x0_um", "um", -1e7, 1e7, 0.0, &s->x0_um));
  LG_TRY(lg_json_get_number_in(ctx, at, "sigma_um", "um", 1e-9, 1e7, &s->sigma_um));
  LG_TRY(lg_json_get_number_or(ctx, at, "t_on_s", "s", 0.0, 1e6, 0.0, &s->on_s));
  LG_TRY(lg_json_get_number_in(ctx, at, "t_off_s", "s", 0.0, 1e6, &s->off_s));
  if (lg_json_has(at, "section")) LG_TRY(lg_json_get_integer(ctx, at, "section", 0, (int64_t)n_sections - 1, &section));
  s->section = (size_t)section;
  LG_TRY(lg_json_get_text_or(ctx, at, "shape", "level", &shape));
  out->level = strcmp(shape, "level") == 0;
  if (!out->level && strcmp(shape, "ramp-down") != 0)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.shape: \"level\" or \"ramp-down\", got \"%.40s\"", at->file, at->path,
                     shape);
done:
  return status;
}

static lg_status read_ip3(lg_ctx *ctx, const lg_json_at *root, size_t n_sections, calcium_extras *x) {
  static const char *const keys[] = {"D", "rest_uM", "decay_per_s", "sources"};
  lg_status status = LG_OK;
  lg_json_at at, list;
  size_t n;
  const number rows[] = {{"D", "um²/s", 0.0, 1e6, &x->ip3_diffusion},
                         {"rest_uM", "uM", 0.0, 1e6, &x->ip3_rest_uM},
                         {"decay_per_s", "1/s", 0.0, 1e6, &x->ip3_decay_per_s}};
  x->has_ip3 = true;
  LG_TRY(lg_json_get_object(ctx, root, "ip3", &at));
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(read_numbers(ctx, &at, rows, COUNT(rows)));
  if (!lg_json_has(&at, "sources")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, &at, "sources", &list, &n));
  LG_NEW(ctx, x->ip3_sources, n);
  x->n_ip3_sources = n;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(read_source(ctx, &item, n_sections, &x->ip3_sources[k]));
  }
done:
  return status;
}

static lg_status read_ip3r(lg_ctx *ctx, const lg_json_at *root, size_t n_sections, calcium_extras *x) {
  static const char *const keys[] = {"model", "density", "p_I_um3_s", "d1_uM", "d2_uM", "d3_uM", "d5_uM", "a2"};
  lg_status status = LG_OK;
  lg_json_at at;
  const char *model;
  const number rows[] = {{"p_I_um3_s", "um³/s", 0.0, 1e9, &x->ip3r_permeability_um3_s},
                         {"d1_uM", "uM", 1e-9, 1e6, &x->ip3r.d1},
                         {"d2_uM", "uM", 1e-9, 1e6, &x->ip3r.d2},
                         {"d3_uM", "uM", 1e-9, 1e6, &x->ip3r.d3},
                         {"d5_uM", "uM", 1e-9, 1e6, &x->ip3r.d5},
                         {"a2", "1/(uM s)", 1e-9, 1e6, &x->ip3r.a2}};
  x->has_ip3r = true;
  LG_TRY(lg_json_get_object(ctx, root, "ip3r", &at));
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_text_or(ctx, &at, "model", "li-rinzel", &model));
  x->ip3r_closed_form = strcmp(model, "closed-form") == 0;
  if (!x->ip3r_closed_form && strcmp(model, "li-rinzel") != 0) {
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "%s: ip3r.model: \"li-rinzel\" or \"closed-form\", got \"%.40s\"", at.file, model);
    goto done;
  }
  LG_TRY(read_numbers(ctx, &at, rows, COUNT(rows)));
  LG_TRY(lg_calcium_read_profile(ctx, &at, "density", n_sections, &x->ip3r_density));
done:
  return status;
}

static lg_status read_er_buffer(lg_ctx *ctx, const lg_json_at *root, calcium_extras *x) {
  static const char *const keys[] = {"D", "kp", "km", "total_uM"};
  lg_status status = LG_OK;
  lg_json_at at;
  const number rows[] = {{"D", "um²/s", 0.0, 1e6, &x->er_buffer_diffusion},
                         {"kp", "1/(uM s)", 0.0, 1e6, &x->er_buffer_on},
                         {"km", "1/s", 1e-12, 1e9, &x->er_buffer_off},
                         {"total_uM", "uM", 0.0, 1e9, &x->er_buffer_total}};
  x->has_er_buffer = true;
  LG_TRY(lg_json_get_object(ctx, root, "er_buffer", &at));
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(read_numbers(ctx, &at, rows, COUNT(rows)));
done:
  return status;
}

static lg_status read_soce(lg_ctx *ctx, const lg_json_at *root, size_t n_sections, calcium_extras *x) {
  static const char *const keys[] = {"density", "I_SOC_mol_s", "K_uM", "n", "tau_s"};
  lg_status status = LG_OK;
  lg_json_at at;
  const number rows[] = {{"I_SOC_mol_s", "mol/s", 0.0, 1.0, &x->soce_current_mol_s},
                         {"K_uM", "uM", 1e-6, 1e6, &x->soce_half_uM},
                         {"n", NULL, 0.1, 50.0, &x->soce_hill},
                         {"tau_s", "s", 0.0, 1e6, &x->soce_tau_s}};
  x->has_soce = true;
  LG_TRY(lg_json_get_object(ctx, root, "soce", &at));
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(read_numbers(ctx, &at, rows, COUNT(rows)));
  LG_TRY(lg_calcium_read_profile(ctx, &at, "density", n_sections, &x->soce_density));
done:
  return status;
}

static lg_status read_gate(lg_ctx *ctx, const lg_json_at *channel, const char *key, calcium_vdcc_gate *g) {
  static const char *const keys[] = {"z", "half_mV", "tau_s", "power"};
  lg_status status = LG_OK;
  lg_json_at at;
  int64_t power = g->power > 0 ? g->power : 1;
  const number rows[] = {{"z", NULL, -100.0, 100.0, &g->z},
                         {"half_mV", "mV", -1000.0, 1000.0, &g->half_mV},
                         {"tau_s", "s", 1e-9, 1e6, &g->tau_s}};
  if (!lg_json_has(channel, key)) return LG_OK;
  LG_TRY(lg_json_get_object(ctx, channel, key, &at));
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  LG_TRY(read_numbers(ctx, &at, rows, COUNT(rows)));
  if (lg_json_has(&at, "power")) LG_TRY(lg_json_get_integer(ctx, &at, "power", 0, 8, &power));
  g->power = (int)power;
done:
  return status;
}

static lg_status read_channel(lg_ctx *ctx, const lg_json_at *at, size_t n_sections, calcium_vdcc *v) {
  static const char *const keys[] = {"type", "name", "density", "p_um3_s", "m", "h"};
  lg_status status = LG_OK;
  const char *type, *name;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_text(ctx, at, "type", &type));
  if (!lg_calcium_vdcc_type(type, v)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.type: \"N\", \"L\" or \"T\", got \"%.40s\"", at->file, at->path, type);
    goto done;
  }
  LG_TRY(lg_json_get_text_or(ctx, at, "name", type, &name));
  (void)snprintf(v->name, sizeof v->name, "%s", name);
  LG_TRY(lg_json_get_number_or(ctx, at, "p_um3_s", "um³/s", 0.0, 1e9, v->permeability_um3_s, &v->permeability_um3_s));
  LG_TRY(read_gate(ctx, at, "m", &v->gates[0]));
  LG_TRY(read_gate(ctx, at, "h", &v->gates[1]));
  LG_TRY(lg_calcium_read_profile(ctx, at, "density", n_sections, &v->density));
done:
  return status;
}

static lg_status read_vdcc(lg_ctx *ctx, const lg_json_at *root, size_t n_sections, calcium_extras *x) {
  lg_status status = LG_OK;
  lg_json_at list;
  size_t n;
  LG_TRY(lg_json_get_array(ctx, root, "vdcc", &list, &n));
  LG_NEW(ctx, x->vdcc, n);
  x->n_vdcc = n;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(read_channel(ctx, &item, n_sections, &x->vdcc[k]));
  }
done:
  return status;
}

lg_status lg_calcium_beside(lg_ctx *ctx, const char *path, const char *name, char **out) {
  lg_status status = LG_OK;
  const char *slash = strrchr(path, '/');
  const size_t folder = slash && name[0] != '/' ? (size_t)(slash - path) + 1 : 0, bytes = strlen(name) + 1;
  LG_NEW(ctx, *out, folder + bytes);
  memcpy(*out, path, folder);
  memcpy(*out + folder, name, bytes);
done:
  return status;
}

/* Columns t_s or t_ms and v_mV (or another) of a table; the time t0_s of the file is 0 in the run. */
static lg_status read_recording(lg_ctx *ctx, const lg_json_at *at, const char *path, calcium_voltage *v) {
  static const char *const keys[] = {"csv", "column", "t0_s"};
  lg_status status = LG_OK;
  lg_table *table = NULL;
  char *full = NULL;
  const char *name, *column;
  double zero;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_text(ctx, at, "csv", &name));
  LG_TRY(lg_json_get_text_or(ctx, at, "column", "v_mV", &column));
  LG_TRY(lg_json_get_number_or(ctx, at, "t0_s", "s", -1e9, 1e9, 0.0, &zero));
  LG_TRY(lg_calcium_beside(ctx, path, name, &full));
  LG_TRY(lg_table_read(ctx, full, &table));
  const lg_table_item *s = lg_table_find(table, "t_s"), *ms = lg_table_find(table, "t_ms"), *t = s ? s : ms,
                      *mV = lg_table_find(table, column);
  if (!t || !t->x || !mV || !mV->x || mV->n != t->n || t->n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: voltage_mV.csv: %s has no columns of numbers t_s or t_ms and %s",
                     at->file, name, column);
    goto done;
  }
  LG_NEW(ctx, v->t_s, t->n);
  LG_NEW(ctx, v->v_mV, t->n);
  v->n = t->n;
  for (size_t k = 0; k < t->n; k++) {
    v->t_s[k] = (s ? 1.0 : 1e-3) * t->x[k] - zero;
    v->v_mV[k] = mV->x[k];
  }
done:
  lg_table_destroy(ctx, table);
  lg_free(ctx, full);
  return status;
}

static lg_status read_voltage(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_voltage *v) {
  lg_status status = LG_OK;
  lg_json_at at;
  LG_TRY(lg_json_get(ctx, root, "voltage_mV", &at));
  if (lg_json_is_array(&at)) return lg_calcium_read_rows2(ctx, root, "voltage_mV", "s", &v->t_s, &v->v_mV, &v->n);
  if (lg_json_is_object(&at)) return read_recording(ctx, &at, path, v);
  LG_NEW(ctx, v->t_s, 1);
  LG_NEW(ctx, v->v_mV, 1);
  v->n = 1;
  LG_TRY(lg_json_get_number_in(ctx, root, "voltage_mV", "mV", -1000.0, 1000.0, v->v_mV));
done:
  return status;
}

lg_status lg_calcium_read_extras(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c) {
  static const char *const own[] = {"ip3r", "ip3", "er_buffer", "soce", "vdcc"}, *const of_vdcc[] = {"voltage_mV",
                                                                                                     "rest_mV",
                                                                                                     "celsius"};
  lg_status status = LG_OK;
  const bool cable = lg_json_has(root, "cable");
  bool any = cable;
  for (size_t k = 0; k < COUNT(own); k++) any = any || lg_json_has(root, own[k]);
  for (size_t k = 0; k < COUNT(of_vdcc); k++)
    if (lg_json_has(root, of_vdcc[k]) && !lg_json_has(root, "vdcc"))
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: given, but there are no voltage-dependent channels (vdcc)",
                     root->file, of_vdcc[k]);
  if (!any) return LG_OK;
  LG_NEW(ctx, c->extras, 1);
  calcium_extras *x = c->extras;
  *x = lg_calcium_extras_default();
  if (lg_json_has(root, "ip3")) LG_TRY(read_ip3(ctx, root, c->n_sections, x));
  if (lg_json_has(root, "ip3r")) LG_TRY(read_ip3r(ctx, root, c->n_sections, x));
  if (lg_json_has(root, "er_buffer")) LG_TRY(read_er_buffer(ctx, root, x));
  if (lg_json_has(root, "soce")) LG_TRY(read_soce(ctx, root, c->n_sections, x));
  if (lg_json_has(root, "vdcc")) LG_TRY(read_vdcc(ctx, root, c->n_sections, x));
  if (cable) {
    x->voltage.sort = CALCIUM_VOLTAGE_OUTSIDE;
    if (lg_json_has(root, "voltage_mV")) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s: voltage_mV: the cable has the voltage", root->file);
      goto done;
    }
  }
  if (lg_json_has(root, "voltage_mV")) LG_TRY(read_voltage(ctx, root, path, &x->voltage));
  LG_TRY(lg_json_get_number_or(ctx, root, "rest_mV", "mV", -1000.0, 1000.0, (double)NAN, &x->rest_mV));
  LG_TRY(lg_json_get_number_or(ctx, root, "celsius", "°C", -20.0, 100.0, x->celsius, &x->celsius));
done:
  return status;
}
