/* Segments of NeuroML, groups of them, and the sections that they make. */
#include "twin/neuroml_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEGMENTS = 500000, MAX_GROUP_DEPTH = 32 };

/* ---- segments --------------------------------------------------------------------------------- */

static lg_status read_id(neuroml *m, const lg_xml_element *e, const char *attribute, int64_t *id) {
  const char *text;
  char *end;
  const lg_status status = lg_neuroml_text(m, e, attribute, &text);
  if (status != LG_OK) return status;
  const long long value = strtoll(text, &end, 10);
  if (end == text || *end || value < 0 || value > INT32_MAX)
    return lg_neuroml_refuse(m, e, "%s=\"%.40s\": a number from 0 on expected", attribute, text);
  *id = value;
  return LG_OK;
}

static lg_status read_point(neuroml *m, const lg_xml_element *e, double *point) {
  static const char *const names[] = {"x", "y", "z", "diameter"};
  for (size_t k = 0; k < 4; k++) {
    const lg_status status = lg_neuroml_quantity(m, e, names[k], NEUROML_NUMBER, &point[k]);
    if (status != LG_OK) return status;
    if (fabs(point[k]) > 1e7) return lg_neuroml_refuse(m, e, "%s = %g um is too far", names[k], point[k]);
  }
  return point[3] > 0.0 ? LG_OK : lg_neuroml_refuse(m, e, "the diameter is %g um; it must be above 0", point[3]);
}

static lg_status read_segment(neuroml *m, const lg_xml_element *e, neuroml_segment *s) {
  const lg_xml_element *parent = lg_xml_child(e, "parent"), *proximal = lg_xml_child(e, "proximal"),
                       *distal = lg_xml_child(e, "distal");
  const char *name = lg_xml_attribute(e, "name");
  lg_status status;
  LG_TRY(read_id(m, e, "id", &s->id));
  s->parent = -1;
  s->fraction = 1.0;
  if (parent) {
    LG_TRY(read_id(m, parent, "segment", &s->parent));
    if (lg_xml_attribute(parent, "fractionAlong"))
      LG_TRY(lg_neuroml_quantity(m, parent, "fractionAlong", NEUROML_NUMBER, &s->fraction));
    if (!(s->fraction >= 0.0 && s->fraction <= 1.0))
      return lg_neuroml_refuse(m, parent, "fractionAlong = %g: between 0 and 1 expected", s->fraction);
  }
  if (!distal) return lg_neuroml_refuse(m, e, "segment %lld has no distal point", (long long)s->id);
  LG_TRY(read_point(m, distal, s->distal));
  s->has_proximal = proximal != NULL;
  if (proximal) LG_TRY(read_point(m, proximal, s->proximal));
  else if (!parent)
    return lg_neuroml_refuse(m, e, "segment %lld has neither parent nor proximal point", (long long)s->id);
  (void)snprintf(s->name, sizeof s->name, "%s", name ? name : "");
  lg_one_line(s->name);
done:
  return status;
}

typedef struct by_id {
  int64_t id;
  size_t index;
} by_id;

static int compare_id(const void *a, const void *b) {
  const by_id *x = a, *y = b;
  return x->id < y->id ? -1 : x->id > y->id;
}

static size_t find_segment(const by_id *table, size_t n, int64_t id) {
  const by_id key = {.id = id};
  const by_id *found = bsearch(&key, table, n, sizeof *table, compare_id);
  return found ? found->index : SIZE_MAX;
}

/* Parents before children, whatever order the file has. */
static lg_status order_segments(neuroml *m, const lg_xml_element *morphology) {
  const size_t n = m->n_segments;
  by_id *table = NULL;
  neuroml_segment *sorted = NULL;
  size_t *first = NULL, *next = NULL, *queue = NULL, *place = NULL, roots = 0, head = 0, tail = 0;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, table, n);
  LG_NEW(m->ctx, sorted, n);
  LG_NEW(m->ctx, first, n);
  LG_NEW(m->ctx, next, n);
  LG_NEW(m->ctx, queue, n);
  LG_NEW(m->ctx, place, n);
  for (size_t k = 0; k < n; k++) {
    table[k] = (by_id){m->segments[k].id, k};
    first[k] = next[k] = SIZE_MAX;
  }
  qsort(table, n, sizeof *table, compare_id);
  for (size_t k = 1; k < n; k++)
    if (table[k].id == table[k - 1].id) {
      status = lg_neuroml_refuse(m, morphology, "two segments have the id %lld", (long long)table[k].id);
      goto done;
    }
  for (size_t k = n; k-- > 0;) {
    if (m->segments[k].parent < 0) {
      roots++;
      queue[tail++] = k;
      continue;
    }
    const size_t parent = find_segment(table, n, m->segments[k].parent);
    if (parent == SIZE_MAX) {
      status = lg_neuroml_refuse(m, morphology, "segment %lld has the parent %lld, which there is not",
                                 (long long)m->segments[k].id, (long long)m->segments[k].parent);
      goto done;
    }
    next[k] = first[parent];
    first[parent] = k;
  }
  if (roots != 1) {
    status = lg_neuroml_refuse(m, morphology, "%zu segments have no parent; a cell has one", roots);
    goto done;
  }
  for (; head < tail; head++) {
    const size_t k = queue[head];
    place[k] = head;
    sorted[head] = m->segments[k];
    sorted[head].parent_index =
        sorted[head].parent < 0 ? -1 : (ptrdiff_t)place[find_segment(table, n, sorted[head].parent)];
    if (sorted[head].parent_index >= 0) sorted[sorted[head].parent_index].n_children++;
    for (size_t c = first[k]; c != SIZE_MAX; c = next[c]) queue[tail++] = c;
  }
  if (tail != n) {
    status = lg_neuroml_refuse(m, morphology, "segments are their own ancestors");
    goto done;
  }
  memcpy(m->segments, sorted, n * sizeof *sorted);
done:
  lg_free(m->ctx, table);
  lg_free(m->ctx, sorted);
  lg_free(m->ctx, first);
  lg_free(m->ctx, next);
  lg_free(m->ctx, queue);
  lg_free(m->ctx, place);
  return status;
}

static const lg_xml_element *morphology_of(const neuroml *m) {
  const lg_xml_element *own = lg_xml_child(m->cell, "morphology");
  const char *other = lg_xml_attribute(m->cell, "morphology");
  return own ? own : other ? lg_neuroml_by_id(m, other) : NULL;
}

lg_status lg_neuroml_read_segments(neuroml *m) {
  const lg_xml_element *morphology = morphology_of(m);
  size_t n = 0;
  lg_status status = LG_OK;
  if (!morphology) return lg_neuroml_refuse(m, m->cell, "the cell has no morphology");
  for (const lg_xml_element *e = lg_xml_child(morphology, "segment"); e; e = lg_xml_sibling(e, "segment")) n++;
  if (n == 0 || n > MAX_SEGMENTS)
    return lg_neuroml_refuse(m, morphology, "%zu segments; allowed are 1 … %d", n, (int)MAX_SEGMENTS);
  LG_NEW(m->ctx, m->segments, n);
  for (const lg_xml_element *e = lg_xml_child(morphology, "segment"); e; e = lg_xml_sibling(e, "segment"))
    LG_TRY(read_segment(m, e, &m->segments[m->n_segments++]));
  LG_TRY(order_segments(m, morphology));
  for (size_t k = 0; k < m->n_segments; k++) {
    neuroml_segment *s = &m->segments[k];
    if (!s->has_proximal) memcpy(s->proximal, m->segments[s->parent_index].distal, sizeof s->proximal);
  }
done:
  return status;
}

/* ---- groups ----------------------------------------------------------------------------------- */

static size_t index_of(const neuroml *m, int64_t id) {
  for (size_t k = 0; k < m->n_segments; k++)
    if (m->segments[k].id == id) return k;
  return SIZE_MAX;
}

static lg_status index_at(neuroml *m, const lg_xml_element *e, const char *attribute, size_t *index) {
  int64_t id = -1;
  const lg_status status = read_id(m, e, attribute, &id);
  if (status != LG_OK) return status;
  *index = index_of(m, id);
  return *index == SIZE_MAX ? lg_neuroml_refuse(m, e, "there is no segment %lld", (long long)id) : LG_OK;
}

static void add_below(neuroml *m, size_t from, bool *member, bool *mark) {
  memset(mark, 0, m->n_segments);
  mark[from] = member[from] = true;
  for (size_t k = from + 1; k < m->n_segments; k++)
    if (m->segments[k].parent_index >= 0 && mark[m->segments[k].parent_index]) mark[k] = member[k] = true;
}

/* <path>: from one segment up to another; <subTree>: all below. */
static lg_status add_path(neuroml *m, const lg_xml_element *e, bool *member) {
  const lg_xml_element *from = lg_xml_child(e, "from"), *to = lg_xml_child(e, "to");
  const bool tree = strcmp(e->name, "subTree") == 0;
  size_t begin = 0, end = SIZE_MAX;
  lg_status status = LG_OK;
  bool *mark = NULL;
  if (from) LG_TRY(index_at(m, from, "segment", &begin));
  if (to) LG_TRY(index_at(m, to, "segment", &end));
  if (tree || !to) {
    LG_NEW(m->ctx, mark, m->n_segments);
    add_below(m, begin, member, mark);
    goto done;
  }
  for (ptrdiff_t k = (ptrdiff_t)end;; k = m->segments[k].parent_index) {
    if (k < 0)
      return lg_neuroml_refuse(m, e, "segment %lld does not lie below segment %lld", (long long)m->segments[end].id,
                               (long long)m->segments[begin].id);
    member[k] = true;
    if ((size_t)k == begin) break;
  }
done:
  lg_free(m->ctx, mark);
  return status;
}

static lg_status add_group(neuroml *m, const char *name, const lg_xml_element *from, bool *member, unsigned depth) {
  const lg_xml_element *morphology = morphology_of(m), *group = NULL;
  lg_status status = LG_OK;
  if (depth > MAX_GROUP_DEPTH)
    return lg_neuroml_refuse(m, from, "segment groups include each other more than %d deep", (int)MAX_GROUP_DEPTH);
  for (const lg_xml_element *e = lg_xml_child(morphology, "segmentGroup"); e && !group;
       e = lg_xml_sibling(e, "segmentGroup")) {
    const char *id = lg_xml_attribute(e, "id");
    if (id && strcmp(id, name) == 0) group = e;
  }
  if (!group && strcmp(name, "all") == 0) {
    memset(member, 1, m->n_segments);
    return LG_OK;
  }
  if (!group) return lg_neuroml_refuse(m, from, "there is no segment group \"%.60s\"", name);
  for (const lg_xml_element *e = lg_xml_child(group, NULL); e; e = e->next) {
    size_t k;
    const char *other;
    if (strcmp(e->name, "member") == 0) {
      LG_TRY(index_at(m, e, "segment", &k));
      member[k] = true;
    } else if (strcmp(e->name, "include") == 0) {
      LG_TRY(lg_neuroml_text(m, e, "segmentGroup", &other));
      LG_TRY(add_group(m, other, e, member, depth + 1));
    } else if (strcmp(e->name, "path") == 0 || strcmp(e->name, "subTree") == 0) {
      LG_TRY(add_path(m, e, member));
    }
  }
done:
  return status;
}

lg_status lg_neuroml_group(neuroml *m, const char *group, unsigned line, bool *member) {
  lg_xml_element at = *m->cell; /* for messages */
  at.line = line;
  memset(member, 0, m->n_segments);
  return add_group(m, group, &at, member, 0);
}

/* ---- classes of segments ---------------------------------------------------------------------- */

lg_status lg_neuroml_classify(neuroml *m) {
  bool *member = NULL;
  size_t *split = NULL;
  lg_status status = LG_OK;
  LG_NEW(m->ctx, member, m->n_segments);
  LG_NEW(m->ctx, split, NEUROML_MAX_CLASSES);
  LG_NEW(m->ctx, m->classes, NEUROML_MAX_CLASSES);
  m->classes[0] = (neuroml_class){.property = SIZE_MAX};
  m->n_classes = 1;
  for (size_t p = 0; p < m->n_properties; p++) {
    LG_TRY(lg_neuroml_group(m, m->properties[p].group, m->properties[p].line, member));
    for (size_t c = 0; c < NEUROML_MAX_CLASSES; c++) split[c] = SIZE_MAX;
    for (size_t k = 0; k < m->n_segments; k++) {
      size_t *klass = &m->segments[k].klass;
      if (!member[k]) continue;
      if (split[*klass] == SIZE_MAX) {
        if (m->n_classes == NEUROML_MAX_CLASSES)
          LG_TRY(lg_fail(m->ctx, LG_ERR_LIMIT, "%s: more than %d different regions", m->name, NEUROML_MAX_CLASSES));
        m->classes[m->n_classes] = (neuroml_class){.before = *klass, .property = p};
        split[*klass] = m->n_classes++;
      }
      *klass = split[*klass];
    }
  }
  for (size_t k = 0; k < m->n_segments; k++) m->classes[m->segments[k].klass].n_segments++;
done:
  lg_free(m->ctx, member);
  lg_free(m->ctx, split);
  return status;
}

/* ---- sections --------------------------------------------------------------------------------- */

static double distance(const double *a, const double *b) {
  return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

/* Whether a segment goes on where its parent ends, as the only one, with the same said of it. */
static bool goes_on(const neuroml *m, const neuroml_segment *s) {
  if (s->parent_index < 0 || s->fraction < 1.0) return false;
  const neuroml_segment *parent = &m->segments[s->parent_index];
  return parent->n_children == 1 && parent->klass == s->klass && distance(s->proximal, parent->distal) < 1e-9 &&
         fabs(s->proximal[3] - parent->distal[3]) < 1e-9 && distance(parent->proximal, parent->distal) > 0.0 &&
         distance(s->proximal, s->distal) > 0.0;
}

static void put_point(neuroml *m, neuroml_section *section, const double *point) {
  memcpy(m->points[m->n_points++], point, sizeof m->points[0]);
  section->n_points++;
}

/* A segment without length is a sphere: a cylinder of the same area. */
static void begin_section(neuroml *m, size_t k) {
  neuroml_segment *s = &m->segments[k];
  neuroml_section *section = &m->sections[m->n_sections];
  *section = (neuroml_section){.first_segment = k, .first_point = m->n_points, .klass = s->klass, .parent = -1};
  if (s->parent_index >= 0) {
    const neuroml_segment *parent = &m->segments[s->parent_index];
    section->parent = (ptrdiff_t)parent->section;
    section->parent_x =
        parent->begin_um + s->fraction * (parent->end_um - parent->begin_um); /* um until all are known */
  }
  double begin[4], end[4];
  memcpy(begin, s->proximal, sizeof begin);
  memcpy(end, s->distal, sizeof end);
  if (!(distance(begin, end) > 0.0)) {
    begin[3] = end[3];
    begin[0] -= 0.5 * end[3];
    end[0] += 0.5 * end[3];
  }
  put_point(m, section, begin);
  put_point(m, section, end);
  s->section = m->n_sections++;
  s->end_um = section->length_um = distance(begin, end);
}

lg_status lg_neuroml_make_sections(neuroml *m) {
  lg_status status = LG_OK;
  bool *done_with = NULL;
  size_t *only = NULL; /* child of each segment (where it has one) */
  LG_NEW(m->ctx, m->sections, m->n_segments);
  LG_NEW(m->ctx, m->points, 2 * m->n_segments);
  LG_NEW(m->ctx, done_with, m->n_segments);
  LG_NEW(m->ctx, only, m->n_segments);
  for (size_t k = 0; k < m->n_segments; k++) only[k] = SIZE_MAX;
  for (size_t k = 0; k < m->n_segments; k++)
    if (m->segments[k].parent_index >= 0) only[m->segments[k].parent_index] = k;
  for (size_t k = 0; k < m->n_segments; k++) { /* parents come first: so do their sections */
    if (done_with[k]) continue;
    begin_section(m, k);
    neuroml_section *section = &m->sections[m->n_sections - 1];
    for (size_t s = only[k]; s != SIZE_MAX && goes_on(m, &m->segments[s]); s = only[s]) {
      neuroml_segment *segment = &m->segments[s];
      segment->section = m->n_sections - 1;
      segment->begin_um = section->length_um;
      section->length_um += distance(segment->proximal, segment->distal);
      segment->end_um = section->length_um;
      put_point(m, section, segment->distal);
      done_with[s] = true;
    }
  }
  for (size_t k = 0; k < m->n_sections; k++)
    if (m->sections[k].parent >= 0)
      m->sections[k].parent_x = fmin(1.0, m->sections[k].parent_x / m->sections[m->sections[k].parent].length_um);
done:
  lg_free(m->ctx, done_with);
  lg_free(m->ctx, only);
  return status;
}
