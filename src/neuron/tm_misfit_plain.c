#define LG_TM_MISFIT_NAME lg_tm_misfit_plain
#include "neuron/tm_misfit.tmpl.h"
