#define LG_LANES_NAME lg_lanes_izhikevich_plain
#include "neuron/lanes_izhikevich.tmpl.h"
