TITLE sodium and potassium currents of Traub and Miles 1991, rates as alpha and beta
NEURON {
  SUFFIX tm
  USEION na READ ena WRITE ina
  USEION k READ ek WRITE ik
  RANGE gnabar, gkbar, vtraub
}
UNITS { (mA) = (milliamp) (mV) = (millivolt) }
PARAMETER {
  gnabar = .05 (mho/cm2)
  gkbar = .01 (mho/cm2)
  vtraub = -63 (mV)
  ena = 50 (mV)
  ek = -90 (mV)
  celsius = 36 (degC)
  v (mV)
}
STATE { m h n }
ASSIGNED { ina (mA/cm2) ik (mA/cm2) il (mA/cm2) tadj }
BREAKPOINT {
  SOLVE states METHOD cnexp
  ina = gnabar*m*m*m*h*(v - ena)
  ik = gkbar*n*n*n*n*(v - ek)
}
DERIVATIVE states {
  LOCAL v2
  tadj = 3.0 ^ ((celsius - 36)/10)
  v2 = v - vtraub
  m' = tadj*(0.32*vtrap(13 - v2, 4)*(1 - m) - 0.28*vtrap(v2 - 40, 5)*m)
  h' = tadj*(0.128*exp((17 - v2)/18)*(1 - h) - 4/(1 + exp((40 - v2)/5))*h)
  n' = tadj*(0.032*vtrap(15 - v2, 5)*(1 - n) - 0.5*exp((10 - v2)/40)*n)
}
UNITSOFF
INITIAL { LOCAL v2, a, b
  v2 = v - vtraub
  a = 0.32*vtrap(13 - v2, 4)  b = 0.28*vtrap(v2 - 40, 5)
  m = a/(a + b)
  a = 0.128*exp((17 - v2)/18)  b = 4/(1 + exp((40 - v2)/5))
  h = a/(a + b)
  a = 0.032*vtrap(15 - v2, 5)  b = 0.5*exp((10 - v2)/40)
  n = a/(a + b)
}
FUNCTION vtrap(x, y) {
  if (fabs(x/y) < 1e-6) { vtrap = y*(1 - x/y/2) } else { vtrap = x/(Exp(x/y) - 1) }
}
FUNCTION Exp(x) {
  if (x < -100) { Exp = 0 } else { Exp = exp(x) }
}
UNITSON
