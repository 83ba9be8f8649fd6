#define LG_TM_BATCH_NAME lg_tm_batch_run_plain
#include "neuron/tm_batch.tmpl.h"
