#include "io/plot.h"

#include <math.h>
#include <string.h>

/* 10^e exactly rounded, without libm: decimal exponents of plots are small. */
static double power_of_ten(int e) {
  double p = 1.0;
  for (int k = 0; k < (e < 0 ? -e : e); k++) p *= 10.0;
  return e < 0 ? 1.0 / p : p;
}

/* floor(log10(x)) for x > 0, exact at powers of ten. */
static int decade(double x) {
  char text[48];
  (void)snprintf(text, sizeof text, "%.17e", x);
  const char *e = strchr(text, 'e');
  int sign = 1, value = 0;
  if (!e) return 0;
  e++;
  if (*e == '-') sign = -1;
  for (e++; *e >= '0' && *e <= '9'; e++) value = 10 * value + (*e - '0');
  return sign * value;
}

lg_ticks lg_ticks_nice(double low, double high, int target) {
  lg_ticks t = {0};
  if (!isfinite(low) || !isfinite(high) || !(high > low) || !isfinite(high - low)) return t;
  if (target < 2) target = 2;
  const double rough = (high - low) / target;
  if (!(rough > 1e-290)) return t;
  int e = decade(rough);
  const double share = rough / power_of_ten(e);
  double digit = 10.0;
  if (share < 1.4142) digit = 1.0; /* nearest of 1, 2, 5, 10 by ratio */
  else if (share < 3.1623) digit = 2.0;
  else if (share < 7.0711) digit = 5.0;
  else e++, digit = 1.0;
  t.step = e >= 0 ? digit * power_of_ten(e) : digit / power_of_ten(-e);
  t.decimals = e < 0 ? -e : 0;
  const double slack = t.step * 1e-6;
  const double k0 = ceil((low - slack) / t.step), k1 = floor((high + slack) / t.step);
  if (!(fabs(k0) < 9e15) || !(k1 - k0 < 1000.0)) return (lg_ticks){0};
  t.first = k0 * t.step;
  t.n = k1 >= k0 ? (int)(k1 - k0) + 1 : 0;
  return t;
}

/* Replace the ASCII minus by U+2212, which is as wide as the digits' plus. */
static void true_minus(const char *from, char *to) {
  bool zero = true;
  for (const char *p = from; *p; p++)
    if (*p >= '1' && *p <= '9') zero = false;
  for (; *from; from++) {
    if (*from == ',') *to++ = '.'; /* whatever the locale */
    else if (*from != '-') *to++ = *from;
    else if (!zero) {
      memcpy(to, "\xe2\x88\x92", 3);
      to += 3;
    }
  }
  *to = 0;
}

void lg_format_fixed(double x, int decimals, char *buffer) {
  char text[36];
  if (!isfinite(x)) {
    memcpy(buffer, "\xe2\x80\x93", 4);
    return;
  }
  if (fabs(x) >= 1e15 || decimals > 12) {
    lg_format_significant(x, 3, buffer);
    return;
  }
  (void)snprintf(text, sizeof text, "%.*f", decimals < 0 ? 0 : decimals, x);
  true_minus(text, buffer);
}

static void put_exponent(char *to, int e) {
  static const char *const raised[10] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",
                                         "\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7",
                                         "\xe2\x81\xb8", "\xe2\x81\xb9"};
  char digits[12];
  (void)snprintf(digits, sizeof digits, "%d", e < 0 ? -e : e);
  (void)strcpy(to, "\xc3\x97"
                   "10");
  if (e < 0) (void)strcat(to, "\xe2\x81\xbb");
  for (const char *p = digits; *p; p++) (void)strcat(to, raised[*p - '0']);
}

void lg_format_significant(double x, int digits, char *buffer) {
  if (!isfinite(x)) {
    memcpy(buffer, "\xe2\x80\x93", 4);
    return;
  }
  if (x == 0.0) {
    memcpy(buffer, "0", 2);
    return;
  }
  if (digits < 1) digits = 1;
  if (digits > 9) digits = 9;
  char text[36];
  (void)snprintf(text, sizeof text, "%.*e", digits - 1, x); /* round first: 9.996 is 10.0 */
  const char *mark = strchr(text, 'e');
  const bool negative_exponent = mark && mark[1] == '-';
  int e = 0;
  for (const char *p = mark ? mark + 2 : ""; *p >= '0' && *p <= '9'; p++) e = 10 * e + (*p - '0');
  if (negative_exponent) e = -e;
  if (e >= -4 && e < 6) {
    const int decimals = digits - 1 - e;
    (void)snprintf(text, sizeof text, "%.*f", decimals > 0 ? decimals : 0, x);
    true_minus(text, buffer);
    return;
  }
  text[mark ? mark - text : 0] = 0;
  true_minus(text, buffer);
  put_exponent(buffer + strlen(buffer), e);
}

void lg_format_short(double x, int digits, char *buffer) {
  lg_format_significant(x, digits, buffer);
  const char *power = strstr(buffer, "\xc3\x97");
  if (!strchr(buffer, '.') || power) return;
  size_t n = strlen(buffer);
  while (n > 0 && buffer[n - 1] == '0') n--;
  if (n > 0 && buffer[n - 1] == '.') n--;
  buffer[n] = 0;
}

void lg_range_extend(double *low, double *high, const double *y, size_t n) {
  for (size_t k = 0; y && k < n; k++) {
    if (!isfinite(y[k])) continue;
    if (y[k] < *low) *low = y[k];
    if (y[k] > *high) *high = y[k];
  }
}

void lg_range_pad(double *low, double *high, double share) {
  if (!isfinite(*low) || !isfinite(*high) || *high < *low) {
    *low = 0.0;
    *high = 1.0;
    return;
  }
  double width = *high - *low;
  if (!isfinite(width) || width < 1e-9 * (fabs(*low) + fabs(*high)) || width < 1e-200)
    width = fabs(*high) > 1e-200 && isfinite(width) ? 0.2 * fabs(*high) : 1.0;
  const double pad = *high - *low < width ? width / 2 : share * width;
  *low -= pad;
  *high += pad;
}
