/** @file calcium_case.h @brief One unbranched dendrite, one stimulus at its end, one probe: what tests of waves run. */
#ifndef LG_TEST_CALCIUM_CASE_H
#define LG_TEST_CALCIUM_CASE_H

#include "calcium/case.h"

static calcium_stimulus ramp = {.j0 = 2500.0, .sigma_um = 0.5, .off_s = 0.001};

static inline calcium_case one_section_case(calcium_section *section, calcium_place *probe, double end_s) {
  return (calcium_case){.constants = lg_calcium_constants_default(),
                        .n_sections = 1,
                        .sections = section,
                        .n_stimuli = 1,
                        .stimuli = &ramp,
                        .end_s = end_s,
                        .threshold_uM = 1.0,
                        .n_probes = 1,
                        .probes = probe};
}

#endif
