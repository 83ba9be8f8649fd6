TITLE T-type calcium current with the GHK equation, kinetics after Huguenard and McCormick 1992, J Neurophysiol 68:1373
NEURON {
  SUFFIX cat
  USEION ca READ cai, cao WRITE ica
  RANGE pbar, ica
  GLOBAL shift
}
UNITS {
  (molar) = (1/liter)
  (mM) = (millimolar)
  (mV) = (millivolt)
  (mA) = (milliamp)
  FARADAY = (faraday) (coulomb)
  R = (k-mole) (joule/degC)
}
PARAMETER { pbar = 2e-4 (cm/s)  shift = 2 (mV) }
STATE { m h }
ASSIGNED { v (mV) celsius (degC) cai (mM) cao (mM) ica (mA/cm2) }
BREAKPOINT {
  SOLVE castate METHOD cnexp
  ica = pbar*m*m*h*ghk(v, cai, cao)
}
INITIAL {
  m = minf(v)
  h = hinf(v)
}
DERIVATIVE castate {
  LOCAL phim, phih
  phim = 5^((celsius - 24)/10)
  phih = 3^((celsius - 24)/10)
  m' = phim*(minf(v) - m)/taum(v)
  h' = phih*(hinf(v) - h)/tauh(v)
}
FUNCTION minf(v (mV)) { minf = 1/(1 + exp(-(v + shift + 57)/6.2)) }
FUNCTION hinf(v (mV)) { hinf = 1/(1 + exp((v + shift + 81)/4)) }
FUNCTION taum(v (mV)) (ms) {
  taum = 0.612 + 1/(exp(-(v + shift + 132)/16.7) + exp((v + shift + 16.8)/18.2))
}
FUNCTION tauh(v (mV)) (ms) {
  if (v + shift < -80) {
    tauh = exp((v + shift + 467)/66.6)
  } else {
    tauh = 28 + exp(-(v + shift + 22)/10.5)
  }
}
FUNCTION ghk(v (mV), ci (mM), co (mM)) (.001 coul/cm3) {
  LOCAL z, eci, eco
  z = (1e-3)*2*FARADAY*v/(R*(celsius + 273.15 (degC)))
  eco = co*efun(z)
  eci = ci*efun(-z)
  ghk = (.001)*2*FARADAY*(eci - eco)
}
FUNCTION efun(z) {
  if (fabs(z) < 1e-4) { efun = 1 - z/2 } else { efun = z/(exp(z) - 1) }
}
