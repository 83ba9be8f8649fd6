/* The mechanisms that cells in the browser have: the list of src/cable without the channels that lessons do not use. */
#include "cable/mechanisms.h"

const cable_mechanism *const lg_cable_list_plain[] = {&lg_cable_hh, &lg_cable_pas};
const size_t lg_cable_list_length_plain = 2;

const cable_mechanism *const lg_cable_list_v3[1] = {0}, *const lg_cable_list_v4[1] = {0};
const size_t lg_cable_list_length_v3 = 0, lg_cable_list_length_v4 = 0;
