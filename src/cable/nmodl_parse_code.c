/* Blocks with statements: INITIAL, BREAKPOINT, DERIVATIVE, KINETIC, PROCEDURE, FUNCTION, NET_RECEIVE. */
#include "cable/nmodl_parser.h"

#include <string.h>

static lg_status statement(nm_parser *p, nm_stmt **out);

static nm_stmt *make(nm_parser *p, nm_stmt_kind kind) {
  nm_stmt *s = lg_nmodl_arena_get(&p->module->arena, sizeof *s);
  if (s) {
    s->kind = kind;
    s->line = p->lex.token_line;
  }
  return s;
}

const char *lg_nmodl_why_not(const char *word) {
  static const struct {
    const char *word, *why;
  } table[] = {
      {"POINTER", "POINTER is not supported: Loligo's mechanisms cannot see each other's variables"},
      {"BBCOREPOINTER", "BBCOREPOINTER is not supported: it comes with C code"},
      {"EXTERNAL", "EXTERNAL is not supported"},
      {"LINEAR", "LINEAR blocks are not supported; write a DERIVATIVE or KINETIC block"},
      {"NONLINEAR", "NONLINEAR blocks are not supported"},
      {"DISCRETE", "DISCRETE blocks are not supported"},
      {"PARTIAL", "PARTIAL blocks are not supported"},
      {"FUNCTION_TABLE", "FUNCTION_TABLE is not supported: it is filled from hoc; write a FUNCTION"},
      {"LAG", "LAG is not supported"},
      {"WATCH", "WATCH is not supported: events come from outside only"},
      {"net_send", "net_send is not supported: a mechanism cannot send events to itself"},
      {"net_event", "net_event is not supported: a mechanism cannot send events"},
      {"net_move", "net_move is not supported: a mechanism cannot send events to itself"},
      {"while", "while is not supported: the same work must be done for every instance"},
      {"WHILE", "WHILE is not supported: the same work must be done for every instance"},
      {"FROM", "FROM loops are not supported"},
      {"FORALL", "FORALL loops are not supported"},
      {"FOR_NETCONS", "FOR_NETCONS is not supported"},
      {"INCLUDE", "INCLUDE is not supported: put the text in this file"},
      {"BEFORE", "BEFORE blocks are not supported"},
      {"AFTER", "AFTER blocks are not supported"},
      {"CONSTRUCTOR", "CONSTRUCTOR blocks are not supported"},
      {"DESTRUCTOR", "DESTRUCTOR blocks are not supported"},
      {"ARTIFICIAL_CELL", "ARTIFICIAL_CELL is not supported"},
      {"RANDOM", "RANDOM is not supported"},
      {"random", "random numbers are not supported in NMODL; Loligo's noise currents are built in"},
      {"scop_random", "random numbers are not supported in NMODL; Loligo's noise currents are built in"},
      {"normrand", "random numbers are not supported in NMODL; Loligo's noise currents are built in"},
      {"exprand", "random numbers are not supported in NMODL; Loligo's noise currents are built in"},
      {"at_time", "at_time is not supported: give the current as a clamp of the case"},
      {"STEPPED", "STEPPED is not supported"},
      {"LONGITUDINAL_DIFFUSION", "LONGITUDINAL_DIFFUSION is not supported"},
      {"RESET", "RESET is not supported"},
      {"INITIAL", "INITIAL stands inside of another block"},
      {"MATCH", "MATCH is not supported"},
  };
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (strcmp(table[k].word, word) == 0) return table[k].why;
  return NULL;
}

/* ---- single statements ------------------------------------------------------------------------ */

static lg_status if_statement(nm_parser *p, nm_stmt *s) {
  bool other = false;
  lg_status status;
  s->kind = NM_IF;
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_want(p, "("));
  LG_TRY(lg_nmodl_expression(p, &s->a));
  LG_TRY(lg_nmodl_want(p, ")"));
  LG_TRY(lg_nmodl_body(p, &s->body));
  LG_TRY(lg_nmodl_accept(p, "else", &other));
  if (!other) return LG_OK;
  if (lg_nmodl_is(&p->lex, "if")) {
    if (++p->depth > NM_MAX_DEPTH)
      return lg_nmodl_refuse(&p->lex, p->lex.token_line, "more than %d branches of one if", NM_MAX_DEPTH);
    LG_TRY(statement(p, &s->other));
    p->depth--;
  } else LG_TRY(lg_nmodl_body(p, &s->other));
done:
  return status;
}

static lg_status local_statement(nm_parser *p, nm_stmt *s) {
  nm_names names = {0};
  bool comma = true;
  lg_status status = lg_nmodl_next(&p->lex);
  s->kind = NM_LOCAL;
  while (status == LG_OK && comma) {
    const char *name;
    status = lg_nmodl_take_name(p, &name);
    if (status == LG_OK && lg_nmodl_is(&p->lex, "["))
      return lg_nmodl_refuse(&p->lex, p->lex.token_line, "%s[…]: arrays are not supported", name);
    if (status == LG_OK) status = lg_nmodl_names_add(p, &names, name);
    if (status == LG_OK) status = lg_nmodl_accept(p, ",", &comma);
  }
  s->names = names.items;
  s->n_names = names.n;
  return status;
}

static lg_status solve_statement(nm_parser *p, nm_stmt *s) {
  bool there = false;
  lg_status status;
  s->kind = NM_SOLVE;
  s->method = "";
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_take_name(p, &s->name));
  if (lg_nmodl_is(&p->lex, "STEADYSTATE")) {
    LG_TRY(lg_nmodl_next(&p->lex));
    LG_TRY(lg_nmodl_take_name(p, &s->method));
    s->n_left = 1; /* marks the steady state */
    return LG_OK;
  }
  LG_TRY(lg_nmodl_accept(p, "METHOD", &there));
  if (there) LG_TRY(lg_nmodl_take_name(p, &s->method));
  if (lg_nmodl_is(&p->lex, "IFERROR")) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "IFERROR is not supported");
done:
  return status;
}

/* TABLE a, b DEPEND c FROM low TO high WITH n: read and ignored. */
static lg_status table_statement(nm_parser *p) {
  nm_names names = {0};
  nm_expr *unused;
  bool there = false;
  const unsigned line = p->lex.token_line;
  lg_status status;
  LG_TRY(lg_nmodl_next(&p->lex));
  if (!lg_nmodl_is(&p->lex, "FROM") && !lg_nmodl_is(&p->lex, "DEPEND")) LG_TRY(lg_nmodl_take_names(p, &names));
  LG_TRY(lg_nmodl_accept(p, "DEPEND", &there));
  if (there) LG_TRY(lg_nmodl_take_names(p, &names));
  LG_TRY(lg_nmodl_want(p, "FROM"));
  LG_TRY(lg_nmodl_expression(p, &unused));
  LG_TRY(lg_nmodl_want(p, "TO"));
  LG_TRY(lg_nmodl_expression(p, &unused));
  LG_TRY(lg_nmodl_want(p, "WITH"));
  LG_TRY(lg_nmodl_expression(p, &unused));
  LG_TRY(lg_nmodl_note(p->module, line, "TABLE is ignored: the rates are computed exactly"));
done:
  return status;
}

/* CONDUCTANCE g USEION k: a hint that symbolic derivatives make needless. */
static lg_status conductance_statement(nm_parser *p) {
  const char *name;
  bool there = false;
  const unsigned line = p->lex.token_line;
  lg_status status;
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_take_name(p, &name));
  LG_TRY(lg_nmodl_accept(p, "USEION", &there));
  if (there) LG_TRY(lg_nmodl_take_name(p, &name));
  LG_TRY(lg_nmodl_note(p->module, line, "CONDUCTANCE is ignored: conductances are derived from the currents"));
done:
  return status;
}

static lg_status reaction_side(nm_parser *p, nm_term *terms, size_t *n) {
  bool plus = true;
  lg_status status;
  *n = 0;
  while (plus) {
    if (*n >= 4) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "more than 4 terms on one side of a reaction");
    nm_term *term = &terms[*n];
    term->times = 1;
    if (p->lex.token == NM_T_NUMBER) {
      if (!(p->lex.number >= 1 && p->lex.number <= 8))
        return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a number of molecules between 1 and 8 expected");
      term->times = (unsigned)p->lex.number;
      LG_TRY(lg_nmodl_next(&p->lex));
    }
    LG_TRY(lg_nmodl_take_name(p, &term->name));
    if (lg_nmodl_is(&p->lex, "["))
      return lg_nmodl_refuse(&p->lex, p->lex.token_line, "%s[…]: arrays are not supported", term->name);
    ++*n;
    LG_TRY(lg_nmodl_accept(p, "+", &plus));
  }
done:
  return status;
}

/* ~ a + b <-> c (kf, kb)   ~ a << (flux)   ~ a -> (k) */
static lg_status reaction_statement(nm_parser *p, nm_stmt *s) {
  bool source = false, sink = false;
  lg_status status;
  s->kind = NM_REACTION;
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(reaction_side(p, s->left, &s->n_left));
  LG_TRY(lg_nmodl_accept(p, "<<", &source));
  if (!source) LG_TRY(lg_nmodl_accept(p, "->", &sink));
  if (!source && !sink) {
    LG_TRY(lg_nmodl_want(p, "<->"));
    LG_TRY(reaction_side(p, s->right, &s->n_right));
  }
  LG_TRY(lg_nmodl_want(p, "("));
  LG_TRY(lg_nmodl_expression(p, &s->a));
  if (source) s->kind = NM_SOURCE;
  if (!source && !sink) {
    LG_TRY(lg_nmodl_want(p, ","));
    LG_TRY(lg_nmodl_expression(p, &s->b));
  }
  if (source && s->n_left != 1) return lg_nmodl_refuse(&p->lex, s->line, "one substance expected before <<");
  LG_TRY(lg_nmodl_want(p, ")"));
done:
  return status;
}

static lg_status conserve_statement(nm_parser *p, nm_stmt *s) {
  lg_status status;
  s->kind = NM_CONSERVE;
  LG_TRY(lg_nmodl_next(&p->lex));
  bool plus = true;
  nm_names names = {0};
  while (plus) {
    const char *name;
    if (p->lex.token == NM_T_NUMBER) return lg_nmodl_refuse(&p->lex, s->line, "factors in CONSERVE are not supported");
    LG_TRY(lg_nmodl_take_name(p, &name));
    LG_TRY(lg_nmodl_names_add(p, &names, name));
    LG_TRY(lg_nmodl_accept(p, "+", &plus));
  }
  s->names = names.items;
  s->n_names = names.n;
  LG_TRY(lg_nmodl_want(p, "="));
  LG_TRY(lg_nmodl_expression(p, &s->a));
done:
  return status;
}

static lg_status compartment_statement(nm_parser *p, nm_stmt *s) {
  nm_names names = {0};
  lg_status status;
  s->kind = NM_COMPARTMENT;
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_expression(p, &s->a));
  LG_TRY(lg_nmodl_want(p, "{"));
  LG_TRY(lg_nmodl_take_names(p, &names));
  s->names = names.items;
  s->n_names = names.n;
  LG_TRY(lg_nmodl_want(p, "}"));
done:
  return status;
}

/* name = …, name' = …, name(…) */
static lg_status simple_statement(nm_parser *p, nm_stmt *s) {
  bool prime = false;
  nm_expr *call;
  lg_status status;
  const nm_lex before = p->lex;
  LG_TRY(lg_nmodl_take_name(p, &s->name));
  if (lg_nmodl_is(&p->lex, "[")) return lg_nmodl_refuse(&p->lex, s->line, "%s[…]: arrays are not supported", s->name);
  if (lg_nmodl_is(&p->lex, "(")) {
    p->lex = before;
    s->kind = NM_CALL_ALONE;
    LG_TRY(lg_nmodl_expression(p, &call));
    if (call->kind != NM_CALL) return lg_nmodl_refuse(&p->lex, s->line, "a value that nothing is done with");
    s->a = call;
    return LG_OK;
  }
  LG_TRY(lg_nmodl_accept(p, "'", &prime));
  if (prime && lg_nmodl_is(&p->lex, "'"))
    return lg_nmodl_refuse(&p->lex, s->line, "second derivatives are not supported");
  s->kind = prime ? NM_PRIME : NM_ASSIGN;
  if (!lg_nmodl_is(&p->lex, "="))
    return lg_nmodl_refuse(&p->lex, s->line, "'%s' is no statement: = or ( expected behind it", s->name);
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_expression(p, &s->a));
done:
  return status;
}

/* *out stays NULL where nothing is left to do. */
static lg_status statement(nm_parser *p, nm_stmt **out) {
  static const char *const alone[] = {"MUTEXLOCK", "MUTEXUNLOCK", "PROTECT", NULL};
  *out = NULL;
  if (p->receive && lg_nmodl_is(&p->lex, "INITIAL")) {
    nm_block *receive = p->receive;
    if (receive->initial) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a second INITIAL in NET_RECEIVE");
    const lg_status status = lg_nmodl_next(&p->lex);
    return status == LG_OK ? lg_nmodl_body(p, &receive->initial) : status;
  }
  if (lg_nmodl_is(&p->lex, "TABLE")) return table_statement(p);
  if (lg_nmodl_is(&p->lex, "CONDUCTANCE")) return conductance_statement(p);
  for (size_t k = 0; alone[k]; k++)
    if (lg_nmodl_is(&p->lex, alone[k])) return lg_nmodl_next(&p->lex);
  nm_stmt *s = make(p, NM_NESTED);
  if (!s) return LG_ERR_MEMORY;
  *out = s;
  if (lg_nmodl_is(&p->lex, "if") || lg_nmodl_is(&p->lex, "IF")) return if_statement(p, s);
  if (lg_nmodl_is(&p->lex, "LOCAL")) return local_statement(p, s);
  if (lg_nmodl_is(&p->lex, "SOLVE")) return solve_statement(p, s);
  if (lg_nmodl_is(&p->lex, "~")) return reaction_statement(p, s);
  if (lg_nmodl_is(&p->lex, "CONSERVE")) return conserve_statement(p, s);
  if (lg_nmodl_is(&p->lex, "COMPARTMENT")) return compartment_statement(p, s);
  if (lg_nmodl_is(&p->lex, "{")) return lg_nmodl_body(p, &s->body);
  if (p->lex.token == NM_T_NAME) {
    const char *why = lg_nmodl_why_not(p->lex.word);
    if (why) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "%s", why);
    return simple_statement(p, s);
  }
  return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a statement expected, got %s",
                         p->lex.token == NM_T_END      ? "the end of the file (a } is missing)"
                         : p->lex.token == NM_T_NUMBER ? "a number"
                         : p->lex.token == NM_T_TEXT   ? "a text"
                                                       : p->lex.word);
}

lg_status lg_nmodl_body(nm_parser *p, nm_stmt **out) {
  nm_stmt *last = NULL;
  *out = NULL;
  lg_status status = lg_nmodl_want(p, "{");
  if (++p->depth > NM_MAX_DEPTH)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "blocks nested more than %d deep", NM_MAX_DEPTH);
  while (status == LG_OK && !lg_nmodl_is(&p->lex, "}")) {
    nm_stmt *s = NULL;
    status = statement(p, &s);
    if (status == LG_OK && p->lex.return_line > 0)
      status = lg_nmodl_note(p->module, p->lex.return_line, "VERBATIM { return 0; } is ignored");
    p->lex.return_line = 0;
    if (status != LG_OK || !s) continue;
    if (last) last->next = s;
    else *out = s;
    last = s;
  }
  p->depth--;
  return status == LG_OK ? lg_nmodl_next(&p->lex) : status;
}

/* ---- blocks ----------------------------------------------------------------------------------- */

static lg_status formal_arguments(nm_parser *p, nm_block *block) {
  nm_names names = {0};
  const char *name, *unit;
  bool comma = true;
  lg_status status;
  LG_TRY(lg_nmodl_want(p, "("));
  while (!lg_nmodl_is(&p->lex, ")")) {
    if (!comma) return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a comma or ) expected in the arguments");
    LG_TRY(lg_nmodl_take_name(p, &name));
    LG_TRY(lg_nmodl_take_unit(p, &unit));
    LG_TRY(lg_nmodl_names_add(p, &names, name));
    LG_TRY(lg_nmodl_accept(p, ",", &comma));
  }
  block->arguments = names.items;
  block->n_arguments = names.n;
  LG_TRY(lg_nmodl_next(&p->lex));
  LG_TRY(lg_nmodl_take_unit(p, &unit)); /* of the result */
done:
  return status;
}

static bool block_word(const char *word, nm_block_kind *kind) {
  static const char *const words[] = {"INITIAL",   "BREAKPOINT", "DERIVATIVE", "KINETIC",
                                      "PROCEDURE", "FUNCTION",   "NET_RECEIVE"};
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    if (strcmp(words[k], word) == 0) {
      *kind = (nm_block_kind)k;
      return true;
    }
  return false;
}

lg_status lg_nmodl_code_block(nm_parser *p, bool *was_one) {
  nm_block_kind kind;
  lg_status status;
  *was_one = p->lex.token == NM_T_NAME && block_word(p->lex.word, &kind);
  if (!*was_one) return LG_OK;
  nm_block *block = lg_nmodl_arena_get(&p->module->arena, sizeof *block);
  if (!block) return LG_ERR_MEMORY;
  block->kind = kind;
  block->line = p->lex.token_line;
  block->name = "";
  LG_TRY(lg_nmodl_next(&p->lex));
  const bool named = kind == NM_DERIVATIVE || kind == NM_KINETIC || kind == NM_PROCEDURE || kind == NM_FUNCTION;
  if (named) LG_TRY(lg_nmodl_take_name(p, &block->name));
  if (kind == NM_PROCEDURE || kind == NM_FUNCTION || kind == NM_NET_RECEIVE) LG_TRY(formal_arguments(p, block));
  size_t n = 0;
  for (const nm_block *b = p->module->blocks; b; b = b->next) {
    if (++n > 1000) return lg_nmodl_refuse(&p->lex, block->line, "more than 1000 blocks");
    if (named && strcmp(b->name, block->name) == 0)
      return lg_nmodl_refuse(&p->lex, block->line, "%s stands already in line %u", block->name, b->line);
    if (!named && b->kind == kind)
      return lg_nmodl_refuse(&p->lex, block->line, "this block stands already in line %u", b->line);
  }
  p->receive = kind == NM_NET_RECEIVE ? block : NULL;
  LG_TRY(lg_nmodl_body(p, &block->body));
  p->receive = NULL;
  if (p->module->last_block) p->module->last_block->next = block;
  else p->module->blocks = block;
  p->module->last_block = block;
done:
  return status;
}
