/* The interpreter of mechanisms for any machine. */
#define RUN lg_nmodl_run_plain
#include "cable/nmodl_vm.tmpl.h"
