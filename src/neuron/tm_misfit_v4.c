#define LG_TM_MISFIT_NAME lg_tm_misfit_v4
#include "neuron/tm_misfit.tmpl.h"
