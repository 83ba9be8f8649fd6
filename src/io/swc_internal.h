/** @file swc_internal.h @brief Nodes of an SWC file and the notes and sections that are made of them. */
#ifndef LG_SWC_INTERNAL_H
#define LG_SWC_INTERNAL_H

#include "io/swc.h"

enum { SWC_SOMA = 1, SWC_MAX_CODES = 32 };

typedef struct swc_node {
  int64_t id, parent_id;
  ptrdiff_t parent; /* index of the node, -1: root */
  int type;
  double x, y, z, radius;
  size_t line;
} swc_node;

/** Nodes in the order of the file, and who hangs on whom in that order. */
typedef struct swc_tree {
  size_t n;
  swc_node *nodes;
  size_t capacity;
  ptrdiff_t *first_child, *next_sibling; /* (n), -1: none */
  size_t *n_children;                    /* (n) */
  size_t root;
} swc_tree;

/** The morphology while it grows. */
typedef struct swc_building {
  lg_ctx *ctx;
  lg_morphology *m;
  size_t section_capacity, point_capacity, note_capacity;
  size_t n_refusals, n_codes;
  struct {
    char code[40];
    size_t n;
    bool refusal;
  } codes[SWC_MAX_CODES];
} swc_building;

/** @brief Tell something; of one code the first thousand notes are kept, then only counted. */
LG_MUST_CHECK lg_status lg_swc_note(swc_building *b, const char *code, bool refusal, int64_t node_id, size_t line,
                                    const char *fmt, ...) LG_PRINTF(6, 7);
/** @brief One note for each code with how many more there are. */
LG_MUST_CHECK lg_status lg_swc_note_rest(swc_building *b);

/** @brief Begin a section without points; its index is m->n_sections - 1. */
LG_MUST_CHECK lg_status lg_swc_add_section(swc_building *b, int type, ptrdiff_t parent, double parent_x,
                                           int64_t distal_id);
/** @brief Add a point to the last section. */
LG_MUST_CHECK lg_status lg_swc_add_point(swc_building *b, double x, double y, double z, double diameter);

/** @brief Text to nodes (parent_id only). What is malformed becomes a refusal. */
LG_MUST_CHECK lg_status lg_swc_lines(swc_building *b, const unsigned char *bytes, size_t n, swc_tree *tree);
/** @brief Parents by index, children; repeated ids, several roots and cycles become refusals. */
LG_MUST_CHECK lg_status lg_swc_link(swc_building *b, bool keep_soma_tree, swc_tree *tree);

LG_MUST_CHECK lg_status lg_swc_sections_g1(swc_building *b, const swc_tree *tree);
LG_MUST_CHECK lg_status lg_swc_sections_import3d(swc_building *b, const swc_tree *tree);
LG_MUST_CHECK lg_status lg_swc_sections_arbor(swc_building *b, const swc_tree *tree);

#endif
