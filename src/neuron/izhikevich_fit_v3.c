#if defined(__x86_64__)
#define LG_IZH_FIT_NAME lg_izh_fit_v3
#include "neuron/izhikevich_fit_kernel.h"
#else
typedef int lg_izh_fit_v3_is_for_x86_64;
#endif
