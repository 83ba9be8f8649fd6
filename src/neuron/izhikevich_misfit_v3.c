#define LG_IZH_MISFIT_NAME lg_izh_misfit_v3
#include "neuron/izhikevich_misfit.tmpl.h"
