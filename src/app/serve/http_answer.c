/* What a handler answers with. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void drop(http_call *call) {
  if (call->stream) (void)fclose(call->stream);
  call->stream = NULL;
  free(call->text);
  call->text = NULL;
  if (call->response) MHD_destroy_response(call->response);
  call->response = NULL;
}

static lg_status set(lg_ctx *ctx, http_call *call, unsigned status_code, struct MHD_Response *response) {
  if (!response) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an answer");
  if (call->response) MHD_destroy_response(call->response);
  call->response = response;
  call->status_code = status_code;
  return LG_OK;
}

lg_json *http_json_begin(lg_ctx *ctx, http_call *call) {
  drop(call);
  call->stream = open_memstream(&call->text, &call->text_bytes);
  if (!call->stream) {
    LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for an answer"));
    call->stream = fopen("/dev/null", "w"); /* so that writing to it is harmless; the end tells */
  }
  call->out = lg_json_begin(call->stream);
  return &call->out;
}

lg_status http_json_end(lg_ctx *ctx, http_call *call, unsigned status_code) {
  const bool nested = lg_json_end(&call->out);
  const bool written = fclose(call->stream) == 0 && call->text;
  call->stream = NULL;
  if (!nested) return lg_fail(ctx, LG_ERR_INTERNAL, "an answer's JSON does not nest");
  if (!written) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an answer");
  struct MHD_Response *r = MHD_create_response_from_buffer(call->text_bytes, call->text, MHD_RESPMEM_MUST_FREE);
  if (r) {
    call->text = NULL;
    (void)MHD_add_response_header(r, "Content-Type", "application/json");
    (void)MHD_add_response_header(r, "Cache-Control", "no-store");
  }
  return set(ctx, call, status_code, r);
}

lg_json *http_list_begin(lg_ctx *ctx, http_call *call, const char *key) {
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key(w, key);
  lg_json_array(w);
  return w;
}

lg_status http_list_end(lg_ctx *ctx, http_call *call, lg_json *list, lg_status status) {
  lg_json_end_array(list);
  lg_json_end_object(list);
  return status == LG_OK ? http_json_end(ctx, call, MHD_HTTP_OK) : status;
}

lg_status http_error(lg_ctx *ctx, http_call *call, unsigned status_code, const char *code, const char *remedy,
                     const char *fmt, ...) {
  char message[512];
  va_list values;
  va_start(values, fmt);
  (void)vsnprintf(message, sizeof message, fmt, values);
  va_end(values);
  lg_json *w = http_json_begin(ctx, call);
  lg_json_object(w);
  lg_json_key(w, "error");
  lg_json_object(w);
  lg_json_key_text(w, "code", code);
  lg_json_key_text(w, "message", message);
  lg_json_key_text(w, "remedy", remedy);
  lg_json_end_object(w);
  lg_json_end_object(w);
  return http_json_end(ctx, call, status_code);
}

void http_answer_failure(lg_ctx *ctx, http_call *call, lg_status status) {
  static const struct {
    lg_status status;
    unsigned code;
    const char *remedy;
  } known[] = {
      {LG_ERR_NOT_FOUND, MHD_HTTP_NOT_FOUND, "Look at the list it should be in."},
      {LG_ERR_ARGUMENT, MHD_HTTP_BAD_REQUEST, "Change the request as the message says."},
      {LG_ERR_RANGE, MHD_HTTP_BAD_REQUEST, "Change the value as the message says."},
      {LG_ERR_FORMAT, MHD_HTTP_BAD_REQUEST, "Check the file or the request's form."},
      {LG_ERR_UNSUPPORTED, MHD_HTTP_BAD_REQUEST, "Use one of the forms that the documentation lists."},
      {LG_ERR_LIMIT, MHD_HTTP_SERVICE_UNAVAILABLE, "Try again in a few seconds."},
      {LG_ERR_MEMORY, MHD_HTTP_SERVICE_UNAVAILABLE, "Try again when less is running."},
      {LG_ERR_IO, MHD_HTTP_INSUFFICIENT_STORAGE,
       "Free room on the server's disk, then try again; nothing was changed."},
  };
  char message[400];
  (void)snprintf(message, sizeof message, "%s", lg_ctx_message(ctx));
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
    if (known[k].status == status) {
      LG_IGNORE(http_error(ctx, call, known[k].code, lg_status_name(status), known[k].remedy, "%s", message));
      return;
    }
  LG_IGNORE(http_error(ctx, call, MHD_HTTP_INTERNAL_SERVER_ERROR, lg_status_name(status),
                       "Tell the administrator what you did; the server's log has the place.", "%s", message));
}

lg_status http_bytes(lg_ctx *ctx, http_call *call, unsigned status_code, const char *type, const void *bytes,
                     size_t n) {
  void *copy = malloc(n ? n : 1);
  if (!copy) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for an answer");
  memcpy(copy, bytes, n);
  struct MHD_Response *r = MHD_create_response_from_buffer(n, copy, MHD_RESPMEM_MUST_FREE);
  if (!r) free(copy);
  else (void)MHD_add_response_header(r, "Content-Type", type);
  return set(ctx, call, status_code, r);
}

lg_status http_empty(lg_ctx *ctx, http_call *call, unsigned status_code) {
  return set(ctx, call, status_code, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

/* "bytes=a-b", "bytes=a-", "bytes=-n": one range; anything else is answered by the whole file. */
typedef enum range { RANGE_NONE, RANGE_PART, RANGE_BEYOND } range;

static range read_range(const char *text, uint64_t size, uint64_t *from, uint64_t *length) {
  unsigned long long a, b;
  int end = 0;
  if (!text) return RANGE_NONE;
  if (sscanf(text, "bytes=%llu-%llu%n", &a, &b, &end) == 2 && text[end] == 0 && a <= b) {
    if (a >= size) return RANGE_BEYOND;
    *from = a, *length = (b < size ? b : size - 1) - a + 1;
    return RANGE_PART;
  }
  end = 0;
  if (sscanf(text, "bytes=%llu-%n", &a, &end) == 1 && end && text[end] == 0) {
    if (a >= size) return RANGE_BEYOND;
    *from = a, *length = size - a;
    return RANGE_PART;
  }
  end = 0;
  if (sscanf(text, "bytes=-%llu%n", &b, &end) == 1 && end && text[end] == 0) {
    if (b == 0 || size == 0) return RANGE_BEYOND;
    *length = b < size ? b : size, *from = size - *length;
    return RANGE_PART;
  }
  return RANGE_NONE;
}

/* A range of another version of the file than the client has begun with is of no use: all of it then. */
static range wanted_range(const http_call *call, const char *etag, uint64_t size, uint64_t *from, uint64_t *length) {
  const char *same = http_header(call, "If-Range");
  if (same && (!etag || strcmp(same, etag) != 0)) return RANGE_NONE;
  return read_range(http_header(call, "Range"), size, from, length);
}

lg_status http_file(lg_ctx *ctx, http_call *call, const char *path, const char *type, const char *etag,
                    const char *download) {
  struct stat about;
  char words[256], tag[160];
  const char *known = http_header(call, "If-None-Match");
  if (etag) {
    (void)snprintf(tag, sizeof tag, "\"%s\"", etag);
    http_set_header(call, "ETag", tag);
    if (known && strcmp(known, tag) == 0) return http_empty(ctx, call, MHD_HTTP_NOT_MODIFIED);
  }
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    if (file >= 0) (void)close(file);
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "the file is not there: %s", strerror(errno));
  }
  const uint64_t size = (uint64_t)about.st_size;
  uint64_t from = 0, length = size;
  const range part = wanted_range(call, etag ? tag : NULL, size, &from, &length);
  if (part == RANGE_BEYOND) {
    (void)close(file);
    (void)snprintf(words, sizeof words, "bytes */%llu", (unsigned long long)size);
    http_set_header(call, "Content-Range", words);
    return http_error(ctx, call, MHD_HTTP_RANGE_NOT_SATISFIABLE, "range", "Ask for bytes that the file has.",
                      "the file has %llu bytes", (unsigned long long)size);
  }
  struct MHD_Response *r = MHD_create_response_from_fd_at_offset64(length, file, from);
  if (!r) (void)close(file);
  else {
    (void)MHD_add_response_header(r, "Content-Type", type);
    (void)MHD_add_response_header(r, "Accept-Ranges", "bytes");
    if (part == RANGE_PART) {
      (void)snprintf(words, sizeof words, "bytes %llu-%llu/%llu", (unsigned long long)from,
                     (unsigned long long)(from + length - 1), (unsigned long long)size);
      (void)MHD_add_response_header(r, "Content-Range", words);
    }
    if (download) { /* the name is made of safe letters: it came out of a route or of our own tables */
      (void)snprintf(words, sizeof words, "attachment; filename=\"%s\"", download);
      (void)MHD_add_response_header(r, "Content-Disposition", words);
    }
  }
  return set(ctx, call, part == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, r);
}

void http_set_header(http_call *call, const char *name, const char *value) {
  if (call->n_headers == HTTP_HEADERS) return;
  (void)snprintf(call->header[call->n_headers].name, sizeof call->header[0].name, "%s", name);
  (void)snprintf(call->header[call->n_headers].value, sizeof call->header[0].value, "%s", value);
  call->n_headers++;
}
