/* Text to nodes. */
#include "io/swc_internal.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMNS = 7, MAX_TOKEN = 63, MAX_FIELDS = 9 };

static const char *const column_names[N_COLUMNS] = {"id", "type", "x", "y", "z", "radius", "parent"};

/** One line cut at its separators. */
typedef struct swc_line {
  size_t number, n_fields; /* fields beyond MAX_FIELDS are only counted */
  char fields[MAX_FIELDS][MAX_TOKEN + 1];
} swc_line;

static bool is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }

static bool is_separator(unsigned char c, bool commas) { return is_blank(c) || (commas && (c == ',' || c == ';')); }

/** Cut [at, end), which holds no remark, at blanks and, where asked, commas. */
static void cut(const unsigned char *at, const unsigned char *end, bool commas, swc_line *line) {
  line->n_fields = 0;
  while (at < end) {
    while (at < end && is_separator(*at, commas)) at++;
    const unsigned char *begin = at;
    while (at < end && !is_separator(*at, commas)) at++;
    if (at == begin) continue;
    const size_t n = (size_t)(at - begin), kept = n < MAX_TOKEN ? n : MAX_TOKEN;
    if (line->n_fields < MAX_FIELDS) {
      char *field = line->fields[line->n_fields];
      memcpy(field, begin, kept);
      field[kept] = '\0';
      for (size_t k = 0; k < kept; k++)
        if ((unsigned char)field[k] < ' ' || (unsigned char)field[k] > '~') field[k] = '?';
    }
    line->n_fields++;
  }
}

static bool parse_number(const char *field, double *x) {
  char local[MAX_TOKEN + 1];
  const size_t n = strlen(field);
  if (strspn(field, "0123456789+-.eE") != n) return false;
  memcpy(local, field, n + 1);
  char *point = strchr(local, '.'), *end;
  if (point) *point = localeconv()->decimal_point[0]; /* strtod follows the locale */
  *x = strtod(local, &end);
  return *end == '\0' && end != local;
}

static bool is_whole(double x, double low, double high) { return x >= low && x <= high && floor(x) == x; }

static const double most = 9007199254740992.0; /* 2^53: whole numbers are exact up to here */

/** What is wrong with a line of seven fields, or NULL; fills the node. */
static const char *parse_node(const swc_line *line, swc_node *node, size_t *column) {
  double v[N_COLUMNS];
  for (size_t k = 0; k < N_COLUMNS; k++) {
    *column = k;
    if (!parse_number(line->fields[k], &v[k])) {
      if (strchr(line->fields[k], ',')) return "is no number (write decimals with a point)";
      return "is no number";
    }
    if (!isfinite(v[k])) return "is too large a number";
    if (k == 0 && !is_whole(v[0], 0, most)) return "is no whole number from 0";
    if (k == 1 && !is_whole(v[1], INT_MIN, INT_MAX)) return "is no whole number";
    if (k == 5 && v[5] < 0) return "is negative";
    if (k == 6 && !is_whole(v[6], -most, most)) return "is no whole number";
    if (k >= 2 && k <= 5 && fabs(v[k]) > 1e9) return "is larger than 1e9 µm";
  }
  *node = (swc_node){.id = (int64_t)v[0],
                     .type = (int)v[1],
                     .x = v[2],
                     .y = v[3],
                     .z = v[4],
                     .radius = v[5],
                     .parent_id = (int64_t)v[6],
                     .parent = -1,
                     .line = line->number};
  return NULL;
}

static lg_status add_node(swc_building *b, swc_tree *tree, const swc_node *node) {
  if (tree->n == tree->capacity) {
    const size_t more = tree->capacity ? 2 * tree->capacity : 256;
    swc_node *grown = lg_realloc(b->ctx, tree->nodes, tree->capacity * sizeof *tree->nodes, more, sizeof *tree->nodes);
    if (!grown) return LG_ERR_MEMORY;
    tree->nodes = grown, tree->capacity = more;
  }
  tree->nodes[tree->n++] = *node;
  return LG_OK;
}

static lg_status take_line(swc_building *b, const swc_line *line, bool commas, swc_tree *tree) {
  double id = -1;
  const bool has_id = parse_number(line->fields[0], &id) && is_whole(id, 0, most);
  const int64_t node_id = has_id ? (int64_t)id : -1;
  if (line->n_fields < N_COLUMNS)
    return lg_swc_note(b, "malformed_line", true, node_id, line->number,
                       "has %zu columns; id, type, x, y, z, radius and parent are needed", line->n_fields);
  swc_node node;
  size_t column = 0;
  const char *wrong = parse_node(line, &node, &column);
  if (wrong)
    return lg_swc_note(b, column == 5 && line->fields[5][0] == '-' ? "negative_radius" : "malformed_line", true,
                       node_id, line->number, "%s \"%s\" %s", column_names[column], line->fields[column], wrong);
  lg_status status = LG_OK;
  if (line->n_fields > N_COLUMNS)
    LG_TRY(lg_swc_note(b, "extra_columns", false, node.id, line->number,
                       "has %zu columns; those after the 7th are ignored", line->n_fields));
  if (commas && tree->n == 0)
    LG_TRY(lg_swc_note(b, "comma_separated", false, node.id, line->number, "columns are separated by commas"));
  status = add_node(b, tree, &node);
done:
  return status;
}

/** Whether commas stand between the columns: fewer than seven without them, or one in the id, which has no decimals. */
static bool cut_line(const unsigned char *at, const unsigned char *end, swc_line *line) {
  cut(at, end, false, line);
  if (line->n_fields == 0 || (line->n_fields >= N_COLUMNS && !strpbrk(line->fields[0], ",;"))) return false;
  if (!memchr(at, ',', (size_t)(end - at)) && !memchr(at, ';', (size_t)(end - at))) return false;
  cut(at, end, true, line);
  return true;
}

lg_status lg_swc_lines(swc_building *b, const unsigned char *bytes, size_t n, swc_tree *tree) {
  lg_status status = LG_OK;
  swc_line line = {.number = 0};
  const unsigned char *at = bytes, *const end = bytes + n;
  if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) at += 3;
  if (n >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)))
    return lg_swc_note(b, "not_text", true, -1, 1, "the file is UTF-16; save it as UTF-8");
  while (at < end) {
    const unsigned char *stop = at;
    while (stop < end && *stop != '\n' && *stop != '\r') stop++;
    line.number++;
    const unsigned char *remark = memchr(at, '#', (size_t)(stop - at));
    const bool commas = cut_line(at, remark ? remark : stop, &line);
    if (line.n_fields > 0) LG_TRY(take_line(b, &line, commas, tree));
    if (stop < end && *stop == '\r' && stop + 1 < end && stop[1] == '\n') stop++;
    at = stop < end ? stop + 1 : end;
  }
  if (tree->n == 0 && b->n_refusals == 0) status = lg_swc_note(b, "no_nodes", true, -1, 0, "the file has no nodes");
done:
  return status;
}
