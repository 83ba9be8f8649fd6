/** @file mechanisms.h @brief The built-in mechanisms, one file mechanism_<name>.c each. */
#ifndef LG_CABLE_MECHANISMS_H
#define LG_CABLE_MECHANISMS_H

#include "cable/mechanism.h"

extern const cable_mechanism lg_cable_expsyn;
extern const cable_mechanism lg_cable_hh;
extern const cable_mechanism lg_cable_pas;

#endif
