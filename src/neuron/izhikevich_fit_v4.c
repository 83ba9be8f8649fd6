#if defined(__x86_64__)
#define LG_IZH_FIT_NAME lg_izh_fit_v4
#include "neuron/izhikevich_fit_kernel.h"
#else
typedef int lg_izh_fit_v4_is_for_x86_64;
#endif
