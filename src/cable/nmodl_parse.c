/* An NMODL file: NEURON, UNITS, PARAMETER, CONSTANT, ASSIGNED, STATE, LOCAL, DEFINE and, by nmodl_parse_code.c, the
 * blocks with statements. */
#include "cable/nmodl_parser.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- small things ----------------------------------------------------------------------------- */

static const char *shown(const nm_parser *p) {
  switch (p->lex.token) {
  case NM_T_END:
    return "the end of the file";
  case NM_T_NUMBER:
    return "a number";
  case NM_T_TEXT:
    return "a text";
  default:
    return p->lex.word;
  }
}

lg_status lg_nmodl_want(nm_parser *p, const char *word) {
  if (!lg_nmodl_is(&p->lex, word))
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "%s expected, got %s", word, shown(p));
  return lg_nmodl_next(&p->lex);
}

lg_status lg_nmodl_accept(nm_parser *p, const char *word, bool *there) {
  *there = lg_nmodl_is(&p->lex, word);
  return *there ? lg_nmodl_next(&p->lex) : LG_OK;
}

lg_status lg_nmodl_take_name(nm_parser *p, const char **name) {
  if (p->lex.token != NM_T_NAME)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a name expected, got %s", shown(p));
  *name = lg_nmodl_arena_text(&p->module->arena, p->lex.word, strlen(p->lex.word));
  return *name ? lg_nmodl_next(&p->lex) : LG_ERR_MEMORY;
}

lg_status lg_nmodl_take_unit(nm_parser *p, const char **unit) {
  *unit = "";
  return lg_nmodl_is(&p->lex, "(") ? lg_nmodl_unit(&p->lex, &p->module->arena, unit) : LG_OK;
}

lg_status lg_nmodl_take_number(nm_parser *p, double *x) {
  bool minus = false;
  lg_status status = lg_nmodl_accept(p, "-", &minus);
  if (status != LG_OK) return status;
  if (p->lex.token == NM_T_NAME) { /* DEFINE N 3, or a constant of UNITS */
    const nm_variable *factor = lg_nmodl_find(p->module, p->lex.word);
    if (!factor || factor->sort != NM_FACTOR || isnan(factor->value))
      return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a number expected, got %s", shown(p));
    *x = factor->value;
  } else if (p->lex.token != NM_T_NUMBER) {
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a number expected, got %s", shown(p));
  } else {
    *x = p->lex.number;
  }
  if (minus) *x = -*x;
  return lg_nmodl_next(&p->lex);
}

lg_status lg_nmodl_names_add(nm_parser *p, nm_names *names, const char *name) {
  if (names->n >= NM_MAX_VARIABLES)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "more than %d names", NM_MAX_VARIABLES);
  if ((names->n & (names->n - 1)) == 0) {
    const char **grown = lg_nmodl_arena_get(&p->module->arena, (names->n ? 2 * names->n : 1) * sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    for (size_t k = 0; k < names->n; k++) grown[k] = names->items[k];
    names->items = grown;
  }
  names->items[names->n++] = name;
  return LG_OK;
}

/* A word that opens the next thing of a list without commas. */
static bool ends_names(const char *word) {
  static const char *const words[] = {"READ",
                                      "WRITE",
                                      "VALENCE",
                                      "USEION",
                                      "RANGE",
                                      "GLOBAL",
                                      "SUFFIX",
                                      "NONSPECIFIC_CURRENT",
                                      "DEPEND",
                                      "FROM",
                                      "TO",
                                      "WITH",
                                      "REPRESENTS",
                                      "THREADSAFE",
                                      "POINTER",
                                      "BBCOREPOINTER",
                                      "POINT_PROCESS",
                                      "ELECTRODE_CURRENT",
                                      "ARTIFICIAL_CELL",
                                      "EXTERNAL",
                                      "RANDOM"};
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    if (strcmp(words[k], word) == 0) return true;
  return false;
}

lg_status lg_nmodl_take_names(nm_parser *p, nm_names *names) {
  lg_status status = LG_OK;
  const char *name;
  bool comma;
  while (status == LG_OK && p->lex.token == NM_T_NAME && !ends_names(p->lex.word)) {
    status = lg_nmodl_take_name(p, &name);
    if (status == LG_OK) status = lg_nmodl_names_add(p, names, name);
    if (status == LG_OK) status = lg_nmodl_accept(p, ",", &comma);
  }
  return status;
}

/* ---- NEURON { … } ----------------------------------------------------------------------------- */

static lg_status use_ion(nm_parser *p) {
  nm_module *m = p->module;
  nm_names read = {0}, write = {0};
  bool there;
  lg_status status;
  nm_ion ion = {.line = p->lex.token_line};
  LG_TRY(lg_nmodl_take_name(p, &ion.name));
  for (;;) {
    LG_TRY(lg_nmodl_accept(p, "READ", &there));
    if (there) {
      LG_TRY(lg_nmodl_take_names(p, &read));
      continue;
    }
    LG_TRY(lg_nmodl_accept(p, "WRITE", &there));
    if (there) {
      LG_TRY(lg_nmodl_take_names(p, &write));
      continue;
    }
    LG_TRY(lg_nmodl_accept(p, "REPRESENTS", &there));
    if (there) {
      const char *unused;
      LG_TRY(lg_nmodl_take_name(p, &unused));
      continue;
    }
    LG_TRY(lg_nmodl_accept(p, "VALENCE", &there));
    if (!there) break;
    double z;
    LG_TRY(lg_nmodl_take_number(p, &z));
    if (!(fabs(z) <= 8.0 && z == floor(z) && z != 0.0))
      return lg_nmodl_refuse(&p->lex, ion.line, "VALENCE %g: a whole number between -8 and 8, not 0", z);
    ion.valence = (int)z;
  }
  ion.read = read.items;
  ion.n_read = read.n;
  ion.write = write.items;
  ion.n_write = write.n;
  for (size_t k = 0; k < m->n_ions; k++)
    if (strcmp(m->ions[k].name, ion.name) == 0)
      return lg_nmodl_refuse(&p->lex, ion.line, "USEION %s stands already in line %u", ion.name, m->ions[k].line);
  if (m->n_ions >= 16) return lg_nmodl_refuse(&p->lex, ion.line, "more than 16 ions");
  if (!m->ions) m->ions = lg_nmodl_arena_get(&m->arena, 16 * sizeof *m->ions);
  if (!m->ions) return LG_ERR_MEMORY;
  m->ions[m->n_ions++] = ion;
done:
  return status;
}

static lg_status range_names(nm_parser *p, bool global) {
  nm_names names = {0};
  const unsigned line = p->lex.token_line;
  lg_status status = lg_nmodl_take_names(p, &names);
  for (size_t k = 0; k < names.n && status == LG_OK; k++) {
    nm_variable *v = lg_nmodl_declare(p->module, names.items[k], line);
    if (!v) return LG_ERR_MEMORY;
    if (global) v->global = true;
    else v->range = true;
  }
  return status;
}

static lg_status current_names(nm_parser *p, const char ***list, size_t *n) {
  nm_names names = {*list, *n};
  if (*n > 0) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "give all currents of one kind in one line");
  const lg_status status = lg_nmodl_take_names(p, &names);
  *list = names.items;
  *n = names.n;
  return status;
}

static lg_status suffix(nm_parser *p, bool point) {
  nm_module *m = p->module;
  if (m->name) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a second name: SUFFIX or POINT_PROCESS once");
  m->point = point;
  m->name_line = p->lex.token_line;
  return lg_nmodl_take_name(p, &m->name);
}

static lg_status neuron_item(nm_parser *p) {
  nm_module *m = p->module;
  if (p->lex.token != NM_T_NAME)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "in NEURON { }: %s is unexpected", shown(p));
  char word[NM_MAX_NAME + 1];
  const unsigned line = p->lex.token_line;
  memcpy(word, p->lex.word, sizeof word);
  const char *why = lg_nmodl_why_not(word);
  if (why) return lg_nmodl_refuse(&p->lex, line, "%s", why);
  const lg_status status = lg_nmodl_next(&p->lex);
  if (status != LG_OK) return status;
  if (strcmp(word, "SUFFIX") == 0) return suffix(p, false);
  if (strcmp(word, "POINT_PROCESS") == 0) return suffix(p, true);
  if (strcmp(word, "USEION") == 0) return use_ion(p);
  if (strcmp(word, "RANGE") == 0) return range_names(p, false);
  if (strcmp(word, "GLOBAL") == 0) return range_names(p, true);
  if (strcmp(word, "NONSPECIFIC_CURRENT") == 0) return current_names(p, &m->nonspecific, &m->n_nonspecific);
  if (strcmp(word, "ELECTRODE_CURRENT") == 0) return current_names(p, &m->electrode, &m->n_electrode);
  if (strcmp(word, "THREADSAFE") == 0) {
    nm_names unused = {0};
    return lg_nmodl_take_names(p, &unused);
  }
  return lg_nmodl_refuse(&p->lex, line, "in NEURON { }: %s is unknown", word);
}

static lg_status items(nm_parser *p, lg_status (*item)(nm_parser *)) {
  lg_status status = lg_nmodl_want(p, "{");
  while (status == LG_OK && !lg_nmodl_is(&p->lex, "}")) {
    if (p->lex.token == NM_T_END) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "the file ends inside of { }");
    status = item(p);
  }
  return status == LG_OK ? lg_nmodl_next(&p->lex) : status;
}

/* ---- variables -------------------------------------------------------------------------------- */

static lg_status set_sort(nm_parser *p, nm_variable *v, nm_sort sort, unsigned line) {
  if (v->sort != NM_UNDECLARED && !(v->sort == NM_PARAMETER && sort == NM_ASSIGNED) &&
      !(v->sort == NM_ASSIGNED && sort == NM_PARAMETER))
    return lg_nmodl_refuse(&p->lex, line, "%s is declared already in line %u", v->name, v->line);
  v->sort = sort;
  v->line = line;
  return LG_OK;
}

/* (mV) = (millivolt)   FARADAY = (faraday) (coulomb)   FARADAY = 96485 (coulomb)   PI = (pi) (1) */
static lg_status units_item(nm_parser *p) {
  const char *name = NULL, *from = NULL, *to = NULL;
  const unsigned line = p->lex.token_line;
  double value = 0.0;
  lg_status status;
  if (lg_nmodl_is(&p->lex, "(")) {
    LG_TRY(lg_nmodl_take_unit(p, &from));
    LG_TRY(lg_nmodl_want(p, "="));
    if (!lg_nmodl_is(&p->lex, "(")) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a unit in ( ) expected");
    return lg_nmodl_take_unit(p, &to);
  }
  LG_TRY(lg_nmodl_take_name(p, &name));
  LG_TRY(lg_nmodl_want(p, "="));
  if (!lg_nmodl_is(&p->lex, "(")) {
    LG_TRY(lg_nmodl_take_number(p, &value));
    LG_TRY(lg_nmodl_take_unit(p, &to));
  } else {
    LG_TRY(lg_nmodl_take_unit(p, &from));
    LG_TRY(lg_nmodl_accept(p, "->", &(bool){false})); /* old spelling */
    LG_TRY(lg_nmodl_take_unit(p, &to));
    if (!lg_nmodl_unit_factor(from, *to ? to : "1", &value))
      return lg_nmodl_refuse(&p->lex, line, "%s: how many (%s) are in (%s) is unknown; write the number", name, to,
                             from);
  }
  nm_variable *v = lg_nmodl_declare(p->module, name, line);
  if (!v) return LG_ERR_MEMORY;
  LG_TRY(set_sort(p, v, NM_FACTOR, line));
  v->value = value;
  v->unit = to;
done:
  return status;
}

/* name [= value] [(unit)] [<low, high>]; STATE also: name FROM a TO b START c, name = value */
static lg_status variable_item(nm_parser *p, nm_sort sort) {
  const char *name = NULL, *unit = NULL;
  double value = (double)NAN, low = -1e300, high = 1e300;
  bool there = false;
  const unsigned line = p->lex.token_line;
  lg_status status;
  if (lg_nmodl_is(&p->lex, ",")) return lg_nmodl_next(&p->lex);
  const char *why = p->lex.token == NM_T_NAME ? lg_nmodl_why_not(p->lex.word) : NULL;
  if (why) return lg_nmodl_refuse(&p->lex, line, "%s", why);
  LG_TRY(lg_nmodl_take_name(p, &name));
  if (lg_nmodl_is(&p->lex, "[")) return lg_nmodl_refuse(&p->lex, line, "%s[…]: arrays are not supported", name);
  LG_TRY(lg_nmodl_accept(p, "=", &there));
  if (there) LG_TRY(lg_nmodl_take_number(p, &value));
  LG_TRY(lg_nmodl_accept(p, "FROM", &there));
  if (there) {
    LG_TRY(lg_nmodl_take_number(p, &low));
    LG_TRY(lg_nmodl_want(p, "TO"));
    LG_TRY(lg_nmodl_take_number(p, &high));
  }
  LG_TRY(lg_nmodl_accept(p, "START", &there));
  if (there) LG_TRY(lg_nmodl_take_number(p, &value));
  LG_TRY(lg_nmodl_take_unit(p, &unit));
  LG_TRY(lg_nmodl_accept(p, "<", &there));
  if (there) {
    LG_TRY(lg_nmodl_take_number(p, &low));
    LG_TRY(lg_nmodl_accept(p, ",", &there));
    if (there) LG_TRY(lg_nmodl_take_number(p, &high));
    LG_TRY(lg_nmodl_want(p, ">"));
  }
  if (!(low <= high)) return lg_nmodl_refuse(&p->lex, line, "%s: the range <%g, %g> is empty", name, low, high);
  nm_variable *v = lg_nmodl_declare(p->module, name, line);
  if (!v) return LG_ERR_MEMORY;
  if (v->sort == NM_PARAMETER && sort == NM_ASSIGNED) return LG_OK; /* declared twice: the value stands */
  LG_TRY(set_sort(p, v, sort, line));
  v->value = value;
  v->unit = unit;
  if (sort != NM_STATE) { /* of a state it is an absolute tolerance */
    v->low = low;
    v->high = high;
  }
done:
  return status;
}

static lg_status parameter_item(nm_parser *p) { return variable_item(p, NM_PARAMETER); }
static lg_status assigned_item(nm_parser *p) { return variable_item(p, NM_ASSIGNED); }
static lg_status state_item(nm_parser *p) { return variable_item(p, NM_STATE); }
static lg_status constant_item(nm_parser *p) { return variable_item(p, NM_FACTOR); }

/* INDEPENDENT { t FROM 0 TO 1 WITH 1 (ms) }: time is time. */
static lg_status independent_item(nm_parser *p) {
  const char *name = NULL, *unit = NULL;
  double x = 0.0;
  bool there = false;
  lg_status status;
  if (lg_nmodl_is(&p->lex, "SWEEP")) LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_take_name(p, &name));
  LG_TRY(lg_nmodl_accept(p, "FROM", &there));
  if (there) {
    LG_TRY(lg_nmodl_take_number(p, &x));
    LG_TRY(lg_nmodl_want(p, "TO"));
    LG_TRY(lg_nmodl_take_number(p, &x));
    LG_TRY(lg_nmodl_accept(p, "WITH", &there));
    if (there) LG_TRY(lg_nmodl_take_number(p, &x));
  }
  LG_TRY(lg_nmodl_take_unit(p, &unit));
done:
  return status;
}

static lg_status outer_local(nm_parser *p) {
  bool comma = true;
  lg_status status = LG_OK;
  while (status == LG_OK && comma) {
    const char *name = NULL;
    const unsigned line = p->lex.token_line;
    status = lg_nmodl_take_name(p, &name);
    if (status != LG_OK) return status;
    if (lg_nmodl_is(&p->lex, "[")) return lg_nmodl_refuse(&p->lex, line, "%s[…]: arrays are not supported", name);
    nm_variable *v = lg_nmodl_declare(p->module, name, line);
    if (!v) return LG_ERR_MEMORY;
    status = set_sort(p, v, NM_OUTER_LOCAL, line);
    if (status == LG_OK) status = lg_nmodl_accept(p, ",", &comma);
  }
  return status;
}

static lg_status define(nm_parser *p) {
  const char *name = NULL;
  double value = 0.0;
  const unsigned line = p->lex.token_line;
  lg_status status;
  LG_TRY(lg_nmodl_take_name(p, &name));
  LG_TRY(lg_nmodl_take_number(p, &value));
  nm_variable *v = lg_nmodl_declare(p->module, name, line);
  if (!v) return LG_ERR_MEMORY;
  LG_TRY(set_sort(p, v, NM_FACTOR, line));
  v->value = value;
done:
  return status;
}

/* ---- the file --------------------------------------------------------------------------------- */

static lg_status top_item(nm_parser *p) {
  static const struct {
    const char *word;
    lg_status (*item)(nm_parser *);
    bool braces;
  } table[] = {{"NEURON", neuron_item, true},     {"UNITS", units_item, true}, {"PARAMETER", parameter_item, true},
               {"ASSIGNED", assigned_item, true}, {"STATE", state_item, true}, {"CONSTANT", constant_item, true},
               {"LOCAL", outer_local, false},     {"DEFINE", define, false},   {"INDEPENDENT", independent_item, true}};
  bool code;
  if (p->lex.token != NM_T_NAME)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a block like NEURON { } expected, got %s", shown(p));
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    if (!lg_nmodl_is(&p->lex, table[k].word)) continue;
    const lg_status status = lg_nmodl_next(&p->lex);
    if (status != LG_OK) return status;
    return table[k].braces ? items(p, table[k].item) : table[k].item(p);
  }
  lg_status status = lg_nmodl_code_block(p, &code);
  if (status != LG_OK || code) return status;
  const char *why = lg_nmodl_why_not(p->lex.word);
  return lg_nmodl_refuse(&p->lex, p->lex.token_line, "%s%s", why ? why : "unknown block ", why ? "" : p->lex.word);
}

static lg_status keep_title(nm_parser *p) {
  const char *t = p->lex.title;
  size_t n = p->lex.title_bytes;
  if (!t) t = "", n = 0;
  while (n > 0 && isspace((unsigned char)*t)) t++, n--;
  while (n > 0 && isspace((unsigned char)t[n - 1])) n--;
  char *copy = lg_nmodl_arena_text(&p->module->arena, t, n < 200 ? n : 200);
  if (!copy) return LG_ERR_MEMORY;
  lg_one_line(copy);
  p->module->title = copy;
  return LG_OK;
}

lg_status lg_nmodl_parse(lg_ctx *ctx, const char *file, const char *text, size_t n, nm_module *out) {
  nm_parser p = {.lex = {.ctx = ctx, .file = file, .text = text, .n = n, .line = 1}, .module = out};
  memset(out, 0, sizeof *out);
  out->arena.ctx = ctx;
  out->title = "";
  if (n > NM_MAX_BYTES) return lg_fail(ctx, LG_ERR_LIMIT, "%s: %zu bytes of NMODL (at most %d)", file, n, NM_MAX_BYTES);
  out->file = lg_nmodl_arena_text(&out->arena, file, strlen(file));
  if (!out->file) return LG_ERR_MEMORY;
  lg_status status = lg_nmodl_next(&p.lex);
  while (status == LG_OK && p.lex.token != NM_T_END) status = top_item(&p);
  return status == LG_OK ? keep_title(&p) : status;
}
