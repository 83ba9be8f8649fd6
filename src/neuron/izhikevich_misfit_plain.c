#define LG_IZH_MISFIT_NAME lg_izh_misfit_plain
#include "neuron/izhikevich_misfit.tmpl.h"
