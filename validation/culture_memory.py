#!/usr/bin/env python3
"""usage: culture_memory.py LOLIGO COMMAND…   e.g.  culture_memory.py build/loligo culture run movie.tif -o out

Runs a command of loligo and prints how much memory it and its children held at most, shared pages counted once
(the sum of Pss in /proc/PID/smaps_rollup, ten times a second), beside the largest VmHWM of any of them, and the time.
"""
import os, subprocess, sys, time

def children(pid):
    out = [pid]
    try:
        for task in os.listdir('/proc/%d/task' % pid):
            for child in open('/proc/%d/task/%s/children' % (pid, task)).read().split():
                out += children(int(child))
    except OSError:
        pass
    return out

def kilobytes(path, key):
    try:
        for line in open(path):
            if line.startswith(key):
                return int(line.split()[1])
    except OSError:
        pass
    return 0

started = time.time()
run = subprocess.Popen(sys.argv[1:])
most = alone = 0
while run.poll() is None:
    pids = children(run.pid)
    most = max(most, sum(kilobytes('/proc/%d/smaps_rollup' % p, 'Pss:') for p in pids))
    alone = max([alone] + [kilobytes('/proc/%d/status' % p, 'VmHWM:') for p in pids])
    time.sleep(0.1)
usage = os.times()
print('all together %.0f MB, the largest process %.0f MB; %.1f s, CPU %.1f s; exit %d' %
      (most / 1024, alone / 1024, time.time() - started, usage.children_user + usage.children_system, run.returncode))
