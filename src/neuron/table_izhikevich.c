/* The rows of the Izhikevich 2007 family. Defaults are the cells of Izhikevich 2007, chapter 8. */
#include "neuron/plan.h"

#define REFERENCE "Izhikevich 2007, Dynamical Systems in Neuroscience, MIT Press, eq. 8.5-8.6, "

/* One line per field so that all rows share names, units, ranges and words. */
#define F_C(x)                                                                                                         \
  { "C", "pF", x, 0.01, 1e5, "Membrane capacitance." }
#define F_K(x)                                                                                                         \
  { "k", "nS/mV", x, 1e-4, 1e3, "Scale of the quadratic current." }
#define F_VR(x)                                                                                                        \
  { "vr", "mV", x, -150, 20, "Resting potential." }
#define F_VT(x)                                                                                                        \
  { "vt", "mV", x, -150, 60, "Instantaneous threshold potential." }
#define F_A(x)                                                                                                         \
  { "a", "1/ms", x, 1e-6, 10, "Rate of the recovery current u." }
#define F_B(x)                                                                                                         \
  { "b", "nS", x, -1e3, 1e3, "Sensitivity of u to subthreshold potential." }
#define F_B_BELOW(x)                                                                                                   \
  { "b", "nS", x, -1e3, 1e3, "Sensitivity of u at potentials up to -65 mV." }
#define F_B_ABOVE(x)                                                                                                   \
  { "b_above", "nS", x, -1e3, 1e3, "Sensitivity of u at potentials above -65 mV." }
#define F_CC(x, words)                                                                                                 \
  { "c", "mV", x, -150, 60, words }
#define F_D(x, words)                                                                                                  \
  { "d", "pA", x, -1e4, 1e4, words }
#define F_VPEAK(x, words)                                                                                              \
  { "vpeak", "mV", x, -60, 150, words }
#define RESET_DOC "Potential after a spike."
#define JUMP_DOC "Jump of u at a spike."
#define PEAK_DOC "Potential at which a spike ends and the reset happens."

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const states[] = {"v_mV", "u_pA"};

static const lg_field std_fields[] = {F_C(100),
                                      F_K(0.7),
                                      F_VR(-60),
                                      F_VT(-40),
                                      F_A(0.03),
                                      F_B(-2),
                                      F_CC(-50, RESET_DOC),
                                      F_D(100, JUMP_DOC),
                                      F_VPEAK(35, PEAK_DOC)};

static const lg_field lts_fields[] = {F_C(100),
                                      F_K(1),
                                      F_VR(-56),
                                      F_VT(-42),
                                      F_A(0.03),
                                      F_B(8),
                                      F_CC(-53, "Potential after a spike is c + 0.04 mV/pA u."),
                                      F_D(20, "Jump of u at a spike; u stays at 670 pA or below."),
                                      F_VPEAK(40, "A spike ends at vpeak - 0.1 mV/pA u.")};

static const lg_field fs_fields[] = {F_C(20),
                                     F_K(1),
                                     F_VR(-55),
                                     F_VT(-40),
                                     F_A(0.2),
                                     F_CC(-45, RESET_DOC),
                                     F_VPEAK(25, PEAK_DOC),
                                     {"vb", "mV", -55, -150, 60, "u follows 0.025 (v - vb)^3 above vb, 0 below."}};

static const lg_field tc_fields[] = {F_C(200),
                                     F_K(1.6),
                                     F_VR(-60),
                                     F_VT(-50),
                                     F_A(0.01),
                                     F_B_BELOW(15),
                                     F_CC(-60, "Potential after a spike is c - 0.1 mV/pA u."),
                                     F_D(10, JUMP_DOC),
                                     F_VPEAK(35, "A spike ends at vpeak + 0.1 mV/pA u."),
                                     F_B_ABOVE(0)};

static const lg_field rtn_fields[] = {F_C(40),
                                      F_K(0.25),
                                      F_VR(-65),
                                      F_VT(-45),
                                      F_A(0.015),
                                      F_B_BELOW(10),
                                      F_CC(-55, RESET_DOC),
                                      F_D(50, JUMP_DOC),
                                      F_VPEAK(0, PEAK_DOC),
                                      F_B_ABOVE(2)};

static const lg_field klowkhigh_fields[] = {
    F_C(300),
    F_VR(-61.8),
    F_VT(-57),
    F_A(0.001),
    F_B(3),
    F_CC(-65.8, RESET_DOC),
    F_D(5, JUMP_DOC),
    F_VPEAK(22.6, PEAK_DOC),
    {"klow", "nS/mV", 0.5, 1e-4, 1e3, "Scale of the quadratic current up to vt."},
    {"khigh", "nS/mV", 3.3, 1e-4, 1e3, "Scale of the quadratic current above vt."},
    {"Ishift", "pA", -45, -1e6, 1e6, "Constant current that is added to the input."}};

static const unsigned char std_slots[] = {LG_SLOT_C, LG_SLOT_K,  LG_SLOT_VR, LG_SLOT_VT,   LG_SLOT_A,
                                          LG_SLOT_B, LG_SLOT_CC, LG_SLOT_D,  LG_SLOT_VPEAK};
static const unsigned char fs_slots[] = {LG_SLOT_C, LG_SLOT_K,  LG_SLOT_VR,    LG_SLOT_VT,
                                         LG_SLOT_A, LG_SLOT_CC, LG_SLOT_VPEAK, LG_SLOT_VB};
static const unsigned char two_b_slots[] = {LG_SLOT_C, LG_SLOT_K,  LG_SLOT_VR, LG_SLOT_VT,    LG_SLOT_A,
                                            LG_SLOT_B, LG_SLOT_CC, LG_SLOT_D,  LG_SLOT_VPEAK, LG_SLOT_B_ABOVE};
static const unsigned char klowkhigh_slots[] = {LG_SLOT_C,    LG_SLOT_VR,    LG_SLOT_VT,    LG_SLOT_A,
                                                LG_SLOT_B,    LG_SLOT_CC,    LG_SLOT_D,     LG_SLOT_VPEAK,
                                                LG_SLOT_KLOW, LG_SLOT_KHIGH, LG_SLOT_ISHIFT};

const unsigned char *const lg_izh_slots[LG_IZH_VARIANTS] = {std_slots,   std_slots,   fs_slots,
                                                            two_b_slots, two_b_slots, klowkhigh_slots};

#define ROW(name, words, where, fields)                                                                                \
  { "neuron", "izhikevich", name, words, REFERENCE where, fields, COUNT(fields), states, COUNT(states) }

const lg_model_info lg_info_izhikevich[LG_IZH_VARIANTS] = {
    [LG_IZH_STD] = ROW("std", "Quadratic integrate-and-fire with recovery; defaults are a regular-spiking cell.",
                       "figures 8.12 (RS), 8.19 (IB), 8.23 (CH)", std_fields),
    [LG_IZH_LTS] =
        ROW("LTS", "Low-threshold spiking interneuron: peak, reset and jump depend on u.", "figure 8.25", lts_fields),
    [LG_IZH_FS] =
        ROW("FS", "Fast-spiking interneuron: u follows a cubic above vb and does not jump.", "figure 8.27", fs_fields),
    [LG_IZH_TC] = ROW("TC", "Thalamocortical relay cell: tonic and rebound-burst modes.", "figure 8.31", tc_fields),
    [LG_IZH_RTN] =
        ROW("RTN", "Reticular thalamic nucleus cell: bursts below, tonic spikes above.", "figure 8.32", rtn_fields),
    [LG_IZH_KLOWKHIGH] =
        ROW("klowkhigh",
            "Two slopes of the quadratic current, below and above vt; defaults are a weakly adapting "
            "CA1 pyramidal cell.",
            "with k of Ferguson et al. 2014, doi 10.3389/fnsys.2013.00144 (Hippocampus CA1)", klowkhigh_fields),
};
