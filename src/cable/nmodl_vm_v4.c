/* The interpreter of mechanisms for AVX-512; the same bits. */
#define RUN lg_nmodl_run_v4
#include "cable/nmodl_vm.tmpl.h"
