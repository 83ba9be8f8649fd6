TITLE calcium under the membrane: no drive by outward current; after Destexhe et al. 1993, Biophys J 65:1538
NEURON {
  SUFFIX capool
  USEION ca READ ica, cai WRITE cai
  RANGE depth, taur, cainf
}
UNITS {
  (molar) = (1/liter)
  (mM) = (millimolar)
  (um) = (micron)
  (mA) = (milliamp)
  (msM) = (ms mM)
  FARADAY = (faraday) (coulomb)
}
CONSTANT { unit = 1 }
PARAMETER { depth = .1 (um)  taur = 20 (ms)  cainf = 2.4e-4 (mM) }
STATE { ca (mM) }
INITIAL {
  ca = cainf
  cai = ca
}
ASSIGNED { ica (mA/cm2) drive (mM/ms) cai (mM) }
BREAKPOINT { SOLVE state METHOD euler }
DERIVATIVE state {
  drive = -(10000)*ica*unit/(2*FARADAY*depth)
  if (drive <= 0.) { drive = 0. } : cannot pump inward
  ca' = drive + (cainf - ca)/taur
  cai = ca
}
