/**
 * @file stain.h
 * @brief Single images of irregular monolayers whose truth is known: stained membranes, or bright cells.
 *
 * Cells are those of simulate.h, some of them joined, on a plane that is stretched, bent and ruffled. Membranes are
 * lines of uneven brightness above haze of each cell, light from other focal planes and debris; or cells are bright
 * with dark seams, some of them missing, or apart. Then blur, vignetting and noise.
 */
#ifndef LG_CULTURE_STAIN_H
#define LG_CULTURE_STAIN_H

#include "culture/movie.h"

typedef struct culture_stain {
  uint64_t seed;
  size_t size, ncell; /* px a side; cells on it before some are joined */
  bool membranes;     /* false: bright cells */
  double joined;      /* share of cells that join a neighbour */
  double stretch;     /* along a random direction, 1 or more */
  double bend_px;     /* standard deviation of smooth displacements */
  double ruffle_px;   /* and of fine ones */
  double blur_px;     /* of the optics */
  double contrast;    /* of lines or seams, to haze or cells */
  double uneven;      /* deviation of ln brightness of cells and lines */
  double gaps;        /* share of lines that hardly show; of bright cells that are missing */
  double glow;        /* light from other focal planes */
  double apart_px;    /* half the gap between bright cells */
  double debris;      /* spots per 1000 px */
  double counts;      /* of haze or cells */
  double vignetting;  /* 0 … 1 */
} culture_stain;

/** @brief Something between clear and poor, by seed. */
culture_stain lg_culture_stain_draw(uint64_t seed, uint64_t index, size_t size, size_t ncell);

/** @brief One image and its labels. @param[out] image one frame, 16 bits */
LG_MUST_CHECK lg_status lg_culture_simulate_stain(lg_ctx *ctx, const culture_stain *stain, lg_culture_masks **masks,
                                                  lg_culture_movie **image);

#endif
