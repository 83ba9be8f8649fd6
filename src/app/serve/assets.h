/** @file assets.h @brief The files of the page, inside the program (tools/embed_assets.c makes the table). */
#ifndef LG_SERVE_ASSETS_H
#define LG_SERVE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct serve_asset {
  const char *path; /* "/index.html", "/assets/index-BKx6WSeb.js" */
  const char *type;
  const char *etag;           /* half of the SHA-256 of what the file holds, as hex */
  const unsigned char *bytes; /* (n_bytes) gzipped where gzip is set */
  size_t n_bytes, n_raw;
  bool gzip;
  bool forever; /* its hash is in its name */
} serve_asset;

extern const serve_asset serve_assets[]; /* sorted by path; one of NULLs ends it */
extern const size_t serve_n_assets;      /* 0: built without npm */

/** @brief NULL: there is none of that path. */
const serve_asset *serve_find_asset(const char *path);

#endif
