/* The interpreter of mechanisms for AVX2; the same bits. */
#define RUN lg_nmodl_run_v3
#include "cable/nmodl_vm.tmpl.h"
