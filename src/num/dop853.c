#include "num/dop853.h"

#include "base/elementary.h"

enum { STAGES = LG_DOP853_STAGES };

/* Nodes, stages, weights and the two error rows (order 5 and 3), to double precision. */
/* clang-format off */
static const double c[STAGES] = {0.0, 0.05260015195876773, 0.0789002279381516, 0.1183503419072274, 0.2816496580927726, 0.3333333333333333, 0.25, 0.3076923076923077, 0.6512820512820513, 0.6, 0.8571428571428571, 1.0};
static const double a[STAGES][STAGES] = {
    {0},
    {0.05260015195876773},
    {0.0197250569845379, 0.0591751709536137},
    {0.02958758547680685, 0, 0.08876275643042054},
    {0.2413651341592667, 0, -0.8845494793282861, 0.924834003261792},
    {0.037037037037037035, 0, 0, 0.17082860872947386, 0.12546768756682242},
    {0.037109375, 0, 0, 0.17025221101954405, 0.06021653898045596, -0.017578125},
    {0.03709200011850479, 0, 0, 0.17038392571223998, 0.10726203044637328, -0.015319437748624402, 0.008273789163814023},
    {0.6241109587160757, 0, 0, -3.3608926294469414, -0.868219346841726, 27.59209969944671, 20.154067550477894, -43.48988418106996},
    {0.47766253643826434, 0, 0, -2.4881146199716677, -0.590290826836843, 21.230051448181193, 15.279233632882423, -33.28821096898486, -0.020331201708508627},
    {-0.9371424300859873, 0, 0, 5.186372428844064, 1.0914373489967295, -8.149787010746927, -18.52006565999696, 22.739487099350505, 2.4936055526796523, -3.0467644718982196},
    {2.273310147516538, 0, 0, -10.53449546673725, -2.0008720582248625, -17.9589318631188, 27.94888452941996, -2.8589982771350235, -8.87285693353063, 12.360567175794303, 0.6433927460157636},
};
static const double b[STAGES] = {0.054293734116568765, 0, 0, 0, 0, 4.450312892752409, 1.8915178993145003, -5.801203960010585, 0.3111643669578199, -0.1521609496625161, 0.20136540080403034, 0.04471061572777259};
static const double e3[STAGES] = {-0.18980075407240762, 0, 0, 0, 0, 4.450312892752409, 1.8915178993145003, -5.801203960010585, -0.4226823213237919, -0.1521609496625161, 0.20136540080403034, 0.02265179219836082};
static const double e5[STAGES] = {0.01312004499419488, 0, 0, 0, 0, -1.2251564463762044, -0.4957589496572502, 1.6643771824549864, -0.35032884874997366, 0.3341791187130175, 0.08192320648511571, -0.022355307863886294};
/* clang-format on */

void lg_dop853_advance(lg_dop853 *s, double t, const double *y, double h, double *y1) {
  const size_t n = s->n;
  double stage[LG_DOP853_MAX_STATES];
  for (size_t i = 1; i < STAGES; i++) {
    for (size_t m = 0; m < n; m++) {
      double sum = a[i][0] * s->k[0][m];
      for (size_t j = 1; j < i; j++) sum += a[i][j] * s->k[j][m];
      stage[m] = y[m] + h * sum;
    }
    s->f(s->user, t + c[i] * h, stage, s->k[i]);
  }
  for (size_t m = 0; m < n; m++) {
    double sum = b[0] * s->k[0][m];
    for (size_t j = 5; j < STAGES; j++) sum += b[j] * s->k[j][m];
    y1[m] = y[m] + h * sum;
  }
}

double lg_dop853_step(lg_dop853 *s, double t, const double *y, double h, double *y1) {
  const size_t n = s->n;
  double sum5 = 0.0, sum3 = 0.0;
  lg_dop853_advance(s, t, y, h, y1);
  for (size_t m = 0; m < n; m++) {
    const double y0 = fabs(y[m]), ye = fabs(y1[m]);
    const double scale = s->atol + s->rtol * (ye > y0 ? ye : y0);
    double err5 = e5[0] * s->k[0][m], err3 = e3[0] * s->k[0][m];
    for (size_t j = 5; j < STAGES; j++) {
      err5 += e5[j] * s->k[j][m];
      err3 += e3[j] * s->k[j][m];
    }
    sum5 += (err5 / scale) * (err5 / scale);
    sum3 += (err3 / scale) * (err3 / scale);
  }
  if (sum5 == 0.0 && sum3 == 0.0) return 0.0;
  const double denominator = sum5 + 0.01 * sum3;
  const double error = fabs(h) * sum5 / sqrt(denominator * (double)n);
  return error < (double)INFINITY ? error : (double)NAN;
}

double lg_dop853_factor(double error) {
  if (!(error > 0.0)) return error == 0.0 ? 10.0 : 0.2;
  const double factor = 0.9 * lg_pow(error, -0.125);
  return factor < 0.2 ? 0.2 : (factor > 10.0 ? 10.0 : factor);
}
