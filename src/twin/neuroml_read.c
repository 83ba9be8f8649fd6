/* NeuroML files with what they include, and the cell in them. */
#define _XOPEN_SOURCE 700
#include "twin/neuroml_internal.h"

#include <math.h>
#include <string.h>
#include <strings.h>

void lg_neuroml_destroy(lg_ctx *ctx, neuroml *m) {
  if (!m) return;
  for (size_t k = 0; k < m->n_documents; k++) {
    lg_xml_destroy(ctx, m->documents[k]);
    lg_free(ctx, m->paths[k]);
  }
  lg_free(ctx, m->mechanisms);
  lg_free(ctx, m->properties);
  lg_free(ctx, m->segments);
  lg_free(ctx, m->classes);
  lg_free(ctx, m->sections);
  lg_free(ctx, m->points);
  lg_free(ctx, m->clamps);
  for (size_t k = 0; k < m->n_notes; k++) lg_free(ctx, m->notes[k]);
  lg_free(ctx, m->notes);
  lg_free(ctx, m);
}

size_t lg_neuroml_mechanisms(const neuroml *m) { return m->n_mechanisms; }
const char *lg_neuroml_mechanism_name(const neuroml *m, size_t k) { return m->mechanisms[k].name; }
size_t lg_neuroml_sections(const neuroml *m) { return m->n_sections; }
const char *lg_neuroml_note(const neuroml *m, size_t k) { return k < m->n_notes ? m->notes[k] : NULL; }

bool lg_neuroml_is(const void *bytes, size_t n) {
  const char *text = bytes;
  const size_t looked = n < 4096 ? n : 4096;
  for (size_t k = 0; k + 8 <= looked; k++)
    if (memcmp(text + k, "<neuroml", 8) == 0) return true;
  return false;
}

/* ---- documents -------------------------------------------------------------------------------- */

static lg_status add_document(neuroml *m, const char *path, const void *bytes, size_t n) {
  lg_status status = LG_OK;
  lg_xml *xml = NULL;
  LG_TRY(lg_xml_parse(m->ctx, path, bytes, n, &xml));
  if (strcmp(lg_xml_root(xml)->name, "neuroml") != 0) {
    status = lg_fail(m->ctx, LG_ERR_FORMAT, "%s:%u: <neuroml> expected, got <%.40s>%s", path, lg_xml_root(xml)->line,
                     lg_xml_root(xml)->name,
                     strcasecmp(lg_xml_root(xml)->name, "Lems") == 0 ? ": simulations in LEMS are not supported" : "");
    lg_xml_destroy(m->ctx, xml);
    goto done;
  }
  char *copy = lg_strdup(m->ctx, path);
  if (!copy) {
    lg_xml_destroy(m->ctx, xml);
    return LG_ERR_MEMORY;
  }
  m->documents[m->n_documents] = xml;
  m->paths[m->n_documents++] = copy;
done:
  return status;
}

static lg_status load_document(neuroml *m, const char *path) {
  unsigned char *bytes = NULL;
  size_t n;
  lg_status status;
  for (size_t k = 0; k < m->n_documents; k++)
    if (strcmp(m->paths[k], path) == 0) return LG_OK; /* already here */
  if (m->n_documents == NEUROML_MAX_FILES)
    return lg_fail(m->ctx, LG_ERR_LIMIT, "%s: more than %d files", path, NEUROML_MAX_FILES);
  LG_TRY(lg_file_read(m->ctx, path, LG_XML_MAX_BYTES, &bytes, &n));
  status = add_document(m, path, bytes, n);
done:
  lg_free(m->ctx, bytes);
  return status;
}

/* Relative names only, and none that leave the folder of the file. */
static lg_status include(neuroml *m, const char *from, const lg_xml_element *e, bool may_load) {
  const char *name, *slash = strrchr(from, '/');
  char path[1024];
  const lg_status status = lg_neuroml_text(m, e, "href", &name);
  if (status != LG_OK) return status;
  if (!may_load) return lg_neuroml_refuse(m, e, "the file includes %.100s", name);
  if (name[0] == '/' || strstr(name, "..") || strstr(name, "://"))
    return lg_neuroml_refuse(m, e, "<include href=\"%.100s\">: a file below the folder of this one expected", name);
  const int n = snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - from) : 0, from, name);
  if (n < 0 || (size_t)n >= sizeof path) return lg_neuroml_refuse(m, e, "the name of an included file is too long");
  const lg_status loaded = load_document(m, path);
  return loaded == LG_OK ? LG_OK : lg_fail_prefix(m->ctx, loaded, "%s:%u: ", from, e->line);
}

static lg_status follow_includes(neuroml *m, bool may_load) {
  lg_status status = LG_OK;
  for (size_t d = 0; d < m->n_documents && status == LG_OK; d++)
    for (const lg_xml_element *e = lg_xml_child(lg_xml_root(m->documents[d]), "include"); e && status == LG_OK;
         e = lg_xml_sibling(e, "include"))
      status = include(m, m->paths[d], e, may_load);
  return status;
}

/* ---- the cell --------------------------------------------------------------------------------- */

static lg_status find_cell(neuroml *m) {
  const lg_xml_element *first = NULL;
  size_t n = 0;
  for (size_t d = 0; d < m->n_documents; d++)
    for (const lg_xml_element *e = lg_xml_child(lg_xml_root(m->documents[d]), "cell"); e;
         e = lg_xml_sibling(e, "cell"), n++)
      if (!first) first = e;
  if (!first)
    return lg_neuroml_refuse(m, lg_xml_root(m->documents[0]),
                             "there is no <cell> in the file; point cells are not converted");
  m->cell = first;
  const char *id = lg_xml_attribute(first, "id");
  (void)snprintf(m->name, sizeof m->name, "%s", id ? id : "cell");
  lg_one_line(m->name);
  return n > 1 ? lg_neuroml_add_note(m, "of %zu cells the first, %s, is converted", n, m->name) : LG_OK;
}

static lg_status understand(neuroml *m) {
  lg_status status;
  m->v_init_mV = m->celsius = (double)NAN;
  LG_TRY(find_cell(m));
  LG_TRY(lg_neuroml_read_segments(m));
  LG_TRY(lg_neuroml_read_properties(m));
  LG_TRY(lg_neuroml_classify(m));
  LG_TRY(lg_neuroml_make_sections(m));
  LG_TRY(lg_neuroml_read_clamps(m));
  if (isnan(m->v_init_mV)) {
    m->v_init_mV = -65.0;
    LG_TRY(lg_neuroml_add_note(m, "no initMembPotential: v_init_mV is -65"));
  }
  if (isnan(m->celsius)) {
    m->celsius = 6.3;
    LG_TRY(lg_neuroml_add_note(m, "no network with a temperature: celsius is 6.3"));
  }
done:
  return status;
}

lg_status lg_neuroml_parse(lg_ctx *ctx, const char *file, const void *bytes, size_t n, neuroml **out) {
  neuroml *m = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, m, 1);
  m->ctx = ctx;
  LG_TRY(add_document(m, file, bytes, n));
  LG_TRY(follow_includes(m, false));
  LG_TRY(understand(m));
  *out = m;
  return LG_OK;
done:
  lg_neuroml_destroy(ctx, m);
  return status;
}

lg_status lg_neuroml_load(lg_ctx *ctx, const char *path, neuroml **out) {
  neuroml *m = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, m, 1);
  m->ctx = ctx;
  LG_TRY(load_document(m, path));
  LG_TRY(follow_includes(m, true));
  LG_TRY(understand(m));
  *out = m;
  return LG_OK;
done:
  lg_neuroml_destroy(ctx, m);
  return status;
}
