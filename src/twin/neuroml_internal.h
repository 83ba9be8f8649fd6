/** @file neuroml_internal.h @brief What the files of the NeuroML reader share. */
#ifndef LG_NEUROML_INTERNAL_H
#define LG_NEUROML_INTERNAL_H

#include "twin/neuroml.h"

enum { NEUROML_NAME = 64, NEUROML_MAX_FILES = 100, NEUROML_MAX_GATES = 16, NEUROML_MAX_CLASSES = 900 };

/** Dimensions, each with the unit that a case has. */
typedef enum neuroml_dimension {
  NEUROML_NUMBER,
  NEUROML_VOLTAGE,       /* mV */
  NEUROML_TIME,          /* ms */
  NEUROML_PER_TIME,      /* 1/ms */
  NEUROML_CONDUCTANCE,   /* uS */
  NEUROML_DENSITY,       /* S/cm2 */
  NEUROML_CAPACITANCE,   /* uF/cm2 */
  NEUROML_RESISTIVITY,   /* ohm cm */
  NEUROML_TEMPERATURE,   /* degC */
  NEUROML_CONCENTRATION, /* mM */
  NEUROML_LENGTH,        /* um */
  NEUROML_CURRENT,       /* nA */
  NEUROML_RHO            /* mol/(m A s): mM/ms per mA/cm2 */
} neuroml_dimension;

typedef enum rate_form { RATE_NONE, RATE_EXP, RATE_SIGMOID, RATE_LINEAR, RATE_FIXED } rate_form;

typedef struct neuroml_rate {
  rate_form form;
  double rate, midpoint_mV, scale_mV; /* rate: 1/ms, 1, or ms */
} neuroml_rate;

typedef struct neuroml_q10 {
  double factor, temperature; /* temperature NAN: the factor holds as it is; factor 0: none */
} neuroml_q10;

typedef struct neuroml_gate {
  char name[NEUROML_NAME];
  unsigned instances;
  bool instantaneous;
  neuroml_rate forward, reverse, steady, time_course;
  neuroml_q10 q10[4];
  size_t n_q10;
} neuroml_gate;

typedef enum neuroml_kind { NEUROML_CHANNEL, NEUROML_POOL_SHELL, NEUROML_POOL_FACTOR } neuroml_kind;

/** A channel with the ion it carries, or a pool: a file of NMODL. */
typedef struct neuroml_mechanism {
  neuroml_kind kind;
  char name[NEUROML_NAME], id[NEUROML_NAME], ion[16]; /* ion "": nonspecific */
  bool nernst;                                        /* reversal of the ion, not of its own */
  neuroml_gate gates[NEUROML_MAX_GATES];
  size_t n_gates;
  neuroml_q10 conductance_q10;
  double resting_mM, decay_ms, shell_um, rho; /* of pools */
} neuroml_mechanism;

/** Something said of a group of segments. */
typedef enum neuroml_what {
  SAYS_DENSITY, /* mechanism, value S/cm2, erev */
  SAYS_POOL,    /* mechanism */
  SAYS_CAPACITANCE,
  SAYS_RESISTIVITY,
  SAYS_INSIDE, /* ion, value */
  SAYS_OUTSIDE
} neuroml_what;

typedef struct neuroml_property {
  neuroml_what what;
  size_t mechanism;
  double value, reversal_mV;
  char ion[16], group[NEUROML_NAME];
  unsigned line;
} neuroml_property;

typedef struct neuroml_segment {
  int64_t id, parent; /* parent -1: root */
  ptrdiff_t parent_index;
  double fraction;
  bool has_proximal;
  double proximal[4], distal[4]; /* x, y, z, diameter */
  char name[NEUROML_NAME];
  size_t n_children, klass, section;
  double begin_um, end_um; /* along its section */
} neuroml_segment;

/** A class of segments of which the same is said: a region. Its properties: its own, then those of `before`. */
typedef struct neuroml_class {
  size_t before, property; /* property SIZE_MAX: none */
  size_t n_segments;
} neuroml_class;

typedef struct neuroml_section {
  size_t first_segment, n_points, first_point, klass;
  ptrdiff_t parent;
  double parent_x, length_um;
} neuroml_section;

typedef struct neuroml_clamp {
  double delay_ms, duration_ms, amplitude_nA, x;
  size_t section;
} neuroml_clamp;

struct neuroml {
  lg_ctx *ctx;
  lg_xml *documents[NEUROML_MAX_FILES];
  char *paths[NEUROML_MAX_FILES];
  size_t n_documents;
  const lg_xml_element *cell;
  const lg_xml *cell_document;
  char name[NEUROML_NAME];
  neuroml_mechanism *mechanisms;
  size_t n_mechanisms, mechanisms_room;
  neuroml_property *properties;
  size_t n_properties, properties_room;
  neuroml_segment *segments;
  size_t n_segments;
  neuroml_class *classes;
  size_t n_classes;
  neuroml_section *sections;
  size_t n_sections;
  double (*points)[4];
  size_t n_points;
  neuroml_clamp *clamps;
  size_t n_clamps;
  double v_init_mV, celsius;
  char **notes;
  size_t n_notes;
};

/** @brief LG_ERR_FORMAT "file:line: …" at an element. */
#define lg_neuroml_refuse(m, element, ...) lg_neuroml_refuse_at((m), (element), __VA_ARGS__)
lg_status lg_neuroml_refuse_at(neuroml *m, const lg_xml_element *at, const char *fmt, ...) LG_PRINTF(3, 4);
LG_MUST_CHECK lg_status lg_neuroml_add_note(neuroml *m, const char *fmt, ...) LG_PRINTF(2, 3);

/** @brief Value with its unit ("-65mV", "120.0 mS_per_cm2") in the unit of the case. */
LG_MUST_CHECK lg_status lg_neuroml_quantity(neuroml *m, const lg_xml_element *e, const char *attribute,
                                            neuroml_dimension dimension, double *x);
LG_MUST_CHECK lg_status lg_neuroml_text(neuroml *m, const lg_xml_element *e, const char *attribute, const char **text);
/** @brief Element with that id of any document, directly below its root; NULL when there is none. */
const lg_xml_element *lg_neuroml_by_id(const neuroml *m, const char *id);
/** @brief Letters, digits and _ only, not a word of NMODL. */
void lg_neuroml_clean_name(const char *id, char *name, size_t bytes);

/** @brief The mechanism of a channel for an ion (made if it is new). */
LG_MUST_CHECK lg_status lg_neuroml_channel(neuroml *m, const lg_xml_element *use, const char *id, const char *ion,
                                           bool nernst, size_t *out);
LG_MUST_CHECK lg_status lg_neuroml_pool(neuroml *m, const lg_xml_element *use, const char *id, const char *ion,
                                        size_t *out);
LG_MUST_CHECK lg_status lg_neuroml_read_segments(neuroml *m);
LG_MUST_CHECK lg_status lg_neuroml_read_properties(neuroml *m);
/** @brief Which segments a group holds: (n_segments) true or false. */
LG_MUST_CHECK lg_status lg_neuroml_group(neuroml *m, const char *group, unsigned line, bool *member);
LG_MUST_CHECK lg_status lg_neuroml_classify(neuroml *m);
LG_MUST_CHECK lg_status lg_neuroml_make_sections(neuroml *m);
LG_MUST_CHECK lg_status lg_neuroml_read_clamps(neuroml *m);

#endif
