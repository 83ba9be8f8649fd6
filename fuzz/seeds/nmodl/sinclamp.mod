TITLE current of a sine through an electrode
NEURON {
  POINT_PROCESS SinClamp
  RANGE amp, freq, del, i
  ELECTRODE_CURRENT i
}
UNITS { (nA) = (nanoamp) PI = (pi) (1) }
PARAMETER { amp = 0.1 (nA)  freq = 20 (1)  del = 5 (ms) }
ASSIGNED { i (nA) }
BREAKPOINT {
  if (t < del) { i = 0 } else { i = amp*sin(2*PI*freq*(t - del)*(0.001)) }
}
