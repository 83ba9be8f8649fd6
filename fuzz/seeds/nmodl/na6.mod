TITLE sodium channel as a scheme of six states: three closed, one open, two inactivated
NEURON {
  SUFFIX na6
  USEION na READ ena WRITE ina
  RANGE gbar, ina
}
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0.05 (S/cm2) }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) am (/ms) bm (/ms) ah (/ms) bh (/ms) }
STATE { c1 c2 c3 o i1 i2 }
BREAKPOINT {
  SOLVE kin METHOD sparse
  ina = gbar*o*(v - ena)
}
INITIAL { SOLVE kin STEADYSTATE sparse }
KINETIC kin {
  rates(v)
  ~ c1 <-> c2 (3*am, bm)
  ~ c2 <-> c3 (2*am, 2*bm)
  ~ c3 <-> o (am, 3*bm)
  ~ o <-> i1 (bh, ah)
  ~ c3 <-> i2 (bh, ah)
  ~ i2 <-> i1 (am, 3*bm)
  CONSERVE c1 + c2 + c3 + o + i1 + i2 = 1
}
PROCEDURE rates(v (mV)) {
  UNITSOFF
  am = 0.1*(v + 40.0001)/(1 - exp(-(v + 40.0001)/10))
  bm = 4*exp(-(v + 65)/18)
  ah = 0.07*exp(-(v + 65)/20)
  bh = 1/(1 + exp(-(v + 35)/10))
  UNITSON
}
