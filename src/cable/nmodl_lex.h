/** @file nmodl_lex.h @brief Words of an NMODL file. */
#ifndef LG_NMODL_LEX_H
#define LG_NMODL_LEX_H

#include "cable/nmodl_ast.h"

typedef enum nm_token { NM_T_END, NM_T_NAME, NM_T_NUMBER, NM_T_TEXT, NM_T_MARK } nm_token;

typedef struct nm_lex {
  lg_ctx *ctx;
  const char *file, *text;
  size_t n, at; /* at: behind the present token */
  unsigned line;
  /* the present token */
  nm_token token;
  size_t begin;
  unsigned token_line;
  char word[NM_MAX_NAME + 1]; /* of a name; of a mark: "<=", "'" … */
  double number;
  const char *title; /* begin of the words behind TITLE, NULL */
  size_t title_bytes;
  unsigned return_line; /* of a VERBATIM that only returns, until the parser has noted it; 0: none */
} nm_lex;

/** @brief `return lg_nmodl_refuse(lex, line, "…")`: LG_ERR_FORMAT with file:line. */
#define lg_nmodl_refuse(lex, line, ...) lg_nmodl_refuse_at((lex)->ctx, (lex)->file, (line), __VA_ARGS__)
lg_status lg_nmodl_refuse_at(lg_ctx *ctx, const char *file, unsigned line, const char *fmt, ...) LG_PRINTF(4, 5);

/** @brief Go to the next token; comments, TITLE, UNITSON and UNITSOFF are passed over. */
LG_MUST_CHECK lg_status lg_nmodl_next(nm_lex *lex);
/** @brief Whether the present token is this name or mark. */
bool lg_nmodl_is(const nm_lex *lex, const char *word);
/** @brief The present token is "(": take all up to its partner as a unit and go behind it. */
LG_MUST_CHECK lg_status lg_nmodl_unit(nm_lex *lex, nm_arena *arena, const char **unit);

#endif
