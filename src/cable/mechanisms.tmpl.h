/*
 * The built-in mechanisms for one instruction set; included by one file each, which defines LEVEL (see lanes.tmpl.h). A
 * channel is one small file of rates.
 */
#include "base/cpu.h"
#include "cable/mechanisms.h"
#include "cable/synapse.h"

#include "cable/lanes.tmpl.h"

/* Speed that the channels of Hay et al. 2011 have at every temperature: 2.3^((34 - 21)/10). */
#define HAY_Q 2.952882641412121

static const char *const gate_m[] = {"m"};
static const char *const gates_mh[] = {"m", "h"};
static const char *const gates_mhb[] = {"m", "h", "B"};
static const char *const gate_z[] = {"z"};
static const char *const state_cai[] = {"cai"};

#define CARRIER(name_, valence_)                                                                                       \
  { .name = (name_), .valence = (valence_), .reads_reversal = true, .writes_current = true }
static const cable_ion_use sodium[] = {CARRIER("na", 1)};
static const cable_ion_use potassium[] = {CARRIER("k", 1)};
static const cable_ion_use sodium_potassium[] = {CARRIER("na", 1), CARRIER("k", 1)};
static const cable_ion_use calcium[] = {CARRIER("ca", 2)};
static const cable_ion_use potassium_by_calcium[] = {CARRIER("k", 1),
                                                     {.name = "ca", .valence = 2, .reads_inside = true}};
static const cable_ion_use calcium_pool[] = {
    {.name = "ca", .valence = 2, .reads_current = true, .writes_inside = true}};
#undef CARRIER

#define GBAR(name)                                                                                                     \
  { name, "S/cm2", 1e-5, 0.0, 1e3, "Conductance when all channels are open." }

/* A channel under a name: functions of channel.tmpl.h, fields named after it, states, ions (no_ion: none). */
#define N_OF(table) (sizeof(table) / sizeof(table)[0])
#define CABLE_CHANNEL(id, functions, name_, states_, ions_, summary_, source_)                                         \
  static const cable_mechanism LG_M(id) = {.name = (name_),                                                            \
                                           .summary = (summary_),                                                      \
                                           .source = (source_),                                                        \
                                           .sort = CABLE_DENSITY,                                                      \
                                           .parameters = LG_M(id##_fields),                                            \
                                           .n_parameters = N_OF(LG_M(id##_fields)),                                    \
                                           .states = (states_),                                                        \
                                           .n_states = N_OF(states_),                                                  \
                                           .n_memory = 4 * N_OF(states_),                                              \
                                           IONS_##ions_.start = LG_M(functions##_start),                               \
                                           .current = LG_M(functions##_current),                                       \
                                           .advance = LG_M(functions##_advance),                                       \
                                           .advance_current = LG_M(functions##_advance_current)};
#define IONS_no_ion
#define IONS_sodium .ions = sodium, .n_ions = 1,
#define IONS_potassium .ions = potassium, .n_ions = 1,
#define IONS_calcium .ions = calcium, .n_ions = 1,
#define IONS_potassium_by_calcium .ions = potassium_by_calcium, .n_ions = 2,

#include "cable/channel_cahva.inc"
#include "cable/channel_calva.inc"
#include "cable/channel_ih.inc"
#include "cable/channel_k.inc"
#include "cable/channel_kv31.inc"
#include "cable/channel_kvm.inc"
#include "cable/channel_na.inc"
#include "cable/channel_na_drugged.inc"
#include "cable/channel_sk.inc"
#include "cable/point_dspike.inc"
#include "cable/pool_cadyn.inc"
#include "cable/synapse_expsyn.inc"
#include "cable/synapse_pairs.inc"

const cable_mechanism *const LG_M(lg_cable_list)[] = {
    &LG_M(AMPA),
    &LG_M(AMPA_NMDA),
    &LG_M(lg_cable_adex),
    &LG_M(CaDynamics_E2),
    &LG_M(Ca_HVA),
    &LG_M(Ca_LVAst),
    &LG_M(Exp2Syn),
    &LG_M(ExpSyn),
    &LG_M(GABA_A),
    &LG_M(GABA_AB),
    &LG_M(GABA_B),
    &LG_M(Ih),
    &LG_M(Im),
    &LG_M(K_P),
    &LG_M(K_Pst),
    &LG_M(K_T),
    &LG_M(K_Tst),
    &LG_M(lg_cable_lif),
    &LG_M(NMDA),
    &LG_M(NaP),
    &LG_M(NaTa),
    &LG_M(NaTa_drugged),
    &LG_M(NaTa_t),
    &LG_M(NaTs),
    &LG_M(NaTs2_t),
    &LG_M(NaTs_drugged),
    &LG_M(Nap_Et2),
    &lg_cable_ou_noise,
    &lg_cable_seclamp,
    &LG_M(SK_E2),
    &LG_M(SKv3_1),
    &lg_cable_white_noise,
    &LG_M(lg_cable_adaptive_if),
    &LG_M(lg_cable_cad_if),
    &LG_M(cadyn),
    &LG_M(cahva),
    &LG_M(calva),
    &LG_M(dSpike),
    &lg_cable_gaba_tonic,
    &lg_cable_gap,
    &lg_cable_girk,
    &lg_cable_hh,
    &LG_M(hh_drugged),
    &LG_M(ih),
    &LG_M(kv31),
    &LG_M(kvm),
    &LG_M(nmda2),
    &lg_cable_pas,
    &LG_M(sk),
};
const size_t LG_M(lg_cable_list_length) = N_OF(LG_M(lg_cable_list));
