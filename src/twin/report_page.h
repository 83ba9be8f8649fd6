/**
 * @file report_page.h
 * @brief The skeleton that every report page shares: head with its policy, style, header, tiles, tables' cells,
 * provenance, data as JSON, footer.
 *
 * A page asks for nothing from outside and runs no script; its policy names the hash of its one style element.
 */
#ifndef LG_REPORT_PAGE_H
#define LG_REPORT_PAGE_H

#include "base/base.h"

/** How far a twin may be trusted, as a report says it. */
typedef enum lg_report_flag { LG_FLAG_GREEN, LG_FLAG_AMBER, LG_FLAG_RED } lg_report_flag;

/** @brief Words of the flag: "Accepted", "Usable with reservations", "Not accepted". */
const char *lg_report_flag_words(lg_report_flag flag);
/** @brief "green", "amber", "red": the class of a chip. */
const char *lg_report_flag_class(lg_report_flag flag);
/** @brief A tick, an exclamation mark, a cross. */
const char *lg_report_flag_sign(lg_report_flag flag);

/** One large number with its name and a note. */
typedef struct lg_report_tile {
  char name[64], value[64], unit[32], note[160];
} lg_report_tile;
enum { LG_REPORT_MAX_TILES = 6 };

/** What stands above the sections. */
typedef struct lg_page_header {
  const char *kind;    /* "Neuron twin" */
  const char *created; /* or NULL */
  const char *title;
  lg_report_flag flag;
  const char *flag_words, *domain_words; /* of the chip */
  const char *lead;                      /* first paragraph */
  size_t n_reasons;
  const char *const *reasons;
  size_t n_tiles;
  const lg_report_tile *tiles;
} lg_page_header;

/** A link of the list of sections; those that are not there are left out. */
typedef struct lg_page_link {
  const char *id, *name;
  bool there;
} lg_page_link;

/** @brief The style sheet that all pages share, without the element. */
void lg_report_put_css(FILE *stream);

/** @brief From the doctype to the opening of the body; `kind` follows the title ("neuron twin"); `extra` rules are
 * added to the style, NULL = none. */
LG_MUST_CHECK lg_status lg_page_open(lg_ctx *ctx, const char *title, const char *kind, const char *extra, FILE *stream);
/** @brief The same for a page whose figures hold photographs: its policy allows images that stand in the page. */
LG_MUST_CHECK lg_status lg_page_open_images(lg_ctx *ctx, const char *title, const char *kind, const char *extra,
                                            FILE *stream);
/** @brief The header element with its links, then the opening of main. */
void lg_page_put_header(const lg_page_header *header, const lg_page_link *links, size_t n, FILE *stream);
/** @brief Provenance as its own section; nothing without. */
void lg_page_put_provenance(const char *json, FILE *stream);
/** @brief Close main, say the footer. */
void lg_page_put_footer(const char *words, FILE *stream);
/** Writes the JSON of a page. */
typedef lg_status (*lg_page_json_fn)(lg_ctx *ctx, const void *user, FILE *stream);
/** @brief The data as JSON in an element that no browser runs, then the end of the page. */
LG_MUST_CHECK lg_status lg_page_close(lg_ctx *ctx, lg_page_json_fn write, const void *user, FILE *stream);

/** @brief The end that most pages share: provenance (NULL or "": none), the usual footer, the data. */
LG_MUST_CHECK lg_status lg_page_end(lg_ctx *ctx, const char *provenance_json, lg_page_json_fn write, const void *user,
                                    FILE *stream);

/* ---- small parts -------------------------------------------------------------------------------- */

/** @brief <element>words</element>, escaped; a dash for NULL. The element may carry attributes. */
void lg_page_words(FILE *stream, const char *element, const char *text);
/** @brief One cell of a number, right-aligned, with so many significant digits. */
void lg_page_number(FILE *stream, double x, int digits);
/** @brief A cell with a unit for people. */
void lg_page_unit(FILE *stream, const char *unit);
/** @brief A pair of a list of facts; nothing when there are no words. */
void lg_page_fact(FILE *stream, const char *name, const char *text);
/** @brief A list of sentences; css is "" or " class=\"warn\"". */
void lg_page_list(FILE *stream, const char *css, const char *const *texts, size_t n);
/** @brief A table in a box that scrolls, up to its body; every column but the first is right-aligned. End it with
 * "</tbody></table></div>". */
void lg_page_table_head(FILE *stream, const char *label, const char *const *titles, size_t n);
/** @brief <figcaption>words</figcaption>. */
void lg_page_caption(FILE *stream, const char *words);
/** @brief "0.8 … 1.25", "≤ 2", "≥ 0.95", "–". */
void lg_report_limits_words(double low, double high, char *buffer, size_t bytes);

/** Writes words into a stream. */
typedef void (*lg_words_fn)(const void *user, FILE *stream);
/** @brief What fn writes, as text from malloc (free()); NULL: no memory, said in ctx. */
char *lg_words_of(lg_ctx *ctx, lg_words_fn fn, const void *user);

struct lg_provenance;
/** @brief Provenance as the JSON that lg_page_put_provenance() shows, from malloc as above. */
char *lg_page_provenance_text(lg_ctx *ctx, struct lg_provenance *provenance);

#endif
