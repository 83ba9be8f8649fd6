#define LG_LANES_NAME lg_lanes_tm_plain
#include "neuron/lanes_tm.tmpl.h"
