#define LG_TM_SHOOT_NAME lg_tm_shoot_v3
#include "neuron/tm_shoot.tmpl.h"
