/* What every report page must be: self-contained, safe, well nested, with unique ids; and the folder it is in. Include
 * after tests/alloc.h. */
#ifndef LG_TESTS_REPORT_CHECKS_H
#define LG_TESTS_REPORT_CHECKS_H

#include "tests/folder.h"
#include "tests/one_ctx.h"

#include "base/base.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Path in the folder of the tests; valid until the call after the next. */
static const char *in(const char *folder, const char *name) {
  static char path[2][256];
  static int turn;
  turn = !turn;
  (void)snprintf(path[turn], sizeof path[turn], "%s/%s%s%s", dir, folder, name ? "/" : "", name ? name : "");
  return path[turn];
}

static char *read_file(const char *folder, const char *name, size_t *n) {
  unsigned char *bytes = NULL;
  size_t local;
  assert_ok(ctx, lg_file_read(ctx, in(folder, name), (size_t)64 << 20, &bytes, n ? n : &local));
  return (char *)bytes;
}

/* The same bytes in two folders, and more than least of them. */
static void assert_same_file(const char *a, const char *b, const char *name, size_t least) {
  size_t n, m;
  char *x = read_file(a, name, &n), *y = read_file(b, name, &m);
  if (n != m || memcmp(x, y, n) != 0) fail_msg("%s differs between %s and %s", name, a, b);
  assert_true(n > least);
  lg_free(ctx, x);
  lg_free(ctx, y);
}

static size_t count_of(const char *text, const char *what) {
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what)) n++;
  return n;
}

/* Every element that is opened is closed in its order; void elements and <x/> aside. */
static void assert_nested(const char *html) {
  static const char *const empty[] = {"meta", "br", "!DOCTYPE", "hr", "?xml"};
  char open[64][24];
  size_t depth = 0;
  for (const char *p = html; (p = strchr(p, '<')) != NULL;) {
    const char *end = strchr(p, '>');
    assert_non_null(end);
    const bool closing = p[1] == '/', self = end[-1] == '/';
    char name[24];
    const char *from = p + 1 + closing;
    const size_t n = strcspn(from, " >/\n");
    assert_true(n > 0 && n < sizeof name);
    memcpy(name, from, n);
    name[n] = 0;
    bool is_empty = self;
    for (size_t k = 0; k < sizeof empty / sizeof empty[0]; k++) is_empty = is_empty || strcmp(name, empty[k]) == 0;
    p = end + 1;
    if (closing) {
      assert_true(depth > 0);
      assert_string_equal(open[--depth], name);
    } else if (!is_empty) {
      assert_true(depth < 64);
      (void)strcpy(open[depth++], name);
      if (strcmp(name, "style") == 0 || strcmp(name, "script") == 0) { /* not markup inside */
        char stop[32];
        (void)snprintf(stop, sizeof stop, "</%s>", name);
        p = strstr(p, stop);
        assert_non_null(p);
      }
    }
  }
  assert_int_equal(depth, 0);
}

static void assert_safe_page(const char *html) {
  assert_int_equal(count_of(html, "<script"), 1);
  assert_int_equal(count_of(html, "</script>"), 1);
  assert_null(strstr(html, "src="));
  assert_null(strstr(html, "https:"));
  assert_int_equal(count_of(html, "http:"), count_of(html, "xmlns=\"http://www.w3.org/2000/svg\""));
  assert_int_equal(count_of(html, "href=\""), count_of(html, "href=\"#"));
  assert_null(strstr(html, "style=\"")); /* the policy allows one style element only */
  assert_null(strstr(html, "@import"));
  assert_null(strstr(html, "url(http"));
  assert_non_null(strstr(html, "default-src 'none'"));
  assert_non_null(strstr(html, "Research use only"));
  assert_int_equal(count_of(html, "<svg"), count_of(html, "</svg>"));
  assert_int_equal(count_of(html, "<svg"), count_of(html, "</title>") - 1); /* every figure has a name … */
  assert_int_equal(count_of(html, "<svg"), count_of(html, "</desc>"));      /* … and words */
  assert_null(strstr(html, ">nan"));
  assert_null(strstr(html, "\"nan"));
  assert_null(strstr(html, ",nan"));
  assert_null(strstr(html, "(null)"));
  assert_nested(html);
}

/* Ids are unique; what links, aria and clip paths point to exists. */
static void assert_unique_ids(const char *html) {
  for (const char *p = html; (p = strstr(p, " id=\"")) != NULL; p++) {
    char quoted[96];
    const size_t n = strcspn(p + 5, "\"") + 6;
    assert_true(n < sizeof quoted);
    memcpy(quoted, p, n);
    quoted[n] = 0;
    assert_int_equal(count_of(html, quoted), 1);
  }
  static const char *const pointers[] = {"url(#", "href=\"#"};
  for (size_t k = 0; k < 2; k++)
    for (const char *p = html; (p = strstr(p, pointers[k])) != NULL; p++) {
      char wanted[96];
      const char *id = p + strlen(pointers[k]);
      (void)snprintf(wanted, sizeof wanted, " id=\"%.*s\"", (int)strcspn(id, ")\""), id);
      assert_non_null(strstr(html, wanted));
    }
}

#endif
