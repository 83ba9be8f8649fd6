/* Cases of calcium in a dendrite: constants, stimulus, what to watch. */
#include "twin/calcium_file.h"
#include "twin/calcium_file_internal.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct row {
  const char *key;
  size_t offset;
} row;

#define ROW(key, field)                                                                                                \
  { key, offsetof(calcium_constants, field) }

static const row constants[] = {ROW("kbp", buffer_on),
                                ROW("kbm", buffer_off),
                                ROW("kap", ka_on),
                                ROW("kam", ka_off),
                                ROW("kbpR", kb_on),
                                ROW("kbmR", kb_off),
                                ROW("kcp", kc_on),
                                ROW("kcm", kc_off),
                                ROW("k_c", rise_closing),
                                ROW("I_R_mol_s", ryr_current),
                                ROW("ce_ref_uM", ryr_er_reference),
                                ROW("I_S_mol_uM_s", serca_current),
                                ROW("K_S", serca_k),
                                ROW("I_P_mol_s", pmca_current),
                                ROW("K_P", pmca_k),
                                ROW("I_N_mol_s", ncx_current),
                                ROW("K_N", ncx_k)};

static const row parameters[] = {ROW("Dc", diffusion_cytosol), ROW("Db", diffusion_buffer), ROW("De", diffusion_er),
                                 ROW("bT", buffer_total),      ROW("c0", cytosol_rest),     ROW("ce0", er_rest),
                                 ROW("co", outside),           ROW("rho_R", ryr_density),   ROW("rho_S", serca_density),
                                 ROW("rho_P", pmca_density),   ROW("rho_N", ncx_density)};

double *lg_calcium_constant(calcium_constants *k, const char *key, bool *parameter) {
  for (size_t g = 0; g < 2; g++) {
    const row *rows = g ? parameters : constants;
    for (size_t r = 0; r < (g ? COUNT(parameters) : COUNT(constants)); r++) {
      if (strcmp(rows[r].key, key) != 0) continue;
      *parameter = g == 1;
      return (double *)((char *)k + rows[r].offset);
    }
  }
  return NULL;
}

static const char *const densities[CALCIUM_DENSITIES] = {"rho_R", "rho_S", "rho_P", "rho_N"};

static bool is_density(const char *key) {
  for (size_t q = 0; q < CALCIUM_DENSITIES; q++)
    if (strcmp(key, densities[q]) == 0) return true;
  return false;
}

/* A number for everywhere, or a profile along the dendrite, whose sections are known. */
static lg_status read_densities(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  lg_json_at at;
  double *const numbers[CALCIUM_DENSITIES] = {&c->constants.ryr_density, &c->constants.serca_density,
                                              &c->constants.pmca_density, &c->constants.ncx_density};
  if (!lg_json_has(root, "parameters")) return LG_OK;
  lg_status status = lg_json_get_object(ctx, root, "parameters", &at);
  for (size_t q = 0; q < CALCIUM_DENSITIES && status == LG_OK; q++) {
    if (!lg_json_has(&at, densities[q])) continue;
    status = lg_calcium_read_profile(ctx, &at, densities[q], c->n_sections, &c->densities[q]);
    *numbers[q] = c->densities[q].everywhere;
  }
  return status;
}

static lg_status read_rows(lg_ctx *ctx, const lg_json_at *root, const char *key, const row *rows, size_t n,
                           calcium_constants *out) {
  const char *names[32];
  lg_json_at at;
  lg_status status;
  if (!lg_json_has(root, key)) return LG_OK;
  status = lg_json_get_object(ctx, root, key, &at);
  for (size_t k = 0; k < n; k++) names[k] = rows[k].key;
  if (status == LG_OK) status = lg_json_only_keys(ctx, &at, names, n);
  for (size_t k = 0; k < n && status == LG_OK; k++) {
    double *value = (double *)((char *)out + rows[k].offset);
    if (lg_json_has(&at, rows[k].key) && is_density(rows[k].key)) continue; /* may be more than a number */
    status = lg_json_get_number_or(ctx, &at, rows[k].key, NULL, -1e300, 1e300, *value, value);
  }
  return status;
}

static lg_status read_stimulus(lg_ctx *ctx, const lg_json_at *at, size_t n_sections, calcium_stimulus *out) {
  static const char *const keys[] = {"j0_uM_um_s", "total_mol_s", "x0_um", "sigma_um",    "t_on_s", "t_off_s",
                                     "formula",    "section",     "on",    "description", "name"};
  int64_t section = 0;
  lg_status status = lg_json_only_keys(ctx, at, keys, COUNT(keys));
  const bool total = lg_json_has(at, "total_mol_s");
  if (status == LG_OK && total && lg_json_has(at, "j0_uM_um_s"))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: j0_uM_um_s and total_mol_s exclude each other", at->file, at->path);
  if (status == LG_OK && total)
    status = lg_json_get_number_in(ctx, at, "total_mol_s", "mol/s", 1e-30, 1.0, &out->total_mol_s);
  if (status == LG_OK && !total)
    status = lg_json_get_number_in(ctx, at, "j0_uM_um_s", "uM um/s", -1e12, 1e12, &out->j0);
  if (status == LG_OK) status = lg_json_get_number_or(ctx, at, "x0_um", "um", -1e7, 1e7, 0.0, &out->x0_um);
  if (status == LG_OK && (!total || lg_json_has(at, "sigma_um")))
    status = lg_json_get_number_in(ctx, at, "sigma_um", "um", total ? 0.0 : 1e-9, 1e7, &out->sigma_um);
  if (status == LG_OK) status = lg_json_get_number_or(ctx, at, "t_on_s", "s", 0.0, 1e6, 0.0, &out->on_s);
  if (status == LG_OK) status = lg_json_get_number_in(ctx, at, "t_off_s", "s", 0.0, 1e6, &out->off_s);
  if (status == LG_OK && lg_json_has(at, "section"))
    status = lg_json_get_integer(ctx, at, "section", 0, (int64_t)n_sections - 1, &section);
  out->section = (size_t)section;
  return status;
}

static lg_status read_stimuli(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  lg_status status = LG_OK;
  lg_json_at at;
  size_t n = 1;
  if (!lg_json_has(root, "stimulus")) return LG_OK;
  LG_TRY(lg_json_get(ctx, root, "stimulus", &at));
  const bool many = lg_json_is_array(&at);
  if (many) LG_TRY(lg_json_get_array(ctx, root, "stimulus", &at, &n));
  else LG_TRY(lg_json_get_object(ctx, root, "stimulus", &at));
  LG_NEW(ctx, c->stimuli, n);
  c->n_stimuli = n;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = many ? lg_json_item(&at, k) : at;
    LG_TRY(read_stimulus(ctx, &item, c->n_sections, &c->stimuli[k]));
  }
done:
  return status;
}

static lg_status read_initial(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  static const char *const keys[] = {"c_bump", "description"}, *const bump[] = {"amp_uM", "x0_um", "sigma_um"};
  lg_json_at at, b;
  if (!lg_json_has(root, "initial")) return LG_OK;
  lg_status status = lg_json_get(ctx, root, "initial", &at);
  if (status != LG_OK || lg_json_is_text(&at)) return status;
  LG_TRY(lg_json_only_keys(ctx, &at, keys, COUNT(keys)));
  if (!lg_json_has(&at, "c_bump")) return LG_OK;
  LG_TRY(lg_json_get_object(ctx, &at, "c_bump", &b));
  LG_TRY(lg_json_only_keys(ctx, &b, bump, COUNT(bump)));
  LG_TRY(lg_json_get_number_in(ctx, &b, "amp_uM", "uM", -1e6, 1e6, &c->bump_uM));
  LG_TRY(lg_json_get_number_or(ctx, &b, "x0_um", "um", -1e7, 1e7, 0.0, &c->bump_x0_um));
  LG_TRY(lg_json_get_number_in(ctx, &b, "sigma_um", "um", 1e-9, 1e7, &c->bump_sigma_um));
  if (c->constants.cytosol_rest + fmin(0.0, c->bump_uM) <= 0.0)
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: initial.c_bump.amp_uM: %g uM makes c negative", root->file, c->bump_uM);
done:
  return status;
}

/* Every µm, or as many as keep the tables readable. */
static lg_status default_probes(lg_ctx *ctx, calcium_case *c) {
  lg_status status = LG_OK;
  double total = 0.0;
  for (size_t s = 0; s < c->n_sections; s++) total += c->sections[s].length_um;
  const double space = fmax(1.0, ceil(total / 1000.0));
  for (size_t s = 0; s < c->n_sections; s++) c->n_probes += (size_t)floor(c->sections[s].length_um / space + 1e-9) + 1;
  LG_NEW(ctx, c->probes, c->n_probes);
  size_t at = 0;
  for (size_t s = 0; s < c->n_sections; s++)
    for (size_t k = 0; k <= (size_t)floor(c->sections[s].length_um / space + 1e-9); k++)
      c->probes[at++] = (calcium_place){s, fmin(c->sections[s].length_um, space * (double)k)};
done:
  return status;
}

static lg_status read_probes(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  static const char *const keys[] = {"section", "x_um"};
  lg_status status = LG_OK;
  lg_json_at at;
  double *x = NULL;
  size_t n;
  if (lg_json_has(root, "probes_um")) {
    LG_TRY(lg_json_get_numbers(ctx, root, "probes_um", "um", &x, &n));
    LG_NEW(ctx, c->probes, n);
    c->n_probes = n;
    for (size_t k = 0; k < n; k++) c->probes[k].x_um = x[k];
  } else if (lg_json_has(root, "probes")) {
    LG_TRY(lg_json_get_array(ctx, root, "probes", &at, &n));
    LG_NEW(ctx, c->probes, n);
    c->n_probes = n;
    for (size_t k = 0; k < n; k++) {
      const lg_json_at item = lg_json_item(&at, k);
      int64_t section = 0;
      LG_TRY(lg_json_only_keys(ctx, &item, keys, COUNT(keys)));
      LG_TRY(lg_json_get_integer(ctx, &item, "section", 0, (int64_t)c->n_sections - 1, &section));
      LG_TRY(lg_json_get_number(ctx, &item, "x_um", "um", &c->probes[k].x_um));
      c->probes[k].section = (size_t)section;
    }
  } else {
    LG_TRY(default_probes(ctx, c));
  }
done:
  lg_free(ctx, x);
  return status;
}

static lg_status read_snapshots(lg_ctx *ctx, const lg_json_at *root, calcium_case *c) {
  lg_status status = LG_OK;
  if (!lg_json_has(root, "snapshots_s")) {
    LG_NEW(ctx, c->snapshots_s, 5);
    for (size_t k = 0; k < 5; k++) c->snapshots_s[k] = c->end_s * (double)(k + 1) / 5.0;
    c->n_snapshots = 5;
    return LG_OK;
  }
  LG_TRY(lg_json_get_numbers(ctx, root, "snapshots_s", "s", &c->snapshots_s, &c->n_snapshots));
  for (size_t k = 0; k < c->n_snapshots; k++)
    if (!(c->snapshots_s[k] >= (k ? c->snapshots_s[k - 1] : 0.0) && c->snapshots_s[k] <= c->end_s)) {
      status = lg_fail(ctx, LG_ERR_RANGE, "%s: snapshots_s[%zu]: %g s; ascending times from 0 to t_end_s, %g s",
                       root->file, k, c->snapshots_s[k], c->end_s);
      goto done;
    }
done:
  return status;
}

static const char *const keys[] = {"case",
                                   "description",
                                   "model",
                                   "name",
                                   "units",
                                   "geometry",
                                   "sections",
                                   "swc",
                                   "soma",
                                   "er_fraction",
                                   "constants",
                                   "parameters",
                                   "stimulus",
                                   "initial",
                                   "t_end_s",
                                   "probes_um",
                                   "probes",
                                   "snapshots_s",
                                   "ip3r",
                                   "ip3",
                                   "er_buffer",
                                   "soce",
                                   "vdcc",
                                   "voltage_mV",
                                   "rest_mV",
                                   "celsius",
                                   "cable",
                                   "threshold_uM",
                                   "membrane_closed",
                                   "derived",
                                   "reference",
                                   "metrics",
                                   "conv",
                                   "fv2_convergence_speed_16_48",
                                   "sweep_rho_R",
                                   "thresholds",
                                   "pluggable_gates",
                                   "results",
                                   "method",
                                   "finest_dx_um",
                                   "expected_total_uM_um3_N2560",
                                   "max_rel_drift_reference",
                                   "arrivals_N2560",
                                   "t_up_note",
                                   "provenance"};

static lg_status read_case(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c) {
  lg_status status = LG_OK;
  double end_s = 0.5;
  LG_TRY(lg_json_only_keys(ctx, root, keys, COUNT(keys)));
  c->constants = lg_calcium_constants_default();
  LG_TRY(read_rows(ctx, root, "constants", constants, COUNT(constants), &c->constants));
  LG_TRY(read_rows(ctx, root, "parameters", parameters, COUNT(parameters), &c->constants));
  LG_TRY(lg_calcium_read_shape(ctx, root, path, c, &end_s));
  LG_TRY(read_densities(ctx, root, c));
  LG_TRY(lg_calcium_read_extras(ctx, root, path, c));
  LG_TRY(lg_json_get_number_or(ctx, root, "t_end_s", "s", 1e-9, 1e6, end_s, &c->end_s));
  LG_TRY(lg_json_get_number_or(ctx, root, "threshold_uM", "uM", 1e-9, 1e6, 1.0, &c->threshold_uM));
  if (lg_json_has(root, "membrane_closed"))
    LG_TRY(lg_json_get_boolean(ctx, root, "membrane_closed", &c->membrane_closed));
  LG_TRY(read_stimuli(ctx, root, c));
  LG_TRY(read_initial(ctx, root, c));
  LG_TRY(read_probes(ctx, root, c));
  LG_TRY(read_snapshots(ctx, root, c));
  status = lg_calcium_case_check(ctx, c);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: ", root->file);
done:
  return status;
}

static lg_status load(lg_ctx *ctx, const char *path, const char *json, calcium_case **out) {
  lg_json_doc *doc = NULL;
  calcium_case *c = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(json ? lg_json_parse(ctx, path, json, strlen(json), LG_JSON_COMMENTS, &doc)
              : lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_NEW(ctx, c, 1);
  LG_TRY(read_case(ctx, &root, path, c));
  *out = c;
  c = NULL;
done:
  lg_calcium_case_destroy(ctx, c);
  lg_json_doc_destroy(ctx, doc);
  return status;
}

lg_status lg_calcium_load(lg_ctx *ctx, const char *path, calcium_case **out) { return load(ctx, path, NULL, out); }

lg_status lg_calcium_parse(lg_ctx *ctx, const char *path, const char *json, calcium_case **out) {
  return load(ctx, path, json, out);
}
