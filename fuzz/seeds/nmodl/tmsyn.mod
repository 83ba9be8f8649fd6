TITLE short-term depression and facilitation after Tsodyks, Uziel and Markram 2000, J Neurosci 20:RC50
NEURON {
  POINT_PROCESS TmSyn
  RANGE e, i, tau_1, tau_rec, tau_facil, U, u0
  NONSPECIFIC_CURRENT i
}
UNITS { (nA) = (nanoamp) (mV) = (millivolt) (uS) = (microsiemens) }
PARAMETER {
  e = 0 (mV)
  tau_1 = 3 (ms) <1e-9, 1e9>
  tau_rec = 100 (ms) <1e-9, 1e9>
  tau_facil = 50 (ms) <0, 1e9>
  U = 0.2 (1) <0, 1>
  u0 = 0 (1) <0, 1>
}
ASSIGNED { v (mV) i (nA) x }
STATE { g (uS) }
INITIAL { g = 0 }
BREAKPOINT {
  SOLVE state METHOD cnexp
  i = g*(v - e)
}
DERIVATIVE state { g' = -g/tau_1 }
NET_RECEIVE(weight (uS), y, z, u, last (ms)) {
  INITIAL {
    y = 0
    z = 0
    u = u0
    last = t
  }
  : resources since the last event: recovered, active, inactive
  z = z*exp(-(t - last)/tau_rec)
  z = z + y*(exp(-(t - last)/tau_1) - exp(-(t - last)/tau_rec))/(tau_1/tau_rec - 1)
  y = y*exp(-(t - last)/tau_1)
  x = 1 - y - z
  if (tau_facil > 0) {
    u = u*exp(-(t - last)/tau_facil)
    u = u + U*(1 - u)
  } else {
    u = U
  }
  g = g + weight*x*u
  y = y + x*u
  last = t
}
