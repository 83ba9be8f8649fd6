/**
 * @file xml.h
 * @brief Read an XML document into a tree of elements with attributes; text between elements is passed over.
 *
 * For foreign files: no entities (a declaration of one is refused), no external references, limits of size, depth and
 * number of elements.
 */
#ifndef LG_XML_H
#define LG_XML_H

#include "base/base.h"

#define LG_XML_MAX_BYTES ((size_t)32 << 20)
enum { LG_XML_MAX_DEPTH = 64, LG_XML_MAX_ELEMENTS = 1000000 };

typedef struct lg_xml_element {
  const char *name; /* without prefix of a namespace */
  unsigned line;
  const char *const *attributes; /* name, value, name, value, …, NULL */
  const struct lg_xml_element *first, *next, *parent;
} lg_xml_element;

typedef struct lg_xml lg_xml;

/** @brief Parse n bytes; file stands in messages. LG_ERR_FORMAT ("file:line: …"), LG_ERR_LIMIT. */
LG_MUST_CHECK lg_status lg_xml_parse(lg_ctx *ctx, const char *file, const void *bytes, size_t n, lg_xml **out);
/** @brief Destroy; accepts NULL. */
void lg_xml_destroy(lg_ctx *ctx, lg_xml *xml);

const lg_xml_element *lg_xml_root(const lg_xml *xml);
/** @brief Name of the file, for messages. */
const char *lg_xml_file(const lg_xml *xml);
/** @brief Value of an attribute, NULL when there is none. */
const char *lg_xml_attribute(const lg_xml_element *element, const char *name);
/** @brief First child of that name (NULL: of any), NULL when there is none. */
const lg_xml_element *lg_xml_child(const lg_xml_element *element, const char *name);
/** @brief Next sibling of that name (NULL: of any). */
const lg_xml_element *lg_xml_sibling(const lg_xml_element *element, const char *name);

#endif
