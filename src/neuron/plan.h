/**
 * @file plan.h
 * @brief A neuron made ready to run: its fields in structs, only the states that it needs, and the functions of its
 *        model.
 */
#ifndef LG_NEURON_PLAN_H
#define LG_NEURON_PLAN_H

#include "base/base.h"

#include <loligo/neuron.h>

typedef enum lg_izh_variant {
  LG_IZH_STD = 0,
  LG_IZH_LTS,
  LG_IZH_FS,
  LG_IZH_TC,
  LG_IZH_RTN,
  LG_IZH_KLOWKHIGH,
  LG_IZH_VARIANTS
} lg_izh_variant;

/** Every field that any Izhikevich row has, in canonical order. */
typedef enum lg_izh_slot {
  LG_SLOT_C = 0,
  LG_SLOT_K,
  LG_SLOT_VR,
  LG_SLOT_VT,
  LG_SLOT_A,
  LG_SLOT_B,
  LG_SLOT_CC, /* reset potential c */
  LG_SLOT_D,
  LG_SLOT_VPEAK,
  LG_SLOT_VB,
  LG_SLOT_KLOW,
  LG_SLOT_KHIGH,
  LG_SLOT_ISHIFT,
  LG_SLOT_B_ABOVE,
  LG_SLOTS
} lg_izh_slot;

/** Fields of hh52, in the order of its row. */
enum { LG_HH_C = 0, LG_HH_GNA, LG_HH_GK, LG_HH_GL, LG_HH_ENA, LG_HH_EK, LG_HH_EL, LG_HH_V0, LG_HH_FIELDS };

/** Fields of tm, in the order of its row. */
enum {
  LG_TM_C = 0,
  LG_TM_GNA,
  LG_TM_GK,
  LG_TM_GL,
  LG_TM_GM,
  LG_TM_ENA,
  LG_TM_EK,
  LG_TM_EL,
  LG_TM_VT,
  LG_TM_TAUMAX,
  LG_TM_V0,
  LG_TM_GNAP,
  LG_TM_NAP_HALF,
  LG_TM_NAP_SLOPE,
  LG_TM_GA,
  LG_TM_A_HALF,
  LG_TM_A_SLOPE,
  LG_TM_A_H_HALF,
  LG_TM_A_H_SLOPE,
  LG_TM_A_H_TAU,
  LG_TM_GH,
  LG_TM_H_HALF,
  LG_TM_H_SLOPE,
  LG_TM_H_TAU_MIN,
  LG_TM_H_TAU_MAX,
  LG_TM_EH,
  LG_TM_GCAT,
  LG_TM_CAT_SHIFT,
  LG_TM_GCAL,
  LG_TM_ECA,
  LG_TM_GSK,
  LG_TM_SK_K,
  LG_TM_CA_GAIN,
  LG_TM_CA_TAU,
  LG_TM_CA_REST,
  LG_TM_SLOW,
  LG_TM_S_HALF,
  LG_TM_S_SLOPE,
  LG_TM_S_TAU_MIN,
  LG_TM_S_TAU_MAX,
  LG_TM_GGABA,
  LG_TM_EGABA,
  LG_TM_GGABAA,
  LG_TM_GABAA_RISE,
  LG_TM_GABAA_DECAY,
  LG_TM_GNMDA,
  LG_TM_NMDA_RISE,
  LG_TM_NMDA_DECAY,
  LG_TM_MG,
  LG_TM_GAMPA,
  LG_TM_AMPA_RISE,
  LG_TM_AMPA_DECAY,
  LG_TM_ESYN,
  LG_TM_GNA_SCALE,
  LG_TM_GK_SCALE,
  LG_TM_GM_SCALE,
  LG_TM_P_SHIFT,
  LG_TM_NAB_KON,
  LG_TM_NAB_KI,
  LG_TM_NAB_KR,
  LG_TM_NAB_DOSE,
  LG_TM_NAB_SLOW,
  LG_TM_NAB2_KON, /* the second blocker's fields in the order of the first's */
  LG_TM_NAB2_KI,
  LG_TM_NAB2_KR,
  LG_TM_NAB2_DOSE,
  LG_TM_NAB2_SLOW,
  LG_TM_ONE_SITE,
  LG_TM_H_SHIFT,
  LG_TM_NMDAB_DOSE,
  LG_TM_NMDAB_K0,
  LG_TM_NMDAB_ZDELTA,
  LG_TM_GGIRK,
  LG_TM_RATE_SCALE,
  LG_TM_FIELDS
};

/** States of tm, in the order of its row. */
enum {
  LG_TMS_V = 0,
  LG_TMS_M,
  LG_TMS_H,
  LG_TMS_N,
  LG_TMS_P,
  LG_TMS_B,  /* fraction of Na channels blocked */
  LG_TMS_S,  /* slow Na inactivation */
  LG_TMS_AM, /* A current */
  LG_TMS_AH,
  LG_TMS_R,  /* Ih */
  LG_TMS_U,  /* inactivation of the T current */
  LG_TMS_CA, /* µM */
  LG_TMS_AMPA_X,
  LG_TMS_AMPA_Y,
  LG_TMS_NMDA_X,
  LG_TMS_NMDA_Y,
  LG_TMS_GABA_X,
  LG_TMS_GABA_Y,
  LG_TMS_B2, /* fraction of Na channels blocked by the second blocker */
  LG_TM_STATES_ALL
};

/** RT/F at 22 °C, mV: the temperature at which the voltage dependence of channel blockers is measured. */
#define LG_TM_RT_F_MV 25.434

typedef struct lg_plan lg_plan;

/** Functions of a model. */
typedef struct lg_plan_ops {
  /** Right-hand side at current I. */
  void (*rhs)(const lg_plan *plan, double current, const double *y, double *dy);
  /** The spike surface: a spike when it rises through 0. */
  double (*spike)(const lg_plan *plan, const double *y);
  /** After a spike; NULL: nothing jumps. */
  void (*reset)(const lg_plan *plan, double *y);
  /** Surface where the right-hand side switches; NULL: none. plan->above says on which side the state is. */
  double (*surface)(const lg_plan *plan, const double *y);
  /** All states at steady state of a clamped potential; y (n), y[0] too. */
  void (*steady)(const lg_plan *plan, double v_mV, double *y);
  /** A presynaptic spike arrives; NULL: the model has no synapses. */
  void (*arrive)(const lg_plan *plan, lg_receptor receptor, double weight, double *y);
  /** The same on tangents, for sensitivities. */
  const struct lg_tangent_ops *tangent;
} lg_plan_ops;

/** The tangents of a model for its ops; a build without sensitivities (the browser's) leaves them out. */
#ifdef LG_WITHOUT_TANGENTS
#define LG_TANGENT_OF(t) (sizeof(t) > 0 ? NULL : NULL)
#else
#define LG_TANGENT_OF(t) (&(t))
#endif

struct lg_plan {
  const lg_plan_ops *ops;
  const lg_model_info *info;
  size_t n;                                  /* states that are integrated */
  unsigned char state[LG_NEURON_MAX_STATES]; /* (n) their places in info->states */
  signed char place[LG_NEURON_MAX_STATES];   /* (info->n_states) their places among the n, -1: not integrated */
  int above;                                 /* side of the switching surface */
  lg_izh_variant variant;
  double p[LG_NEURON_MAX_FIELDS];  /* Izhikevich: (LG_SLOTS); others: in the order of the row */
  double norm[LG_RECEPTORS];       /* peak of the difference of exponentials, inverse */
  double v_inward;                 /* without injected current all currents are inward below that, -150: not known */
  double y0[LG_NEURON_MAX_STATES]; /* (n) start */
};

/** @brief Check a neuron and make it ready; writes plan->y0. */
LG_MUST_CHECK lg_status lg_plan_make(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan);

/** @brief Overwrite the starts of the states behind the potential by those that the neuron gives. */
void lg_plan_given_states(const lg_neuron *neuron, lg_plan *plan);

/* One per model; called by lg_plan_make after the range check. */
LG_MUST_CHECK lg_status lg_plan_izhikevich(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan);
LG_MUST_CHECK lg_status lg_plan_hh52(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan);
LG_MUST_CHECK lg_status lg_plan_tm(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan);
LG_MUST_CHECK lg_status lg_check_izhikevich(lg_ctx *ctx, const lg_neuron *neuron);
LG_MUST_CHECK lg_status lg_check_tm(lg_ctx *ctx, const lg_neuron *neuron);

/** @brief Lowest zero of the steady-state current (gates at steady state) in -150 … 50 mV. */
LG_MUST_CHECK lg_status lg_plan_rest(lg_ctx *ctx, const lg_plan *plan, double current, double *v_mV);

/** @brief The same without a context, for parallel sections: false when there is none. */
bool lg_plan_find_rest(const lg_plan *plan, double current, double *v_mV);

/** @brief lg_plan_make() of a tm neuron that was checked, for parallel sections: false without a resting potential. */
bool lg_plan_tm_checked(const lg_neuron *neuron, lg_plan *plan);

/** Tables of the room, one per file. */
extern const lg_model_info lg_info_izhikevich[LG_IZH_VARIANTS], lg_info_hh52, lg_info_tm;
extern const unsigned char *const lg_izh_slots[LG_IZH_VARIANTS];

#endif
