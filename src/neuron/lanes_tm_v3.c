#define LG_LANES_NAME lg_lanes_tm_v3
#include "neuron/lanes_tm.tmpl.h"
