/* Expressions of NMODL. From weak to strong: ||, &&, comparisons, + -, * /, unary - and !, ^ (from the right). */
#include "cable/nmodl_parser.h"

#include <string.h>

static lg_status level(nm_parser *p, int strength, nm_expr **out);

static nm_expr *make(nm_parser *p, nm_expr_kind kind, unsigned line) {
  nm_expr *e = lg_nmodl_arena_get(&p->module->arena, sizeof *e);
  if (e) {
    e->kind = kind;
    e->line = line;
  }
  return e;
}

static lg_status arguments(nm_parser *p, nm_expr *call) {
  nm_expr *list[16];
  size_t n = 0;
  bool comma = true;
  lg_status status = lg_nmodl_want(p, "(");
  while (status == LG_OK && !lg_nmodl_is(&p->lex, ")")) {
    if (!comma)
      return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a comma or ) expected in the arguments of %s", call->name);
    if (n >= 16) return lg_nmodl_refuse(&p->lex, call->line, "%s has more than 16 arguments", call->name);
    if (p->lex.token == NM_T_TEXT) status = lg_nmodl_next(&p->lex); /* of printf */
    else status = lg_nmodl_expression(p, &list[n++]);
    if (status == LG_OK) status = lg_nmodl_accept(p, ",", &comma);
  }
  if (status != LG_OK) return status;
  call->args = lg_nmodl_arena_get(&p->module->arena, (n + 1) * sizeof *call->args);
  if (!call->args) return LG_ERR_MEMORY;
  if (n > 0) memcpy(call->args, list, n * sizeof *list);
  call->n_args = n;
  return lg_nmodl_want(p, ")");
}

static lg_status number(nm_parser *p, nm_expr **out) {
  const char *unit;
  *out = make(p, NM_NUMBER, p->lex.token_line);
  if (!*out) return LG_ERR_MEMORY;
  (*out)->number = p->lex.number;
  const lg_status status = lg_nmodl_next(&p->lex);
  return status == LG_OK ? lg_nmodl_take_unit(p, &unit) : status;
}

static lg_status name(nm_parser *p, nm_expr **out) {
  const unsigned line = p->lex.token_line;
  const char *why = lg_nmodl_why_not(p->lex.word);
  if (why) return lg_nmodl_refuse(&p->lex, line, "%s", why);
  *out = make(p, NM_NAME, line);
  if (!*out) return LG_ERR_MEMORY;
  const lg_status status = lg_nmodl_take_name(p, &(*out)->name);
  if (status != LG_OK) return status;
  if (lg_nmodl_is(&p->lex, "[")) return lg_nmodl_refuse(&p->lex, line, "%s[…]: arrays are not supported", (*out)->name);
  if (!lg_nmodl_is(&p->lex, "(")) return LG_OK;
  (*out)->kind = NM_CALL;
  return arguments(p, *out);
}

static lg_status atom(nm_parser *p, nm_expr **out) {
  if (p->lex.token == NM_T_NUMBER) return number(p, out);
  if (p->lex.token == NM_T_NAME) return name(p, out);
  if (!lg_nmodl_is(&p->lex, "("))
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "a value expected, got %s",
                           p->lex.token == NM_T_END ? "the end of the file" : p->lex.word);
  lg_status status = lg_nmodl_next(&p->lex);
  if (status == LG_OK) status = lg_nmodl_expression(p, out);
  return status == LG_OK ? lg_nmodl_want(p, ")") : status;
}

static lg_status unary(nm_parser *p, nm_expr **out) {
  const bool minus = lg_nmodl_is(&p->lex, "-");
  if (!minus && !lg_nmodl_is(&p->lex, "!")) {
    nm_expr *base = NULL, *exponent = NULL;
    lg_status status = atom(p, &base);
    *out = base;
    if (status != LG_OK || !lg_nmodl_is(&p->lex, "^")) return status;
    *out = make(p, NM_BINARY, p->lex.token_line);
    if (!*out) return LG_ERR_MEMORY;
    status = lg_nmodl_next(&p->lex);
    if (status == LG_OK) status = level(p, 5, &exponent);
    if (status != LG_OK) return status;
    (*out)->op = NM_POW;
    (*out)->a = base;
    (*out)->b = exponent;
    return LG_OK;
  }
  *out = make(p, NM_UNARY, p->lex.token_line);
  if (!*out) return LG_ERR_MEMORY;
  (*out)->op = minus ? NM_NEG : NM_NOT;
  const lg_status status = lg_nmodl_next(&p->lex);
  return status == LG_OK ? level(p, 5, &(*out)->a) : status;
}

static bool operator_of(const nm_lex *lex, int strength, nm_operator *op) {
  static const struct {
    const char *mark;
    int strength;
    nm_operator op;
  } table[] = {{"||", 0, NM_OR}, {"&&", 1, NM_AND}, {"<", 2, NM_LT},  {"<=", 2, NM_LE},
               {">", 2, NM_GT},  {">=", 2, NM_GE},  {"==", 2, NM_EQ}, {"!=", 2, NM_NE},
               {"+", 3, NM_ADD}, {"-", 3, NM_SUB},  {"*", 4, NM_MUL}, {"/", 4, NM_DIV}};
  if (lex->token != NM_T_MARK) return false;
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
    if (table[k].strength == strength && strcmp(table[k].mark, lex->word) == 0) {
      *op = table[k].op;
      return true;
    }
  return false;
}

static lg_status level(nm_parser *p, int strength, nm_expr **out) {
  nm_operator op;
  if (++p->depth > 8 * NM_MAX_DEPTH)
    return lg_nmodl_refuse(&p->lex, p->lex.token_line, "expressions nested more than %d deep", NM_MAX_DEPTH);
  lg_status status = strength == 5 ? unary(p, out) : level(p, strength + 1, out);
  while (status == LG_OK && strength < 5 && operator_of(&p->lex, strength, &op)) {
    nm_expr *both = make(p, NM_BINARY, p->lex.token_line);
    if (!both) return LG_ERR_MEMORY;
    both->op = op;
    both->a = *out;
    *out = both;
    status = lg_nmodl_next(&p->lex);
    if (status == LG_OK) status = level(p, strength + 1, &both->b);
  }
  p->depth--;
  return status;
}

lg_status lg_nmodl_expression(nm_parser *p, nm_expr **out) {
  *out = NULL;
  return level(p, 0, out);
}
