#define LG_LANES_NAME lg_lanes_izhikevich_v3
#include "neuron/lanes_izhikevich.tmpl.h"
