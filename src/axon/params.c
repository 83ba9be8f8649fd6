#include "axon/params.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

axon_params lg_axon_params_male(void) {
  return (axon_params){.rows = 19,
                       .elements = 80,
                       .seed = 1,
                       .element_nm = 250.0,
                       .mt_stiffness = 4.8e5,
                       .mt_buckling_load = 100.0,
                       .mt_buckled_fraction = 1e-2,
                       .mt_failure_strain = 0.5,
                       .mt_length_mean = 4000.0,
                       .mt_length_cv = 0.5,
                       .mt_length_min = 1000.0,
                       .mt_length_max = 12000.0,
                       .tau_stiffness = 0.10,
                       .tau_viscosity = 5e-3,
                       .tau_spacing = 40.0,
                       .tau_loss_stretch = 150.0,
                       .tau_loss_width = 30.0,
                       .loss_rate = 20.0,
                       .loss_rate_max = 500.0,
                       .arm_stiffness = 0.05,
                       .arm_viscosity = 2.5e-3,
                       .arm_spacing = 100.0,
                       .arm_loss_stretch = 300.0,
                       .arm_loss_width = 60.0,
                       .drag = 2e-6,
                       .cortex_area = 1.57e5,
                       .cortex_modulus = 0.020,
                       .cortex_modulus_fast = 0.040,
                       .cortex_time = 0.010,
                       .nf_stiffness = 7.8e3,
                       .nf_time = 0.010,
                       .nf_loss_strain = 0.30,
                       .nf_loss_width = 0.06,
                       .node_length = 1500.0,
                       .node_fraction = 0.4,
                       .foundation = 2e-2};
}

axon_params lg_axon_params_female(void) {
  axon_params p = lg_axon_params_male();
  p.rows = 7;
  return p;
}

bool lg_axon_params_preset(const char *name, axon_params *out) {
  const bool male = strcmp(name, "male") == 0, female = strcmp(name, "female") == 0;
  if (male) *out = lg_axon_params_male();
  if (female) *out = lg_axon_params_female();
  return male || female;
}

double lg_axon_undulation_nm(const axon_params *p, double compression) {
  const double pi = 3.14159265358979323846, rigidity = 2.2e7, length = (double)p->elements * p->element_nm;
  const double free_length = p->mt_buckling_load > 0.0 ? 2.0 * pi * sqrt(2.0 * rigidity / p->mt_buckling_load) : length;
  return (free_length < length ? free_length : length) / pi * sqrt(compression);
}

#define AT(member) offsetof(axon_params, member)

const axon_param_name lg_axon_param_names[AXON_PARAMS] = {
    {"rows", "", AT(rows), true, 2, 61},
    {"seed", "", AT(seed), true, 0, 9007199254740992.0},
    {"nel", "", AT(elements), true, 4, 4096},
    {"dx", "nm", AT(element_nm), false, 1, 1e5},
    {"EA", "pN", AT(mt_stiffness), false, 1e-3, 1e9},
    {"F_b", "pN", AT(mt_buckling_load), false, 0, 1e9},
    {"beta_c", "", AT(mt_buckled_fraction), false, 1e-9, 1},
    {"mt_fail", "", AT(mt_failure_strain), false, 1e-6, 1e6},
    {"L_mean", "nm", AT(mt_length_mean), false, 1, 1e9},
    {"L_cv", "", AT(mt_length_cv), false, 0, 10},
    {"L_min", "nm", AT(mt_length_min), false, 1, 1e9},
    {"L_max", "nm", AT(mt_length_max), false, 1, 1e9},
    {"K", "pN/nm", AT(tau_stiffness), false, 0, 1e6},
    {"eta", "pN s/nm", AT(tau_viscosity), false, 0, 1e6},
    {"s", "nm", AT(tau_spacing), false, 1e-3, 1e6},
    {"d0", "nm", AT(tau_loss_stretch), false, 1e-3, 1e9},
    {"db", "nm", AT(tau_loss_width), false, 1e-3, 1e9},
    {"kref", "1/s", AT(loss_rate), false, 0, 1e9},
    {"kmax", "1/s", AT(loss_rate_max), false, 1e-9, 1e12},
    {"Km", "pN/nm", AT(arm_stiffness), false, 0, 1e6},
    {"etam", "pN s/nm", AT(arm_viscosity), false, 0, 1e6},
    {"sm", "nm", AT(arm_spacing), false, 1e-3, 1e6},
    {"d0m", "nm", AT(arm_loss_stretch), false, 1e-3, 1e9},
    {"dbm", "nm", AT(arm_loss_width), false, 1e-3, 1e9},
    {"A", "nm2", AT(cortex_area), false, 0, 1e12},
    {"Ginf", "pN/nm2", AT(cortex_modulus), false, 0, 1e6},
    {"G1", "pN/nm2", AT(cortex_modulus_fast), false, 0, 1e6},
    {"tau1", "s", AT(cortex_time), false, 1e-9, 1e6},
    {"EAnf", "pN", AT(nf_stiffness), false, 0, 1e9},
    {"taunf", "s", AT(nf_time), false, 0, 1e6},
    {"e0", "", AT(nf_loss_strain), false, 1e-6, 1e6},
    {"eb", "", AT(nf_loss_width), false, 1e-6, 1e6},
    {"node_len", "nm", AT(node_length), false, 0, 1e9},
    {"node_fac", "", AT(node_fraction), false, 1e-6, 1e3},
    {"kf", "pN/nm2", AT(foundation), false, 0, 1e6},
    {"zd", "pN s/nm2", AT(drag), false, 0, 1e6},
};

/* Members by bytes, so that no pointer is cast to another type. */
double lg_axon_param_get(const axon_params *params, const axon_param_name *name) {
  const char *at = (const char *)params + name->offset;
  if (!name->is_count) {
    double x;
    memcpy(&x, at, sizeof x);
    return x;
  }
  if (name->offset == AT(seed)) return (double)params->seed;
  size_t n;
  memcpy(&n, at, sizeof n);
  return (double)n;
}

void lg_axon_param_set(axon_params *params, const axon_param_name *name, double value) {
  char *at = (char *)params + name->offset;
  if (!name->is_count) memcpy(at, &value, sizeof value);
  else if (name->offset == AT(seed)) params->seed = (uint64_t)value;
  else {
    const size_t n = (size_t)value;
    memcpy(at, &n, sizeof n);
  }
}

lg_status lg_axon_params_check(lg_ctx *ctx, const axon_params *p) {
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *name = &lg_axon_param_names[k];
    const double x = lg_axon_param_get(p, name);
    if (!(x >= name->low && x <= name->high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %.9g %s; allowed is %g to %g", name->name, x, name->unit, name->low,
                     name->high);
  }
  if (p->mt_length_max < p->mt_length_min)
    return lg_fail(ctx, LG_ERR_RANGE, "L_max (%g nm) is below L_min (%g nm)", p->mt_length_max, p->mt_length_min);
  if (p->foundation == 0.0 && p->drag == 0.0)
    return lg_fail(ctx, LG_ERR_RANGE, "kf and zd are both 0: a detached fragment would float; one must be above 0");
  return LG_OK;
}
