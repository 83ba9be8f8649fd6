#define LG_IZH_FIT_NAME lg_izh_fit_v4
#include "neuron/izhikevich_fit_kernel.h"
