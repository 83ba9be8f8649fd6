#define LG_TM_MISFIT_NAME lg_tm_misfit_v3
#include "neuron/tm_misfit.tmpl.h"
