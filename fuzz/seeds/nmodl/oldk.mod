TITLE delayed rectifier whose file moves its state itself, as old files do
NEURON {
  SUFFIX oldk
  USEION k READ ek WRITE ik
  RANGE gbar
}
UNITS { (mA) = (milliamp) (mV) = (millivolt) }
INDEPENDENT { t FROM 0 TO 1 WITH 1 (ms) }
PARAMETER { v (mV) celsius (degC) dt (ms) gbar = 0.003 (mho/cm2) ek = -90 (mV) }
STATE { n }
ASSIGNED { ik (mA/cm2) ninf nexp }
INITIAL { rates(v)  n = ninf }
BREAKPOINT {
  SOLVE states
  ik = gbar*n*n*(v - ek)
}
PROCEDURE states() {
  rates(v)
  n = n + nexp*(ninf - n)
}
PROCEDURE rates(v) {
  LOCAL tau
  tau = 1 + 8/(1 + exp((v + 30)/12))
  ninf = 1/(1 + exp(-(v + 20)/9))
  nexp = 1 - exp(-dt/tau)
}
