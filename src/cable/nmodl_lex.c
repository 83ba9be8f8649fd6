/* Words of an NMODL file: names, numbers, marks; comments are passed over, VERBATIM is refused at its line. */
#include "cable/nmodl_lex.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

lg_status lg_nmodl_refuse_at(lg_ctx *ctx, const char *file, unsigned line, const char *fmt, ...) {
  char text[400];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  lg_one_line(text);
  return lg_fail(ctx, LG_ERR_FORMAT, "%s:%u: %s", file, line, text);
}

bool lg_nmodl_is(const nm_lex *lex, const char *word) {
  return (lex->token == NM_T_NAME || lex->token == NM_T_MARK) && strcmp(lex->word, word) == 0;
}

static bool name_begins(char c) { return isalpha((unsigned char)c) || c == '_'; }
static bool name_goes_on(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void skip_line(nm_lex *lex) {
  while (lex->at < lex->n && lex->text[lex->at] != '\n') lex->at++;
}

/* Behind COMMENT: to the end of the line where ENDCOMMENT stands. */
static lg_status skip_comment(nm_lex *lex) {
  const unsigned from = lex->line;
  for (; lex->at < lex->n; lex->at++) {
    if (lex->text[lex->at] == '\n') lex->line++;
    if (lex->text[lex->at] != 'E' || lex->n - lex->at < 10 || memcmp(lex->text + lex->at, "ENDCOMMENT", 10) != 0)
      continue;
    skip_line(lex);
    return LG_OK;
  }
  return lg_nmodl_refuse(lex, from, "COMMENT without ENDCOMMENT");
}

/* Behind VERBATIM: old files end their procedures by "return 0;", which says nothing. Anything else is refused. */
static lg_status skip_return(nm_lex *lex) {
  static const char *const words[] = {"return", "0", ";", "ENDVERBATIM"};
  const unsigned from = lex->line;
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
    const size_t n = strlen(words[k]);
    while (lex->at < lex->n && isspace((unsigned char)lex->text[lex->at]))
      if (lex->text[lex->at++] == '\n') lex->line++;
    if (lex->n - lex->at < n || memcmp(lex->text + lex->at, words[k], n) != 0)
      return lg_nmodl_refuse(lex, from, "VERBATIM holds C code, which Loligo does not run; write it in NMODL");
    lex->at += n;
  }
  lex->return_line = from;
  return LG_OK;
}

static void skip_space(nm_lex *lex) {
  while (lex->at < lex->n) {
    const char c = lex->text[lex->at];
    if (c == '\n') lex->line++;
    if (c == ':' || c == '?') skip_line(lex);
    else if (isspace((unsigned char)c)) lex->at++;
    else return;
  }
}

static lg_status take_number(nm_lex *lex) {
  char copy[64];
  size_t n = 0, k = lex->at;
  const char *t = lex->text;
#define MORE(what) (k < lex->n && n + 1 < sizeof copy && (what))
  while (MORE(isdigit((unsigned char)t[k]))) copy[n++] = t[k++];
  if (MORE(t[k] == '.')) copy[n++] = t[k++];
  while (MORE(isdigit((unsigned char)t[k]))) copy[n++] = t[k++];
  if (MORE(t[k] == 'e' || t[k] == 'E')) {
    size_t j = k + 1;
    if (j < lex->n && (t[j] == '+' || t[j] == '-')) j++;
    if (j < lex->n && isdigit((unsigned char)t[j])) {
      while (MORE(k < j || isdigit((unsigned char)t[k]))) copy[n++] = t[k++];
    }
  }
#undef MORE
  copy[n] = 0;
  if (n + 1 >= sizeof copy) return lg_nmodl_refuse(lex, lex->line, "a number of more than 60 characters");
  lex->number = strtod(copy, NULL);
  if (!isfinite(lex->number)) return lg_nmodl_refuse(lex, lex->line, "%s is not a finite number", copy);
  lex->at = k;
  lex->token = NM_T_NUMBER;
  return LG_OK;
}

static lg_status take_name(nm_lex *lex) {
  size_t k = lex->at;
  while (k < lex->n && name_goes_on(lex->text[k])) k++;
  const size_t n = k - lex->at;
  if (n > NM_MAX_NAME) return lg_nmodl_refuse(lex, lex->line, "a name of %zu characters (at most %d)", n, NM_MAX_NAME);
  memcpy(lex->word, lex->text + lex->at, n);
  lex->word[n] = 0;
  lex->at = k;
  lex->token = NM_T_NAME;
  return LG_OK;
}

static lg_status take_text(nm_lex *lex) {
  const unsigned from = lex->line;
  for (lex->at++; lex->at < lex->n && lex->text[lex->at] != '\n'; lex->at++) {
    if (lex->text[lex->at] == '\\' && lex->at + 1 < lex->n && lex->text[lex->at + 1] != '\n') lex->at++;
    else if (lex->text[lex->at] == '"') {
      lex->at++;
      lex->token = NM_T_TEXT;
      return LG_OK;
    }
  }
  return lg_nmodl_refuse(lex, from, "a text in \" without end");
}

static lg_status take_mark(nm_lex *lex) {
  static const char *const marks[] = {"<->", "<=", ">=", "==", "!=", "&&", "||", "<<", "->"};
  const char *t = lex->text + lex->at;
  lex->token = NM_T_MARK;
  for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
    const size_t n = strlen(marks[k]);
    if (lex->n - lex->at < n || memcmp(t, marks[k], n) != 0) continue;
    memcpy(lex->word, marks[k], n + 1);
    lex->at += n;
    return LG_OK;
  }
  if (!strchr("{}()[],<>=+-*/^'!~", *t) || !*t) {
    if (isprint((unsigned char)*t))
      return lg_nmodl_refuse(lex, lex->line, "the character '%c' has no meaning here", *t);
    return lg_nmodl_refuse(lex, lex->line, "a byte 0x%02x, which is no text", (unsigned)(unsigned char)*t);
  }
  lex->word[0] = *t;
  lex->word[1] = 0;
  lex->at++;
  return LG_OK;
}

/* One token, whatever it is. */
static lg_status take(nm_lex *lex) {
  skip_space(lex);
  lex->begin = lex->at;
  lex->token_line = lex->line;
  lex->word[0] = 0;
  if (lex->at >= lex->n) {
    lex->token = NM_T_END;
    return LG_OK;
  }
  const char c = lex->text[lex->at];
  if (name_begins(c)) return take_name(lex);
  if (isdigit((unsigned char)c) || (c == '.' && lex->at + 1 < lex->n && isdigit((unsigned char)lex->text[lex->at + 1])))
    return take_number(lex);
  if (c == '"') return take_text(lex);
  return take_mark(lex);
}

lg_status lg_nmodl_next(nm_lex *lex) {
  for (;;) {
    const lg_status status = take(lex);
    if (status != LG_OK || lex->token != NM_T_NAME) return status;
    if (strcmp(lex->word, "COMMENT") == 0) {
      const lg_status skipped = skip_comment(lex);
      if (skipped != LG_OK) return skipped;
    } else if (strcmp(lex->word, "TITLE") == 0) {
      lex->title = lex->text + lex->at;
      skip_line(lex);
      lex->title_bytes = (size_t)(lex->text + lex->at - lex->title);
    } else if (strcmp(lex->word, "VERBATIM") == 0) {
      const lg_status skipped = skip_return(lex);
      if (skipped != LG_OK) return skipped;
    } else if (strcmp(lex->word, "UNITSON") != 0 && strcmp(lex->word, "UNITSOFF") != 0) {
      return LG_OK;
    }
  }
}

lg_status lg_nmodl_unit(nm_lex *lex, nm_arena *arena, const char **unit) {
  size_t k = lex->begin + 1;
  const size_t begin = k;
  while (k < lex->n && lex->text[k] != ')' && lex->text[k] != '\n' && lex->text[k] != '(' && k - begin < 80) k++;
  if (k >= lex->n || lex->text[k] != ')') return lg_nmodl_refuse(lex, lex->token_line, "a unit like (mV) expected");
  *unit = lg_nmodl_arena_text(arena, lex->text + begin, k - begin);
  if (!*unit) return LG_ERR_MEMORY;
  lex->at = k + 1;
  return lg_nmodl_next(lex);
}
