/**
 * @file mechanisms.h
 * @brief The built-in mechanisms: those of one build in files mechanism_<name>.c, those of three instruction sets in
 * texts that mechanisms.tmpl.h includes.
 */
#ifndef LG_CABLE_MECHANISMS_H
#define LG_CABLE_MECHANISMS_H

#include "base/cpu.h"
#include "cable/mechanism.h"

extern const cable_mechanism lg_cable_gaba_tonic; /* mechanism_pas.c */
extern const cable_mechanism lg_cable_gap;
extern const cable_mechanism lg_cable_girk;
extern const cable_mechanism lg_cable_hh;
extern const cable_mechanism lg_cable_ou_noise;
extern const cable_mechanism lg_cable_pas;
extern const cable_mechanism lg_cable_seclamp;
extern const cable_mechanism lg_cable_white_noise;

/* membrane.tmpl.h, for each instruction set */
extern const cable_mechanism lg_cable_adaptive_if_plain, lg_cable_adaptive_if_v3, lg_cable_adaptive_if_v4;
extern const cable_mechanism lg_cable_adex_plain, lg_cable_adex_v3, lg_cable_adex_v4;
extern const cable_mechanism lg_cable_cad_if_plain, lg_cable_cad_if_v3, lg_cable_cad_if_v4;
extern const cable_mechanism lg_cable_lif_plain, lg_cable_lif_v3, lg_cable_lif_v4;

/** The list, by name, of one instruction set. */
extern const cable_mechanism *const lg_cable_list_plain[];
extern const cable_mechanism *const lg_cable_list_v3[];
extern const cable_mechanism *const lg_cable_list_v4[];
extern const size_t lg_cable_list_length_plain, lg_cable_list_length_v3, lg_cable_list_length_v4;

/** @brief The list as a level of CPU has it (tests compare them); lg_cable_mechanisms() takes that of this machine. */
const cable_mechanism *const *lg_cable_mechanisms_at(lg_cpu level, size_t *n);

#endif
