/* XML by expat, into a tree. */
#include "io/xml.h"

#include <expat.h>
#include <string.h>

/* An element with what belongs to it, in one block; blocks are chained to be freed. */
typedef struct block {
  lg_xml_element element;
  struct block *older;
} block;

struct lg_xml {
  char *file;
  block *newest;
  lg_xml_element *root;
};

typedef struct reading {
  lg_ctx *ctx;
  lg_xml *xml;
  XML_Parser parser;
  lg_xml_element *open[LG_XML_MAX_DEPTH], *last[LG_XML_MAX_DEPTH + 1]; /* last: child at a depth */
  size_t depth, n_elements;
  lg_status status;
} reading;

static void stop(reading *r, lg_status status, const char *why) {
  if (r->status != LG_OK) return;
  const unsigned line = (unsigned)XML_GetCurrentLineNumber(r->parser);
  r->status = why ? lg_fail(r->ctx, status, "%s:%u: %s", r->xml->file, line, why) : status;
  (void)XML_StopParser(r->parser, XML_FALSE);
}

static const char *local_name(const char *name) {
  const char *colon = strrchr(name, ':');
  return colon ? colon + 1 : name;
}

/* Name and attributes are copied behind the element. */
static lg_xml_element *make_element(reading *r, const char *name, const char **attributes) {
  size_t n = 0, bytes = strlen(name) + 1;
  for (; attributes[n]; n++) bytes += strlen(attributes[n]) + 1;
  const size_t pointers = (n + 1) * sizeof(char *);
  block *b = lg_alloc(r->ctx, sizeof *b + pointers + bytes, 1);
  if (!b) return NULL;
  const char **list = (const char **)(void *)(b + 1);
  char *text = (char *)(b + 1) + pointers;
  for (size_t k = 0; k < n; k++) {
    const size_t length = strlen(attributes[k]) + 1;
    memcpy(text, attributes[k], length);
    list[k] = text;
    text += length;
  }
  memcpy(text, name, strlen(name) + 1);
  b->element =
      (lg_xml_element){.name = text, .attributes = list, .line = (unsigned)XML_GetCurrentLineNumber(r->parser)};
  b->older = r->xml->newest;
  r->xml->newest = b;
  return &b->element;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes) {
  reading *r = user;
  if (r->status != LG_OK) return;
  if (r->depth == LG_XML_MAX_DEPTH) {
    stop(r, LG_ERR_LIMIT, "elements nested more than 64 deep");
    return;
  }
  if (++r->n_elements > LG_XML_MAX_ELEMENTS) {
    stop(r, LG_ERR_LIMIT, "more than a million elements");
    return;
  }
  lg_xml_element *e = make_element(r, local_name(name), attributes);
  if (!e) {
    stop(r, LG_ERR_MEMORY, NULL);
    return;
  }
  if (r->depth == 0) {
    r->xml->root = e;
  } else {
    lg_xml_element *parent = r->open[r->depth - 1];
    e->parent = parent;
    if (r->last[r->depth]) r->last[r->depth]->next = e;
    else parent->first = e;
  }
  r->last[r->depth] = e;
  r->open[r->depth++] = e;
  r->last[r->depth] = NULL;
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
  reading *r = user;
  (void)name;
  if (r->status == LG_OK && r->depth > 0) r->depth--;
}

static void XMLCALL on_entity(void *user, const XML_Char *name, int is_parameter, const XML_Char *value, int length,
                              const XML_Char *base, const XML_Char *system, const XML_Char *public,
                              const XML_Char *notation) {
  (void)name, (void)is_parameter, (void)value, (void)length, (void)base, (void)system, (void)public, (void)notation;
  stop(user, LG_ERR_FORMAT, "the document declares an entity, which is refused");
}

static lg_status parse_all(reading *r, const char *bytes, size_t n) {
  const size_t piece = (size_t)1 << 20;
  for (size_t at = 0; at < n || n == 0; at += piece) {
    const size_t left = n - at, now = left < piece ? left : piece;
    const bool last = now == left;
    if (XML_Parse(r->parser, bytes + at, (int)now, last) != XML_STATUS_OK && r->status == LG_OK) {
      const unsigned line = (unsigned)XML_GetCurrentLineNumber(r->parser);
      const enum XML_Error code = XML_GetErrorCode(r->parser);
      if (code == XML_ERROR_NO_MEMORY) return lg_fail(r->ctx, LG_ERR_MEMORY, "no memory for %s", r->xml->file);
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%u: no XML: %s", r->xml->file, line, XML_ErrorString(code));
    }
    if (r->status != LG_OK || last) break;
  }
  return r->status;
}

lg_status lg_xml_parse(lg_ctx *ctx, const char *file, const void *bytes, size_t n, lg_xml **out) {
  reading r = {.ctx = ctx};
  lg_status status = LG_OK;
  *out = NULL;
  if (n > LG_XML_MAX_BYTES)
    return lg_fail(ctx, LG_ERR_LIMIT, "%s: %zu bytes of XML; allowed are %zu", file, n, LG_XML_MAX_BYTES);
  LG_NEW(ctx, r.xml, 1);
  r.xml->file = lg_strdup(ctx, file);
  r.parser = XML_ParserCreate(NULL);
  if (!r.xml->file || !r.parser) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  XML_SetUserData(r.parser, &r);
  XML_SetElementHandler(r.parser, on_start, on_end);
  XML_SetEntityDeclHandler(r.parser, on_entity);
  (void)XML_SetParamEntityParsing(r.parser, XML_PARAM_ENTITY_PARSING_NEVER);
  LG_TRY(parse_all(&r, bytes, n));
  *out = r.xml;
  r.xml = NULL;
done:
  if (r.parser) XML_ParserFree(r.parser);
  lg_xml_destroy(ctx, r.xml);
  return status;
}

void lg_xml_destroy(lg_ctx *ctx, lg_xml *xml) {
  if (!xml) return;
  while (xml->newest) {
    block *older = xml->newest->older;
    lg_free(ctx, xml->newest);
    xml->newest = older;
  }
  lg_free(ctx, xml->file);
  lg_free(ctx, xml);
}

const lg_xml_element *lg_xml_root(const lg_xml *xml) { return xml->root; }
const char *lg_xml_file(const lg_xml *xml) { return xml->file; }

const char *lg_xml_attribute(const lg_xml_element *e, const char *name) {
  for (size_t k = 0; e->attributes[k]; k += 2)
    if (strcmp(e->attributes[k], name) == 0) return e->attributes[k + 1];
  return NULL;
}

static const lg_xml_element *matching(const lg_xml_element *e, const char *name) {
  while (e && name && strcmp(e->name, name) != 0) e = e->next;
  return e;
}

const lg_xml_element *lg_xml_child(const lg_xml_element *e, const char *name) { return matching(e->first, name); }
const lg_xml_element *lg_xml_sibling(const lg_xml_element *e, const char *name) { return matching(e->next, name); }
