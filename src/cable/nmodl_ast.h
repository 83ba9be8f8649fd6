/**
 * @file nmodl_ast.h
 * @brief What an NMODL file says, as a tree: declarations and blocks of statements. Strings and nodes lie in the arena
 * of the module.
 */
#ifndef LG_NMODL_AST_H
#define LG_NMODL_AST_H

#include "base/base.h"

enum {
  NM_MAX_BYTES = 1 << 20, /* of a file */
  NM_MAX_VARIABLES = 2048,
  NM_MAX_DEPTH = 64,           /* of nested expressions, blocks, calls */
  NM_MAX_NAME = 63,            /* bytes of a name */
  NM_MAX_WORK = 1 << 20,       /* values in expressions, likewise */
  NM_MAX_STATEMENTS = 1 << 16, /* after calls are written out in place */
};

/* ---- arena ------------------------------------------------------------------------------------ */

typedef struct nm_arena {
  lg_ctx *ctx;
  struct nm_chunk *chunk;
  size_t used;
} nm_arena;

/** @brief n zeroed bytes that live as long as the arena; NULL: no memory (recorded). */
void *lg_nmodl_arena_get(nm_arena *arena, size_t n);
/** @brief A copy of n characters, with an end. */
char *lg_nmodl_arena_text(nm_arena *arena, const char *text, size_t n);
void lg_nmodl_arena_clear(nm_arena *arena);

/* ---- expressions ------------------------------------------------------------------------------ */

typedef enum nm_operator {
  NM_ADD,
  NM_SUB,
  NM_MUL,
  NM_DIV,
  NM_POW,
  NM_LT,
  NM_LE,
  NM_GT,
  NM_GE,
  NM_EQ,
  NM_NE,
  NM_AND,
  NM_OR,
  NM_NEG,
  NM_NOT
} nm_operator;

typedef enum nm_expr_kind { NM_NUMBER, NM_NAME, NM_CALL, NM_UNARY, NM_BINARY } nm_expr_kind;

typedef struct nm_expr {
  nm_expr_kind kind;
  nm_operator op;
  unsigned line;
  double number;
  const char *name; /* NM_NAME, NM_CALL */
  struct nm_expr *a, *b;
  struct nm_expr **args;
  size_t n_args;
} nm_expr;

/* ---- statements ------------------------------------------------------------------------------- */

typedef enum nm_stmt_kind {
  NM_ASSIGN,     /* name = a */
  NM_PRIME,      /* name' = a */
  NM_IF,         /* if (a) { body } else { other } */
  NM_CALL_ALONE, /* a procedure */
  NM_LOCAL,      /* names */
  NM_SOLVE,      /* name METHOD method */
  NM_NESTED,     /* { body } */
  NM_REACTION,   /* ~ left <-> right (a, b); left << (a) is NM_SOURCE */
  NM_SOURCE,     /* ~ name << (a) */
  NM_CONSERVE,   /* CONSERVE left = a */
  NM_COMPARTMENT /* COMPARTMENT a { names } */
} nm_stmt_kind;

typedef struct nm_term { /* 2 ca */
  const char *name;
  unsigned times;
} nm_term;

typedef struct nm_stmt {
  nm_stmt_kind kind;
  unsigned line;
  const char *name, *method;
  nm_expr *a, *b;
  struct nm_stmt *body, *other, *next;
  const char **names;
  size_t n_names;
  nm_term left[4], right[4];
  size_t n_left, n_right;
} nm_stmt;

/* ---- declarations ----------------------------------------------------------------------------- */

typedef enum nm_sort {
  NM_UNDECLARED,
  NM_FACTOR,    /* UNITS { FARADAY = (faraday) (coulomb) } and CONSTANT, DEFINE */
  NM_PARAMETER, /* may be set */
  NM_ASSIGNED,
  NM_STATE,
  NM_OUTER_LOCAL /* LOCAL outside of all blocks: kept between calls */
} nm_sort;

typedef struct nm_variable {
  const char *name;
  nm_sort sort;
  unsigned line;
  const char *unit; /* "" when none is given */
  double value;     /* default, constant; NAN: not given */
  double low, high;
  bool range, global;
} nm_variable;

typedef struct nm_ion {
  const char *name;
  int valence; /* 0: not said */
  unsigned line;
  const char **read, **write;
  size_t n_read, n_write;
} nm_ion;

typedef enum nm_block_kind {
  NM_INITIAL,
  NM_BREAKPOINT,
  NM_DERIVATIVE,
  NM_KINETIC,
  NM_PROCEDURE,
  NM_FUNCTION,
  NM_NET_RECEIVE
} nm_block_kind;

typedef struct nm_block {
  nm_block_kind kind;
  const char *name; /* "" of the nameless ones */
  unsigned line;
  const char **arguments;
  size_t n_arguments;
  nm_stmt *body;
  nm_stmt *initial; /* of NET_RECEIVE: its own INITIAL */
  struct nm_block *next;
} nm_block;

typedef struct nm_note { /* something read and ignored */
  unsigned line;
  char *text;
  struct nm_note *next;
} nm_note;

typedef struct nm_module {
  nm_arena arena;
  const char *file, *title;
  const char *name; /* SUFFIX or POINT_PROCESS */
  unsigned name_line;
  bool point;
  nm_ion *ions;
  size_t n_ions;
  const char **nonspecific, **electrode;
  size_t n_nonspecific, n_electrode;
  nm_variable *variables;
  size_t n_variables;
  nm_block *blocks, *last_block;
  nm_note *notes, *last_note;
} nm_module;

/** @brief Parse n bytes; file stands in messages. The module is to be cleared also after a failure. */
LG_MUST_CHECK lg_status lg_nmodl_parse(lg_ctx *ctx, const char *file, const char *text, size_t n, nm_module *out);
void lg_nmodl_module_clear(nm_module *module);

/** @brief Note something that was ignored; a second equal note is left out. */
LG_MUST_CHECK lg_status lg_nmodl_note(nm_module *module, unsigned line, const char *fmt, ...) LG_PRINTF(3, 4);

/** @brief Variable by name, NULL if there is none. */
nm_variable *lg_nmodl_find(const nm_module *module, const char *name);
/** @brief Variable by name, made if there is none; NULL: no memory. */
nm_variable *lg_nmodl_declare(nm_module *module, const char *name, unsigned line);
/** @brief First block of a kind (name NULL) or of that name among functions and procedures … */
nm_block *lg_nmodl_block(const nm_module *module, nm_block_kind kind, const char *name);

/**
 * @brief How many of unit `to` are in one of unit `from`: ("faraday", "coulomb") gives 96485.3….
 * @return false when a word is unknown or the dimensions differ
 */
bool lg_nmodl_unit_factor(const char *from, const char *to, double *factor);

#endif
