#include "app/cli/axon_model.h"

#include "axon/params.h"

#include <string.h>

static const struct {
  const char *name, *doc;
} meanings[AXON_PARAMS] = {
    {"rows", "Rows of microtubules in the hexagonal bundle."},
    {"seed", "Seed of the gaps between microtubules: one seed is one axon."},
    {"nel", "Elements along the axis; nel dx is the length that is simulated."},
    {"dx", "Length of an element."},
    {"EA", "Stretching stiffness of a microtubule: 1.2 GPa x 400 nm2."},
    {"F_b", "Load at which a supported microtubule buckles."},
    {"beta_c", "Stiffness of a buckled microtubule as a fraction of EA."},
    {"mt_fail", "Strain at which a microtubule breaks."},
    {"L_mean", "Mean length of microtubules (log-normal)."},
    {"L_cv", "Coefficient of variation of their lengths."},
    {"L_min", "Least length."},
    {"L_max", "Greatest length."},
    {"K", "Stiffness of a tau bond; calibrated to critical rates of 22 to 44 /s."},
    {"eta", "Viscosity of a tau bond; calibrated with K."},
    {"s", "Spacing of tau bonds between two rows."},
    {"d0", "Stretch at which a tau bond is lost at kref."},
    {"db", "Stretch by which that rate grows e-fold (Bell)."},
    {"kref", "Rate of loss at d0, d0m and e0."},
    {"kmax", "Ceiling of the rates of loss."},
    {"Km", "Stiffness of a side arm from a microtubule to the matrix."},
    {"etam", "Viscosity of a side arm."},
    {"sm", "Spacing of side arms."},
    {"d0m", "Stretch at which a side arm is lost at kref."},
    {"dbm", "Stretch by which that rate grows e-fold."},
    {"A", "Cross-section of the cortex shell."},
    {"Ginf", "Long-term shear modulus of cortex and axolemma."},
    {"G1", "Modulus of their Maxwell branch."},
    {"tau1", "Relaxation time of that branch."},
    {"EAnf", "Stretching stiffness of the neurofilaments."},
    {"taunf", "Their Kelvin-Voigt time."},
    {"e0", "Strain at which neurofilaments are lost at kref."},
    {"eb", "Strain by which that rate grows e-fold."},
    {"node_len", "Length of the node of Ranvier at mid-length."},
    {"node_fac", "Stiffness of the matrix there as a fraction."},
    {"kf", "Stiffness of the tissue around; 0 is an isolated axon."},
    {"zd", "Drag of the cytosol between microtubules and matrix."},
};

static const char *meaning_of(const char *name) {
  for (size_t k = 0; k < AXON_PARAMS; k++)
    if (strcmp(meanings[k].name, name) == 0) return meanings[k].doc;
  return "";
}

lg_model_info cli_axon_model(size_t k, cli_axon_fields *f) {
  const bool female = k == 1;
  const axon_params params = female ? lg_axon_params_female() : lg_axon_params_male();
  for (size_t q = 0; q < AXON_PARAMS; q++) {
    const axon_param_name *p = &lg_axon_param_names[q];
    f->fields[q] = (lg_field){.name = p->name,
                              .unit = p->unit[0] ? p->unit : "1",
                              .default_value = lg_axon_param_get(&params, p),
                              .low = p->low,
                              .high = p->high,
                              .doc = meaning_of(p->name)};
  }
  return (lg_model_info){
      .room = "axon",
      .model = female ? "female" : "male",
      .variant = "",
      .summary = female ? "The same with fewer rows of microtubules (axon simulate --preset female)."
                        : "Microtubules, tau, side arms, neurofilaments and axolemma of an axon under strain.",
      .reference = "src/axon/README.md says where each value comes from; most are choices, K and eta "
                   "are calibrated",
      .fields = f->fields,
      .n_fields = AXON_PARAMS};
}
