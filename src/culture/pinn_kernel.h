/** @file pinn_kernel.h @brief Loops over numbers of the physics-informed network, built for each instruction set. */
#ifndef LG_CULTURE_PINN_KERNEL_H
#define LG_CULTURE_PINN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "learn/real_f32.h"

#include "culture/pinn_kernel_decl.tmpl.h"

#include "learn/real_f64.h"

#include "culture/pinn_kernel_decl.tmpl.h"

#endif
