/* What the names of an NMODL file stand for. */
#include "cable/nmodl_lex.h"
#include "cable/nmodl_lower.h"

#include <math.h>
#include <string.h>

typedef struct checker {
  lg_ctx *ctx;
  const char *file;
  nm_module *module;
  nm_lowered *out;
} checker;

/* Names that mean something without a declaration. */
static const struct {
  const char *name;
  ir_source source;
} outside[] = {{"v", IR_V},       {"t", IR_T},          {"dt", IR_DT}, {"celsius", IR_CELSIUS},
               {"area", IR_AREA}, {"diam", IR_DIAMETER}};

static int known_valence(const char *ion) {
  static const struct {
    const char *name;
    int valence;
  } table[] = {{"na", 1}, {"k", 1}, {"ca", 2}, {"cl", -1}, {"mg", 2}, {"hco3", -1}, {"h", 1}};
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (strcmp(table[k].name, ion) == 0) return table[k].valence;
  return 0;
}

/* What NET_RECEIVE keeps beside the weight: of the synapse, where NEURON has it of the connection. */
static lg_status declare_kept_by_events(checker *c) {
  nm_module *m = c->module;
  const nm_block *b = lg_nmodl_block(m, NM_NET_RECEIVE, NULL);
  for (size_t k = 1; b && k < b->n_arguments; k++) {
    const nm_variable *old = lg_nmodl_find(m, b->arguments[k]);
    if (old && old->sort != NM_UNDECLARED)
      return lg_nmodl_refuse_at(c->ctx, c->file, b->line, "%s of NET_RECEIVE is declared already in line %u",
                                b->arguments[k], old->line);
    nm_variable *v = lg_nmodl_declare(m, b->arguments[k], b->line);
    if (!v) return LG_ERR_MEMORY;
    v->sort = NM_OUTER_LOCAL;
  }
  if (!b || b->n_arguments < 2) return LG_OK;
  return lg_nmodl_note(m, b->line,
                       "what NET_RECEIVE keeps beside the weight (%s …) is kept by the synapse, not by the "
                       "connection: give every connection a synapse of its own",
                       b->arguments[1]);
}

static lg_status declare_all(checker *c) {
  nm_module *m = c->module;
  for (size_t k = 0; k < sizeof outside / sizeof outside[0]; k++)
    if (!lg_nmodl_declare(m, outside[k].name, 0)) return LG_ERR_MEMORY;
  for (size_t k = 0; k < m->n_nonspecific; k++)
    if (!lg_nmodl_declare(m, m->nonspecific[k], m->name_line)) return LG_ERR_MEMORY;
  for (size_t k = 0; k < m->n_electrode; k++)
    if (!lg_nmodl_declare(m, m->electrode[k], m->name_line)) return LG_ERR_MEMORY;
  for (size_t k = 0; k < m->n_ions; k++) {
    for (size_t r = 0; r < m->ions[k].n_read; r++)
      if (!lg_nmodl_declare(m, m->ions[k].read[r], m->ions[k].line)) return LG_ERR_MEMORY;
    for (size_t w = 0; w < m->ions[k].n_write; w++)
      if (!lg_nmodl_declare(m, m->ions[k].write[w], m->ions[k].line)) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static nm_meaning *meaning_of(checker *c, const char *name) {
  return &c->out->meaning[lg_nmodl_find(c->module, name) - c->module->variables];
}

/* Of "cai" with ion "ca": 'i'; 'o' outside, 'e' reversal ("eca"), 'c' current ("ica"); 0: none. */
static char part_of_ion(const char *name, const char *ion) {
  const size_t n = strlen(ion);
  if (strncmp(name, ion, n) == 0 && (name[n] == 'i' || name[n] == 'o') && !name[n + 1]) return name[n];
  if (name[0] == 'e' && strcmp(name + 1, ion) == 0) return 'e';
  return name[0] == 'i' && strcmp(name + 1, ion) == 0 ? 'c' : 0;
}

static lg_status read_of_ion(checker *c, size_t k, const char *name) {
  const nm_ion *ion = &c->module->ions[k];
  cable_ion_use *use = &c->out->ions[k];
  nm_meaning *x = meaning_of(c, name);
  const char part = part_of_ion(name, ion->name);
  if (!part)
    return lg_nmodl_refuse_at(c->ctx, c->file, ion->line, "USEION %s READ %s: e%s, i%s, %si or %so expected", ion->name,
                              name, ion->name, ion->name, ion->name, ion->name);
  if (x->role == NM_IS_KEPT || x->role == NM_IS_PARAMETER) x->role = NM_IS_OUTSIDE;
  x->source = part == 'e'   ? IR_ION_REVERSAL
              : part == 'i' ? IR_ION_INSIDE
              : part == 'o' ? IR_ION_OUTSIDE
                            : IR_ION_CURRENT;
  x->index = (uint32_t)k;
  use->reads_reversal = use->reads_reversal || part == 'e';
  use->reads_inside = use->reads_inside || part == 'i';
  use->reads_outside = use->reads_outside || part == 'o';
  use->reads_current = use->reads_current || part == 'c';
  return LG_OK;
}

static lg_status written_of_ion(checker *c, size_t k, const char *name) {
  const nm_ion *ion = &c->module->ions[k];
  cable_ion_use *use = &c->out->ions[k];
  nm_meaning *x = meaning_of(c, name);
  const char part = part_of_ion(name, ion->name);
  if (part == 'c') {
    *x =
        (nm_meaning){.role = NM_IS_CURRENT, .ion = (int)k, .sign = 1.0, .source = IR_ION_CURRENT, .index = (uint32_t)k};
    use->writes_current = true;
    return LG_OK;
  }
  if (part == 'i') {
    *x = (nm_meaning){
        .role = NM_IS_OUTSIDE,
        .ion = (int)k,
        .source = IR_ION_INSIDE,
        .index = (uint32_t)k,
        .written_inside = true,
    };
    use->writes_inside = true;
    use->reads_inside = true;
    return LG_OK;
  }
  if (part == 'o')
    return lg_nmodl_refuse_at(c->ctx, c->file, ion->line, "WRITE %s: concentrations outside cannot be written", name);
  if (part == 'e')
    return lg_nmodl_refuse_at(c->ctx, c->file, ion->line,
                              "WRITE %s: reversals come from the case or from the concentrations", name);
  return lg_nmodl_refuse_at(c->ctx, c->file, ion->line, "USEION %s WRITE %s: i%s or %si expected", ion->name, name,
                            ion->name, ion->name);
}

static lg_status check_ions(checker *c) {
  nm_module *m = c->module;
  lg_status status = LG_OK;
  c->out->n_ions = m->n_ions;
  c->out->ions = lg_nmodl_arena_get(&m->arena, (m->n_ions + 1) * sizeof *c->out->ions);
  if (!c->out->ions) return LG_ERR_MEMORY;
  for (size_t k = 0; k < m->n_ions && status == LG_OK; k++) {
    const nm_ion *ion = &m->ions[k];
    if (strlen(ion->name) > 15)
      return lg_nmodl_refuse_at(c->ctx, c->file, ion->line, "USEION %s: at most 15 letters", ion->name);
    c->out->ions[k].name = ion->name;
    c->out->ions[k].valence = ion->valence ? ion->valence : known_valence(ion->name);
    for (size_t r = 0; r < ion->n_read && status == LG_OK; r++) status = read_of_ion(c, k, ion->read[r]);
    for (size_t w = 0; w < ion->n_write && status == LG_OK; w++) status = written_of_ion(c, k, ion->write[w]);
    c->out->is_pool = c->out->is_pool || c->out->ions[k].writes_inside;
  }
  return status;
}

static lg_status check_currents(checker *c) {
  nm_module *m = c->module;
  for (size_t k = 0; k < m->n_nonspecific + m->n_electrode; k++) {
    const bool electrode = k >= m->n_nonspecific;
    const char *name = electrode ? m->electrode[k - m->n_nonspecific] : m->nonspecific[k];
    nm_meaning *x = meaning_of(c, name);
    if (x->role != NM_IS_KEPT)
      return lg_nmodl_refuse_at(c->ctx, c->file, m->name_line, "the current %s is something else too", name);
    *x = (nm_meaning){.role = NM_IS_CURRENT, .ion = -1, .sign = electrode ? -1.0 : 1.0};
  }
  return LG_OK;
}

/* Parameters that the file itself changes become variables with a first value. */
static void mark_assigned(checker *c, const nm_stmt *s) {
  for (; s; s = s->next) {
    const nm_variable *v =
        s->name && (s->kind == NM_ASSIGN || s->kind == NM_PRIME) ? lg_nmodl_find(c->module, s->name) : NULL;
    if (v) c->out->meaning[v - c->module->variables].assigned = true;
    mark_assigned(c, s->body);
    mark_assigned(c, s->other);
  }
}

static lg_status check_variables(checker *c) {
  nm_module *m = c->module;
  for (size_t k = 0; k < m->n_variables; k++) {
    const nm_variable *v = &m->variables[k];
    nm_meaning *x = &c->out->meaning[k];
    *x = (nm_meaning){
        .role = v->sort == NM_FACTOR      ? NM_IS_FACTOR
                : v->sort == NM_PARAMETER ? NM_IS_PARAMETER
                                          : NM_IS_KEPT,
        .ion = -1,
    };
  }
  for (size_t k = 0; k < sizeof outside / sizeof outside[0]; k++) {
    nm_meaning *x = meaning_of(c, outside[k].name);
    const nm_variable *v = lg_nmodl_find(m, outside[k].name);
    if (v->sort == NM_FACTOR || v->sort == NM_STATE) continue; /* the file's own */
    if (outside[k].source == IR_T && v->range) continue;
    *x = (nm_meaning){.role = NM_IS_OUTSIDE, .source = outside[k].source, .ion = -1};
  }
  return LG_OK;
}

/* NEURON passes over names in RANGE that mean nothing; so do we, with a word. */
static lg_status check_range(checker *c) {
  nm_module *m = c->module;
  lg_status status = LG_OK;
  for (size_t k = 0; k < m->n_variables && status == LG_OK; k++) {
    const nm_variable *v = &m->variables[k];
    nm_meaning *x = &c->out->meaning[k];
    const bool nowhere = v->sort == NM_UNDECLARED && x->role == NM_IS_KEPT;
    if ((v->range || v->global) && nowhere)
      status = lg_nmodl_note(m, v->line, "%s %s is declared nowhere", v->range ? "RANGE" : "GLOBAL", v->name);
    x->reported = !nowhere && v->range && (x->role == NM_IS_KEPT || x->role == NM_IS_CURRENT);
  }
  return status;
}

static lg_status list_parameters(checker *c) {
  nm_module *m = c->module;
  nm_lowered *out = c->out;
  out->parameters = lg_nmodl_arena_get(&m->arena, (m->n_variables + 1) * sizeof *out->parameters);
  if (!out->parameters) return LG_ERR_MEMORY;
  for (size_t k = 0; k < m->n_variables; k++) {
    nm_variable *v = &m->variables[k];
    nm_meaning *x = &out->meaning[k];
    if (x->role != NM_IS_PARAMETER) continue;
    const double value = isnan(v->value) ? 0.0 : v->value;
    if (!(value >= v->low && value <= v->high)) { /* NEURON's ranges are hints to its windows */
      const lg_status status = lg_nmodl_note(m, v->line, "%s = %g is outside of its range <%g, %g>, which is widened",
                                             v->name, value, v->low, v->high);
      if (status != LG_OK) return status;
      v->low = fmin(v->low, value);
      v->high = fmax(v->high, value);
    }
    x->source = IR_PARAMETER;
    x->index = (uint32_t)out->n_parameters;
    out->parameters[out->n_parameters++] = (lg_field){.name = v->name,
                                                      .unit = *v->unit ? v->unit : "1",
                                                      .default_value = value,
                                                      .low = v->low,
                                                      .high = v->high,
                                                      .doc = "Of the NMODL file."};
  }
  return LG_OK;
}

lg_status lg_nmodl_check(lg_ctx *ctx, nm_module *module, nm_lowered *out) {
  checker c = {.ctx = ctx, .file = module->file, .module = module, .out = out};
  lg_status status;
  if (!module->name)
    return lg_nmodl_refuse_at(ctx, module->file, 1,
                              "no mechanism: NEURON { SUFFIX name } or NEURON { POINT_PROCESS name } expected");
  LG_TRY(declare_kept_by_events(&c));
  LG_TRY(declare_all(&c));
  out->meaning = lg_nmodl_arena_get(&module->arena, module->n_variables * sizeof *out->meaning);
  if (!out->meaning) return LG_ERR_MEMORY;
  LG_TRY(check_variables(&c));
  LG_TRY(check_ions(&c));
  LG_TRY(check_currents(&c));
  LG_TRY(check_range(&c));
  for (const nm_block *b = module->blocks; b; b = b->next) mark_assigned(&c, b->body);
  LG_TRY(list_parameters(&c));
done:
  return status;
}
