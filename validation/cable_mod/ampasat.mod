TITLE synapse whose receptors saturate, with a rectifying current
NEURON {
  POINT_PROCESS AmpaSat
  NONSPECIFIC_CURRENT i
  RANGE tau, taud, gmax, e, i, g
}
UNITS { (nA) = (nanoamp) (mV) = (millivolt) (uS) = (microsiemens) }
PARAMETER { tau = 2 (ms)  taud = 30 (ms)  gmax = 0.002 (uS)  e = 0 (mV) }
ASSIGNED { v (mV) i (nA) g (uS) }
STATE { r d }
INITIAL { r = 0  d = 0 }
BREAKPOINT {
  SOLVE state METHOD cnexp
  g = gmax*r*(0.4 + 0.6/(1 + exp(0.05*v)))
  i = g*(v - e)
}
DERIVATIVE state {
  r' = -r/tau
  d' = -d/taud
}
NET_RECEIVE (w) {
  if (w > 0) {
    r = r + w*(1 - r)*(1 - 0.5*d)
    d = d + 0.3*(1 - d)
  }
}
