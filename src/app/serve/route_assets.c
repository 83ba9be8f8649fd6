/* The page's own files. They are in the program: nothing is read from a disk, nothing comes from elsewhere. */
#define _XOPEN_SOURCE 700
#include "app/serve/assets.h"
#include "app/serve/http_internal.h"
#include "app/serve/routes.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char no_page[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Loligo</title></head><body>"
    "<h1>The page is not in this program</h1><p>It was built on a machine without npm, or without a network to fetch "
    "the "
    "page's packages from. The API at <a href=\"/api/v1\">/api/v1</a> works.</p><p>Install nodejs (18 or newer) and "
    "npm, "
    "then run <code>make</code> again.</p></body></html>\n";

const serve_asset *serve_find_asset(const char *path) {
  size_t low = 0, high = serve_n_assets;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const int order = strcmp(path, serve_assets[middle].path);
    if (order == 0) return &serve_assets[middle];
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return NULL;
}

static bool takes_gzip(const http_call *call) {
  const char *accept = http_header(call, "Accept-Encoding");
  const char *at = accept ? strstr(accept, "gzip") : NULL;
  return at && strncmp(at + 4, ";q=0", 4) != 0;
}

/* For the rare client that takes no gzip: curl without --compressed. */
static lg_status unpacked(lg_ctx *ctx, const serve_asset *a, struct MHD_Response **out) {
  z_stream z = {0};
  unsigned char *raw = malloc(a->n_raw ? a->n_raw : 1), *packed = malloc(a->n_bytes);
  bool right = false;
  if (raw && packed && inflateInit2(&z, 15 + 16) == Z_OK) {
    memcpy(packed, a->bytes, a->n_bytes);
    z.next_in = packed, z.avail_in = (uInt)a->n_bytes, z.next_out = raw, z.avail_out = (uInt)a->n_raw;
    right = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == a->n_raw;
    (void)inflateEnd(&z);
  }
  free(packed);
  if (right) *out = MHD_create_response_from_buffer(a->n_raw, raw, MHD_RESPMEM_MUST_FREE);
  if (right && *out) return LG_OK;
  free(raw);
  return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a file of the page");
}

static lg_status give(lg_ctx *ctx, http_call *call, const serve_asset *a) {
  char etag[40];
  const bool packed = a->gzip && takes_gzip(call);
  const char *known = http_header(call, "If-None-Match");
  struct MHD_Response *r = NULL;
  (void)snprintf(etag, sizeof etag, "\"%s%s\"", a->etag, packed ? "-gz" : "");
  http_set_header(call, "ETag", etag);
  http_set_header(call, "Cache-Control", a->forever ? "public, max-age=31536000, immutable" : "no-cache");
  if (a->gzip) http_set_header(call, "Vary", "Accept-Encoding");
  if (known && strstr(known, etag)) return http_empty(ctx, call, MHD_HTTP_NOT_MODIFIED);
  if (a->gzip && !packed) {
    const lg_status status = unpacked(ctx, a, &r);
    if (status != LG_OK) return status;
  } else {
    union {
      const unsigned char *read;
      void *any;
    } bytes = {a->bytes}; /* libmicrohttpd only reads it, but takes no const */
    r = MHD_create_response_from_buffer(a->n_bytes, bytes.any, MHD_RESPMEM_PERSISTENT);
  }
  if (!r) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a file of the page");
  (void)MHD_add_response_header(r, "Content-Type", a->type);
  if (packed) (void)MHD_add_response_header(r, "Content-Encoding", "gzip");
  call->response = r;
  call->status_code = MHD_HTTP_OK;
  return LG_OK;
}

static lg_status front(lg_ctx *ctx, serve *server, http_call *call) {
  (void)server;
  const serve_asset *a = serve_find_asset("/index.html");
  if (a) return give(ctx, call, a);
  return http_bytes(ctx, call, MHD_HTTP_NOT_IMPLEMENTED, "text/html; charset=utf-8", no_page, sizeof no_page - 1);
}

static lg_status file(lg_ctx *ctx, serve *server, http_call *call) {
  (void)server;
  const serve_asset *a = serve_find_asset(call->path);
  if (a) return give(ctx, call, a);
  return http_error(ctx, call, MHD_HTTP_NOT_FOUND, "not-found", "Load the page anew: the server may have been updated.",
                    "the page has no such file");
}

const http_route route_assets[ROUTE_ASSETS_COUNT] = {
    {HTTP_GET, "/", ROLE_NOBODY, NULL, front, "The page."},
    {HTTP_GET, "/icon.svg", ROLE_NOBODY, NULL, file, "The page's icon."},
    {HTTP_GET, "/assets/{name}", ROLE_NOBODY, NULL, file, "A file of the page; its name holds its hash."},
};
