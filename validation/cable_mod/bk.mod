TITLE calcium- and voltage-dependent potassium current after Moczydlowski and Latorre 1983, J Gen Physiol 82:511
NEURON {
  SUFFIX bk
  USEION ca READ cai
  USEION k READ ek WRITE ik
  RANGE gbar, gk
  GLOBAL oinf, tau
}
UNITS {
  (molar) = (1/liter)
  (mM) = (millimolar)
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  FARADAY = (faraday) (kilocoulombs)
  R = (k-mole) (joule/degC)
}
PARAMETER {
  gbar = .01 (S/cm2)
  d1 = .84
  d2 = 1.
  k1 = .48e-3 (mM)
  k2 = .13e-6 (mM)
  abar = .28 (/ms)
  bbar = .48 (/ms)
}
ASSIGNED { v (mV) celsius (degC) cai (mM) ek (mV) ik (mA/cm2) oinf tau (ms) gk (S/cm2) }
STATE { o }
BREAKPOINT {
  SOLVE state METHOD cnexp
  gk = gbar*o
  ik = gk*(v - ek)
}
DERIVATIVE state {
  rate(v, cai)
  o' = (oinf - o)/tau
}
INITIAL {
  rate(v, cai)
  o = oinf
}
FUNCTION alp(v (mV), c (mM)) (1/ms) { alp = c*abar/(c + exp1(k1, d1, v)) }
FUNCTION bet(v (mV), c (mM)) (1/ms) { bet = bbar/(1 + c/exp1(k2, d2, v)) }
FUNCTION exp1(k (mM), d, v (mV)) (mM) { exp1 = k*exp(-2*d*FARADAY*v/R/(273.15 + celsius)) }
PROCEDURE rate(v (mV), c (mM)) { LOCAL a
  a = alp(v, c)
  tau = 1/(a + bet(v, c))
  oinf = a*tau
}
