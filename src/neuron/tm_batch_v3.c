#define LG_TM_BATCH_NAME lg_tm_batch_run_v3
#include "neuron/tm_batch.tmpl.h"
