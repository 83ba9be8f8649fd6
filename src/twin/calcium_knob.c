/* Numbers of a calcium case by name. */
#include "twin/calcium_knob.h"

#include "twin/calcium_file_internal.h"

#include <string.h>

const char *const *lg_calcium_knob_names(size_t *n) {
  static const char *const names[] = {
      "kbp", "kbm",       "kap",       "kam",          "kbpR",      "kbmR",      "kcp", "kcm", "k_c", "K_S", "K_P",
      "K_N", "I_R_mol_s", "ce_ref_uM", "I_S_mol_uM_s", "I_P_mol_s", "I_N_mol_s", "Dc",  "Db",  "De",  "bT",  "c0",
      "ce0", "co",        "rho_R",     "rho_S",        "rho_P",     "rho_N",     "R",   "r",   "j0"};
  *n = sizeof names / sizeof names[0];
  return names;
}

const char *lg_calcium_knob_group(const char *name) {
  calcium_constants k;
  bool parameter;
  return lg_calcium_constant(&k, name, &parameter) ? (parameter ? "parameters" : "constants") : NULL;
}

/* A number that the case has as a table is none to set. */
static lg_status check_single(lg_ctx *ctx, const calcium_case *c, const char *name) {
  static const char *const names[CALCIUM_DENSITIES] = {"rho_R", "rho_S", "rho_P", "rho_N"};
  for (size_t k = 0; k < CALCIUM_DENSITIES; k++)
    if (strcmp(name, names[k]) == 0 && c->densities[k].n_pieces > 0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s varies along the dendrite of this case; only a number can be moved",
                     name);
  if (strcmp(name, "j0") == 0 && c->n_stimuli == 0)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "j0: the case has no stimulus");
  for (size_t k = 0; strcmp(name, "j0") == 0 && k < c->n_stimuli; k++)
    if (c->stimuli[k].j0 == 0.0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "j0: stimulus %zu of the case is not given by j0_uM_um_s", k);
  return LG_OK;
}

lg_status lg_calcium_knob_get(lg_ctx *ctx, const calcium_case *c, const char *name, double *value) {
  calcium_constants k = c->constants;
  bool parameter;
  size_t n;
  double R, r;
  const double *x = lg_calcium_constant(&k, name, &parameter);
  const lg_status status = check_single(ctx, c, name);
  if (status != LG_OK) return status;
  if (x) {
    *value = *x;
    return LG_OK;
  }
  lg_calcium_radii(&c->sections[0], 0.0, &R, &r);
  if (strcmp(name, "R") == 0) *value = R;
  else if (strcmp(name, "r") == 0) *value = r;
  else if (strcmp(name, "j0") == 0) *value = c->stimuli[0].j0;
  else {
    const char *const *names = lg_calcium_knob_names(&n);
    const char *near = lg_nearest(name, names, n);
    return near
               ? lg_fail(ctx, LG_ERR_NOT_FOUND, "no constant \"%s\" in a calcium case; %s is near", name, near)
               : lg_fail(ctx, LG_ERR_NOT_FOUND,
                         "no constant \"%s\" in a calcium case; there are the keys of its parameters and constants, R, "
                         "r and j0",
                         name);
  }
  return LG_OK;
}

static void scale_radii(calcium_case *c, bool er, double by) {
  for (size_t s = 0; s < c->n_sections; s++) {
    calcium_section *p = &c->sections[s];
    double *const table = er ? p->er_radius_um : p->radius_um;
    for (size_t k = 0; k < p->n_table; k++) table[k] *= by;
    *(er ? &p->er0_um : &p->radius0_um) *= by;
    *(er ? &p->er1_um : &p->radius1_um) *= by;
  }
}

void lg_calcium_knob_set(calcium_case *c, const char *name, double value) {
  bool parameter;
  double R, r;
  double *x = lg_calcium_constant(&c->constants, name, &parameter);
  if (x) {
    *x = value;
    return;
  }
  lg_calcium_radii(&c->sections[0], 0.0, &R, &r);
  if (strcmp(name, "R") == 0) scale_radii(c, false, value / R);
  else if (strcmp(name, "r") == 0) scale_radii(c, true, value / r);
  else if (strcmp(name, "j0") == 0 && c->n_stimuli > 0) {
    const double by = value / c->stimuli[0].j0;
    for (size_t k = 0; k < c->n_stimuli; k++) c->stimuli[k].j0 *= by;
  }
}
