/* The row of the Traub–Miles/Pospischil neuron: the nine currents' worth of it that every twin has, then the optional
   currents (off at conductance 0), then the modifiers by which drugs act. */
#include "neuron/plan.h"

#include <math.h>

#define G(name, words)                                                                                                 \
  { name, "nS", 0, 0, 1e6, words }
#define HALF(name, x, words)                                                                                           \
  { name, "mV", x, -150, 50, words }
#define SLOPE(name, x, words)                                                                                          \
  { name, "mV", x, 0.5, 50, words }
#define TAU(name, x, words)                                                                                            \
  { name, "ms", x, 0.01, 1e5, words }
#define FLAG(name, words)                                                                                              \
  { name, "0|1", 0, 0, 1, words }
#define REVERSAL(name, x, words)                                                                                       \
  { name, "mV", x, -150, 200, words }

static const lg_field fields[] = {
    [LG_TM_C] = {"C", "pF", 100, 0.1, 1e5, "Membrane capacitance."},
    [LG_TM_GNA] = {"gNa", "nS", 5600, 0, 1e7, "Peak sodium conductance."},
    [LG_TM_GK] = {"gK", "nS", 600, 0, 1e7, "Peak delayed-rectifier potassium conductance."},
    [LG_TM_GL] = {"gL", "nS", 2.05, 0, 1e5, "Leak conductance."},
    [LG_TM_GM] = {"gM", "nS", 7.5, 0, 1e5, "Peak conductance of the slow potassium current M."},
    [LG_TM_ENA] = REVERSAL("ENa", 50, "Sodium reversal potential."),
    [LG_TM_EK] = REVERSAL("EK", -90, "Potassium reversal potential."),
    [LG_TM_EL] = REVERSAL("EL", -70.3, "Leak reversal potential."),
    [LG_TM_VT] = {"VT", "mV", -56.2, -100, 0, "Shift of the sodium and potassium gates; moves the threshold."},
    [LG_TM_TAUMAX] = {"taumax", "ms", 608, 1, 1e5, "Scale of the time constant of M."},
    [LG_TM_V0] = {"V0", "mV", (double)NAN, -150, 100, "Start potential; not given: the resting potential."},
    [LG_TM_GNAP] = G("gNaP", "Persistent sodium conductance, activation instantaneous."),
    [LG_TM_NAP_HALF] = HALF("NaP_half", -50, "Potential of half activation of the persistent sodium current."),
    [LG_TM_NAP_SLOPE] = SLOPE("NaP_slope", 4, "Slope of that activation."),
    [LG_TM_GA] = G("gA", "Peak conductance of the A-type potassium current, a^4 b (Huguenard & McCormick 1992)."),
    [LG_TM_A_HALF] = HALF("A_half", -60, "Potential of half activation of the A current."),
    [LG_TM_A_SLOPE] = SLOPE("A_slope", 8.5, "Slope of that activation."),
    [LG_TM_A_H_HALF] = HALF("A_inact_half", -78, "Potential of half inactivation of the A current."),
    [LG_TM_A_H_SLOPE] = SLOPE("A_inact_slope", 6, "Slope of that inactivation."),
    [LG_TM_A_H_TAU] = TAU("A_inact_tau", 19, "Time constant of that inactivation."),
    [LG_TM_GH] = G("gH", "Peak conductance of the hyperpolarisation-activated cation current."),
    [LG_TM_H_HALF] = HALF("H_half", -80, "Potential of half activation of Ih."),
    [LG_TM_H_SLOPE] = SLOPE("H_slope", 7, "Slope of that activation."),
    [LG_TM_H_TAU_MIN] = TAU("H_tau_min", 50, "Time constant of Ih far from H_half."),
    [LG_TM_H_TAU_MAX] = TAU("H_tau_max", 300, "Time constant of Ih at H_half."),
    [LG_TM_EH] = REVERSAL("EH", -35, "Reversal potential of Ih."),
    [LG_TM_GCAT] = G("gCaT", "Peak low-threshold calcium conductance, s_inf^2 u (Destexhe et al. 1996)."),
    [LG_TM_CAT_SHIFT] = {"CaT_shift", "mV", 2, -50, 50, "Shift of the gates of the T current."},
    [LG_TM_GCAL] = G("gCaL", "High-threshold calcium conductance, instantaneous (half -20 mV, slope 9 mV), squared."),
    [LG_TM_ECA] = REVERSAL("ECa", 120, "Calcium reversal potential."),
    [LG_TM_GSK] = G("gSK", "Peak calcium-activated potassium conductance (AHP), Ca^4 / (Ca^4 + SK_K^4)."),
    [LG_TM_SK_K] = {"SK_K", "uM", 0.5, 1e-3, 100, "Calcium for half activation of SK."},
    [LG_TM_CA_GAIN] = {"Ca_gain", "uM/(pA ms)", 5e-4, 0, 1, "Calcium rise per charge that the calcium currents carry."},
    [LG_TM_CA_TAU] = TAU("Ca_tau", 100, "Time constant of calcium removal."),
    [LG_TM_CA_REST] = {"Ca_rest", "uM", 0.05, 0, 10, "Calcium at rest."},
    [LG_TM_SLOW] = {"slow_inactivation", "1", 0, 0, 1,
                    "Share of the sodium channels that inactivate slowly; 0 switches the gate s off."},
    [LG_TM_S_HALF] = HALF("S_half", -60, "Potential of half slow inactivation."),
    [LG_TM_S_SLOPE] = SLOPE("S_slope", 6, "Slope of slow inactivation."),
    [LG_TM_S_TAU_MIN] = TAU("S_tau_min", 500, "Time constant of slow inactivation far from S_half."),
    [LG_TM_S_TAU_MAX] = TAU("S_tau_max", 5000, "Time constant of slow inactivation at S_half."),
    [LG_TM_GGABA] = G("gGABA", "Tonic GABA-A conductance."),
    [LG_TM_EGABA] = REVERSAL("EGABA", -70, "Reversal potential of tonic and phasic GABA-A."),
    [LG_TM_GGABAA] = G("gGABAA", "Peak conductance of one GABA-A synaptic event."),
    [LG_TM_GABAA_RISE] = TAU("GABAA_rise", 0.5, "Rise time constant of a GABA-A event."),
    [LG_TM_GABAA_DECAY] = TAU("GABAA_decay", 8, "Decay time constant of a GABA-A event."),
    [LG_TM_GNMDA] = G("gNMDA", "Peak conductance of one NMDA event, before the magnesium block."),
    [LG_TM_NMDA_RISE] = TAU("NMDA_rise", 2, "Rise time constant of an NMDA event."),
    [LG_TM_NMDA_DECAY] = TAU("NMDA_decay", 80, "Decay time constant of an NMDA event."),
    [LG_TM_MG] = {"Mg", "mM", 1, 0, 100,
                  "Magnesium: NMDA passes 1 / (1 + Mg/3.57 e^(-0.062 V)) (Jahr & Stevens 1990)."},
    [LG_TM_GAMPA] = G("gAMPA", "Peak conductance of one AMPA event."),
    [LG_TM_AMPA_RISE] = TAU("AMPA_rise", 0.3, "Rise time constant of an AMPA event."),
    [LG_TM_AMPA_DECAY] = TAU("AMPA_decay", 3, "Decay time constant of an AMPA event."),
    [LG_TM_ESYN] = REVERSAL("Esyn", 0, "Reversal potential of AMPA and NMDA."),
    [LG_TM_GNA_SCALE] = {"gNa_scale", "1", 1, 0, 100, "Factor on gNa (drug)."},
    [LG_TM_GK_SCALE] = {"gK_scale", "1", 1, 0, 100, "Factor on gK (drug)."},
    [LG_TM_GM_SCALE] = {"gM_scale", "1", 1, 0, 100, "Factor on gM (drug)."},
    [LG_TM_P_SHIFT] = {"p_shift", "mV", 0, -100, 100, "Shift of the M gate along the potential (drug)."},
    [LG_TM_NAB_KON] = {"block_kon", "1/(uM ms)", 0, 0, 1e3, "Binding rate of a state-dependent sodium blocker."},
    [LG_TM_NAB_KI] = {"block_K_inactivated", "uM", 1, 1e-9, 1e9, "Its dissociation constant at inactivated channels."},
    [LG_TM_NAB_KR] = {"block_K_rest", "uM", 1, 1e-9, 1e9, "Its dissociation constant at resting channels."},
    [LG_TM_NAB_DOSE] = {"block_dose", "uM", 0, 0, 1e9, "Its free concentration; 0 switches the block off."},
    [LG_TM_NAB_SLOW] =
        FLAG("block_slow", "1: it knows inactivated channels by the slow gate s, 0: by the fast gate h."),
    [LG_TM_NAB2_KON] = {"block2_kon", "1/(uM ms)", 0, 0, 1e3, "Binding rate of a second state-dependent blocker."},
    [LG_TM_NAB2_KI] = {"block2_K_inactivated", "uM", 1, 1e-9, 1e9,
                       "Its dissociation constant at inactivated channels."},
    [LG_TM_NAB2_KR] = {"block2_K_rest", "uM", 1, 1e-9, 1e9, "Its dissociation constant at resting channels."},
    [LG_TM_NAB2_DOSE] = {"block2_dose", "uM", 0, 0, 1e9, "Its free concentration; 0 switches it off."},
    [LG_TM_NAB2_SLOW] =
        FLAG("block2_slow", "1: it knows inactivated channels by the slow gate s, 0: by the fast gate h."),
    [LG_TM_ONE_SITE] = FLAG("block_one_site", "1: the two blockers exclude each other, 0: they act independently."),
    [LG_TM_H_SHIFT] = {"h_shift", "mV", 0, -100, 100,
                       "Shift of the sodium inactivation gate h along the potential (drug)."},
    [LG_TM_NMDAB_DOSE] = {"NMDA_block_dose", "uM", 0, 0, 1e9, "Free concentration of a blocker of the NMDA pore."},
    [LG_TM_NMDAB_K0] = {"NMDA_block_K0", "uM", 10.7, 1e-9, 1e12,
                        "Its dissociation constant at 0 mV without magnesium; both compete for one site."},
    [LG_TM_NMDAB_ZDELTA] = {"NMDA_block_zdelta", "1", 0.9, 0, 3,
                            "Its electrical depth: K(V) = K0 e^(zdelta V / 25.434 mV), RT/F at 22 degC."},
    [LG_TM_GGIRK] = G("gGIRK", "Potassium conductance opened by GABA-B receptors, linear."),
    [LG_TM_RATE_SCALE] = {"rate_scale", "1", 1, 0.01, 100,
                          "Factor on the rates of all voltage gates (temperature: Q10^((T - T0)/10))."},
};
_Static_assert(sizeof fields / sizeof fields[0] == LG_TM_FIELDS, "one line per field");
_Static_assert((int)LG_TM_FIELDS <= (int)LG_NEURON_MAX_FIELDS, "lg_neuron holds every field");

static const char *const states[] = {"v_mV",   "m",      "h",      "n",      "p",     "block",  "s",
                                     "a",      "b",      "r",      "u_CaT",  "Ca_uM", "AMPA_x", "AMPA_y",
                                     "NMDA_x", "NMDA_y", "GABA_x", "GABA_y", "block2"};
_Static_assert(sizeof states / sizeof states[0] == LG_TM_STATES_ALL, "one name per state");

const lg_model_info lg_info_tm = {"neuron",
                                  "tm",
                                  "",
                                  "One-compartment cortical neuron with Na, K and M currents and optional others; "
                                  "defaults are a regular-spiking cell of 100 pF.",
                                  "Traub & Miles 1991; Pospischil et al. 2008, Biol Cybern 99:427, doi "
                                  "10.1007/s00422-008-0263-8",
                                  fields,
                                  LG_TM_FIELDS,
                                  states,
                                  LG_TM_STATES_ALL};
