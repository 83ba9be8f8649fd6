/** @file fft2.h @brief Discrete Fourier transforms of real images, by KissFFT 131.1 (BSD-3, single precision). */
#ifndef LG_FFT2_H
#define LG_FFT2_H

#include "base/base.h"

/** Plan and scratch of one thread. */
typedef struct lg_fft2 lg_fft2;

/** @brief Greatest even number up to n with no prime factor above 5; 0 below 2. */
size_t lg_fft_fast_even(size_t n);

/** @param height,width even, 2 to 16384 */
LG_MUST_CHECK lg_status lg_fft2_create(lg_ctx *ctx, size_t height, size_t width, lg_fft2 **out);
void lg_fft2_destroy(lg_ctx *ctx, lg_fft2 *fft);

/** @brief X[ky][kx] = sum x[y][x] exp(-2 pi i (ky y/height + kx x/width)). @param x (height, width) @param[out]
 * spectrum (height, width/2 + 1, 2) real and imaginary parts */
void lg_fft2_forward(lg_fft2 *fft, const float *x, float *spectrum);
/** @brief The inverse times height width. @param[out] x (height, width) */
void lg_fft2_inverse(lg_fft2 *fft, const float *spectrum, float *x);

#endif
