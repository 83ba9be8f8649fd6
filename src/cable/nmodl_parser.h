/** @file nmodl_parser.h @brief What the files of the NMODL parser share. */
#ifndef LG_NMODL_PARSER_H
#define LG_NMODL_PARSER_H

#include "cable/nmodl_lex.h"

typedef struct nm_parser {
  nm_lex lex;
  nm_module *module;
  unsigned depth;
  nm_block *receive; /* NET_RECEIVE that is being read, else NULL */
} nm_parser;

/** A growing list of names in the arena. */
typedef struct nm_names {
  const char **items;
  size_t n;
} nm_names;

/** @brief Take a mark or word, or refuse: "… expected". */
LG_MUST_CHECK lg_status lg_nmodl_want(nm_parser *p, const char *word);
/** @brief Take it if it is there. */
LG_MUST_CHECK lg_status lg_nmodl_accept(nm_parser *p, const char *word, bool *there);
/** @brief Take a name. */
LG_MUST_CHECK lg_status lg_nmodl_take_name(nm_parser *p, const char **name);
/** @brief Take a unit if one stands here ("" when none). */
LG_MUST_CHECK lg_status lg_nmodl_take_unit(nm_parser *p, const char **unit);
/** @brief Take a number with its sign. */
LG_MUST_CHECK lg_status lg_nmodl_take_number(nm_parser *p, double *x);
LG_MUST_CHECK lg_status lg_nmodl_names_add(nm_parser *p, nm_names *names, const char *name);
/** @brief Take names, separated by commas or by nothing but spaces, until something else comes. */
LG_MUST_CHECK lg_status lg_nmodl_take_names(nm_parser *p, nm_names *names);

LG_MUST_CHECK lg_status lg_nmodl_expression(nm_parser *p, nm_expr **out);
/** @brief Take "{ statements }". */
LG_MUST_CHECK lg_status lg_nmodl_body(nm_parser *p, nm_stmt **out);
/** @brief Take the block that begins with the present word, if it is one with statements. */
LG_MUST_CHECK lg_status lg_nmodl_code_block(nm_parser *p, bool *was_one);

/** @brief What a word that is no statement or block of the subset is refused for; NULL: no such word. */
const char *lg_nmodl_why_not(const char *word);

#endif
