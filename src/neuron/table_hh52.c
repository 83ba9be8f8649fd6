#include "neuron/plan.h"

static const lg_field fields[] = {
    {"C", "uF/cm2", 1, 1e-3, 100, "Membrane capacitance."},
    {"gNa", "mS/cm2", 120, 0, 1e4, "Peak sodium conductance."},
    {"gK", "mS/cm2", 36, 0, 1e4, "Peak potassium conductance."},
    {"gL", "mS/cm2", 0.3, 0, 1e3, "Leak conductance."},
    {"ENa", "mV", 50, -100, 200, "Sodium reversal potential."},
    {"EK", "mV", -77, -200, 50, "Potassium reversal potential."},
    {"EL", "mV", -54.387, -150, 50, "Leak reversal potential."},
    {"V0", "mV", -65, -150, 100, "Start potential; the gates start at its steady state."},
};
_Static_assert(sizeof fields / sizeof fields[0] == LG_HH_FIELDS, "one line per field");

static const char *const states[] = {"v_mV", "m", "h", "n"};

const lg_model_info lg_info_hh52 = {"neuron",
                                    "hh52",
                                    "",
                                    "Squid giant axon at 6.3 degrees, per area; currents in uA/cm2.",
                                    "Hodgkin & Huxley 1952, J Physiol 117:500, doi 10.1113/jphysiol.1952.sp004764, "
                                    "potentials shifted to rest at -65 mV",
                                    fields,
                                    LG_HH_FIELDS,
                                    states,
                                    sizeof states / sizeof states[0]};
