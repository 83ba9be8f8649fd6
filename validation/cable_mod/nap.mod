TITLE persistent sodium current, rates after Magistretti and Alonso 1999, J Gen Physiol 114:491
NEURON {
  SUFFIX nap
  USEION na READ ena WRITE ina
  RANGE gbar, g, ina, minf, tauh
}
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0.0005 (S/cm2) <0,1e6>  q10 = 3 }
ASSIGNED { v (mV) ena (mV) celsius (degC) ina (mA/cm2) g (S/cm2) minf hinf taum (ms) tauh (ms) qt }
STATE { m h }
INITIAL {
  qt = q10^((celsius - 21)/10)
  rates(v)
  m = minf
  h = hinf
}
BREAKPOINT {
  SOLVE states METHOD cnexp
  g = gbar*m^3*h
  ina = g*(v - ena)
}
DERIVATIVE states {
  rates(v)
  m' = (minf - m)/taum
  h' = (hinf - h)/tauh
}
FUNCTION linoid(x (mV), k (mV)) {
  if (fabs(x/k) < 1e-6) { linoid = k*(1 - x/k/2) } else { linoid = x/(exp(x/k) - 1) }
}
PROCEDURE rates(v (mV)) { LOCAL a, b
  UNITSOFF
  a = 0.182*linoid(-(v + 38), 6)
  b = 0.124*linoid(v + 38, 6)
  taum = 6/(a + b)/qt
  minf = 1/(1 + exp((v + 52.6)/(-4.6)))
  a = 2.88e-6*linoid(v + 17, 4.63)
  b = 6.94e-6*linoid(-(v + 64.4), 2.63)
  tauh = 1/(a + b)/qt
  hinf = 1/(1 + exp((v + 48.8)/10))
  UNITSON
}
