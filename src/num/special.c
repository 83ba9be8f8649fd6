#include "num/special.h"

static double polynomial(const double *c, int n, double x) { /* c[0] + c[1] x + … */
  double y = c[n - 1];
  for (int k = n - 2; k >= 0; k--) y = y * x + c[k];
  return y;
}

/* 1 - erf(x) for |x| < 0.84375 */
static double erfc_near(double x) {
  static const double p[] = {1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
                             -5.77027029648944159157e-03, -2.37630166566501626084e-05};
  static const double q[] = {1.0,
                             3.97917223959155352819e-01,
                             6.50222499887672944485e-02,
                             5.08130628187576562776e-03,
                             1.32494738004321644526e-04,
                             -3.96022827877536812320e-06};
  const double z = x * x, y = polynomial(p, 5, z) / polynomial(q, 6, z);
  return x < 0.25 ? 1.0 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
}

/* for 0.84375 <= |x| < 1.25, by erf(1) */
static double erfc_middle(double x) {
  static const double p[] = {-2.36211856075265944077e-03, 4.14856118683748331666e-01,  -3.72207876035701323847e-01,
                             3.18346619901161753674e-01,  -1.10894694282396677476e-01, 3.54783043256182359371e-02,
                             -2.16637559486879084300e-03};
  static const double q[] = {1.0,
                             1.06420880400844228286e-01,
                             5.40397917702171048937e-01,
                             7.18286544141962662868e-02,
                             1.26171219808761642112e-01,
                             1.36370839120290507362e-02,
                             1.19844998467991074170e-02};
  static const double erf1 = 8.45062911510467529297e-01;
  const double s = fabs(x) - 1.0, y = polynomial(p, 7, s) / polynomial(q, 7, s);
  return x >= 0.0 ? 1.0 - erf1 - y : 1.0 + (erf1 + y);
}

/* for 1.25 <= x < 28: exp(-x^2) / x times a function of 1/x^2 */
static double erfc_far(double x) {
  static const double p1[] = {-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
                              -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
                              -8.12874355063065934246e+01, -9.81432934416914548592e+00};
  static const double q1[] = {1.0,
                              1.96512716674392571292e+01,
                              1.37657754143519042600e+02,
                              4.34565877475229228821e+02,
                              6.45387271733267880336e+02,
                              4.29008140027567833386e+02,
                              1.08635005541779435134e+02,
                              6.57024977031928170135e+00,
                              -6.04244152148580987438e-02};
  static const double p2[] = {-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
                              -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
                              -4.83519191608651397019e+02};
  static const double q2[] = {1.0,
                              3.03380607434824582924e+01,
                              3.25792512996573918826e+02,
                              1.53672958608443695994e+03,
                              3.19985821950859553908e+03,
                              2.55305040643316442583e+03,
                              4.74528541206955367215e+02,
                              -2.24409524465858183362e+01};
  const double s = 1.0 / (x * x);
  const double y =
      x < 1.0 / 0.35 ? polynomial(p1, 8, s) / polynomial(q1, 9, s) : polynomial(p2, 7, s) / polynomial(q2, 8, s);
  /* exp(-x^2) in two factors: the square of the upper half of x is exact */
  const double z = lg_of_bits(lg_bits_of(x) & 0xffffffff00000000u);
  return lg_exp(-z * z - 0.5625) * lg_exp((z - x) * (z + x) + y) / x;
}

double lg_erfc(double x) {
  if (x != x) return x;
  if (fabs(x) < 0.84375) return erfc_near(x);
  if (fabs(x) < 1.25) return erfc_middle(x);
  if (x > 28.0) return 0.0;
  if (x < -6.0) return 2.0;
  const double y = erfc_far(fabs(x));
  return x > 0.0 ? y : 2.0 - y;
}

static double arctangent(double x) { /* of x >= 0 */
  static const double c[] = {3.33333333333329318027e-01,  -1.99999999998764832476e-01, 1.42857142725034663711e-01,
                             -1.11111104054623557880e-01, 9.09088713343650656196e-02,  -7.69187620504482999495e-02,
                             6.66107313738753120669e-02,  -5.83357013379057348645e-02, 4.97687799461593236017e-02,
                             -3.65315727442169155270e-02, 1.62858201153657823623e-02};
  double high = 0.0, low = 0.0; /* the arctangent of 0, 0.5, 1, 1.5 or infinity, whichever is near */
  if (x >= 2.4375) high = 1.57079632679489655800e+00, low = 6.12323399573676603587e-17, x = -1.0 / x;
  else if (x >= 1.1875)
    high = 9.82793723247329054082e-01, low = 1.39033110312309984516e-17, x = (x - 1.5) / (1.0 + 1.5 * x);
  else if (x >= 0.6875) high = 7.85398163397448278999e-01, low = 3.06161699786838301793e-17, x = (x - 1.0) / (x + 1.0);
  else if (x >= 0.4375)
    high = 4.63647609000806093515e-01, low = 2.26987774529616870924e-17, x = (2.0 * x - 1.0) / (2.0 + x);
  return high - ((x * (x * x * polynomial(c, 11, x * x)) - low) - x);
}

double lg_atan2(double y, double x) {
  static const double pi = 3.14159265358979311600e+00, rest = 1.2246467991473531772e-16;
  if (x == 0.0 && y == 0.0) return 0.0;
  const double a = fabs(y) > 0.0 ? arctangent(x == 0.0 ? (double)INFINITY : fabs(y / x)) : 0.0;
  const double angle = x < 0.0 ? pi - (a - rest) : a;
  return y < 0.0 ? -angle : angle;
}
