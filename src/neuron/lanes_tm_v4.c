#define LG_LANES_NAME lg_lanes_tm_v4
#include "neuron/lanes_tm.tmpl.h"
