/**
 * @file vdcc.h
 * @brief Voltage-dependent calcium channels: gates after Borg-Graham 1999, flux after Goldman, Hodgkin and Katz.
 *
 * s' = (s∞ - s)/tau, s∞ = 1/(1 + exp(-z F (V - V½)/(R T))); flux into the cytosol J = density permeability m^a h^b
 * x (co e^-x - c)/(1 - e^-x), x = 2 F V/(R T). Gates of the N, L and T types as neuro_collection (ug4) has them, from
 * table 5 of Borg-Graham, "Interpretations of data and mechanisms for hippocampal pyramidal cell models", Cerebral
 * Cortex 13 (1999).
 */
#ifndef LG_CALCIUM_VDCC_H
#define LG_CALCIUM_VDCC_H

#include "calcium/profile.h"

typedef struct calcium_vdcc_gate {
  double z, half_mV, tau_s;
  int power; /* 0: there is none */
} calcium_vdcc_gate;

typedef struct calcium_vdcc {
  char name[32];
  calcium_profile density;    /* 1/µm² */
  double permeability_um3_s;  /* of one open channel */
  calcium_vdcc_gate gates[2]; /* activation, inactivation */
} calcium_vdcc;

/** @brief "N", "L" or "T" with density 1/µm²; false when there is no such type. */
bool lg_calcium_vdcc_type(const char *type, calcium_vdcc *out);

/** @brief F/(R T), 1/mV. */
double lg_calcium_per_mV(double celsius);

/** @brief s∞ of a gate. */
double lg_calcium_vdcc_steady(const calcium_vdcc_gate *gate, double per_mV, double v_mV);

/** A voltage's part in the flux: J = P (in outside - out c), both from 2 F V/(R T). */
typedef struct calcium_ghk {
  double in, out;
} calcium_ghk;

calcium_ghk lg_calcium_ghk(double per_mV, double v_mV);

#endif
