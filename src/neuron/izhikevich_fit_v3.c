#define LG_IZH_FIT_NAME lg_izh_fit_v3
#include "neuron/izhikevich_fit_kernel.h"
