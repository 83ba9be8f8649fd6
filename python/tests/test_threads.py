"""The interpreter's lock is let go; threads run side by side; Ctrl-C and cancel() stop a call."""

import os
import signal
import threading
import time

import helper
import numpy as np

import loligo

LONG_MS = 2e5 if helper.SLOW else 4e6  # a run that nobody waits for


def long_run(ctx=None):
    protocol = loligo.Protocol(LONG_MS, 1000.0).add_const(0, LONG_MS, 10)
    return loligo.simulate(loligo.Neuron("hh52"), protocol, trace=False, ctx=ctx)


class Threads(helper.Case):
    def test_cancel_from_another_thread(self):
        ctx, errors = loligo.Context(), []

        def work():
            try:
                long_run(ctx)
            except loligo.LoligoError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        # This line runs while C computes: the lock is free. A context that rests is not touched, so ask until it ends.
        begin = time.monotonic()
        while thread.is_alive() and time.monotonic() - begin < 60:
            ctx.cancel()
            time.sleep(0.01)
        thread.join(60)
        self.assertFalse(thread.is_alive())
        self.assertIsInstance(errors[0], loligo.Cancelled)
        self.assertEqual(errors[0].code, loligo.Status.CANCELLED)
        # and it is as good as new
        loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(10, 1), ctx=ctx)

    def test_two_threads_are_in_c_at_once(self):
        contexts = [loligo.Context(), loligo.Context()]
        ended = []

        def work(k):
            try:
                long_run(contexts[k])
            except loligo.Cancelled:
                ended.append(k)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        both = False
        while not both and time.monotonic() - begin < 60:
            # Neither can come to its end by itself: when both have begun, both are inside C.
            both = all(ctx._caller is not None for ctx in contexts)
            time.sleep(0.005)
        self.assertTrue(both)
        counted = 0
        for _ in range(1000):  # and Python runs beside them
            counted += 1
        self.assertEqual(counted, 1000)
        while any(thread.is_alive() for thread in threads) and time.monotonic() - begin < 120:
            for ctx in contexts:
                ctx.cancel()
            time.sleep(0.01)
        self.assertEqual(sorted(ended), [0, 1])

    def test_same_bits_in_many_threads(self):
        neuron, protocol = loligo.Neuron("hh52"), loligo.Protocol(200, 0.05).add_ou(0, 200, 5, 5, seed=3)
        alone = loligo.simulate(neuron, protocol).v_mV.copy()
        got = [None] * 6

        def work(k):
            got[k] = loligo.simulate(neuron, protocol).v_mV

        threads = [threading.Thread(target=work, args=(k,)) for k in range(len(got))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for v in got:  # the threads, and their contexts, are gone
            self.assertTrue(np.array_equal(v, alone))

    def test_one_context_in_two_threads_is_served_one_by_one(self):
        ctx = loligo.Context()
        neuron, protocol = loligo.Neuron("hh52"), loligo.Protocol(100, 0.05).add_const(0, 100, 10)
        alone = loligo.simulate(neuron, protocol).spikes_ms.copy()
        wrong = []

        def work():
            for _ in range(5):
                if not np.array_equal(loligo.simulate(neuron, protocol, ctx=ctx).spikes_ms, alone):
                    wrong.append(1)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_keyboard_interrupt(self):
        begin = time.monotonic()
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            long_run()
        timer.join()
        self.assertLess(time.monotonic() - begin, 30)
        # the next call of the same context is not cancelled
        self.assertEqual(len(loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(10, 1)).spikes_ms), 0)

    def test_pool_of_threads_gives_the_same_bits(self):
        neurons = loligo.batch.Population(loligo.Neuron("izhikevich"), 300)
        neurons.parameters("C")[:] = np.linspace(80, 120, 300)
        wave = np.full(5000, 150.0)
        one = loligo.batch.run(neurons, wave, 0.1, sample_every=100)
        two = loligo.batch.run(neurons, wave, 0.1, sample_every=100, ctx=loligo.Context(threads=2))
        self.assertTrue(np.array_equal(one.v_mV, two.v_mV))
        self.assertTrue(np.array_equal(one.n_spikes, two.n_spikes))

    def test_after_a_fork_calls_still_work(self):
        loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(10, 1))
        child = os.fork()
        if child == 0:
            try:
                loligo.simulate(loligo.Neuron("hh52"), loligo.Protocol(10, 1))
                os._exit(0)
            except BaseException:
                os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
