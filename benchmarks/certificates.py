"""From pressing *sign* to the signed PDF, and how many signed PDFs a second.

    python -m benchmarks.certificates [RUNS]

A throw-away server with fsync on. *Issued and signed*: one transaction that stores a certificate
with its history and the paper on file, and its PDF right after: set by typst, signed by PAdES
(P-256), signed beside it by SM2, stored with fsync, registered. Once one after the other in one
process; then by 8 applicants at once, in as many processes as the web has (2) with 4 threads each.
Goal: under 2 s at p95 with 8 at once. The parts are measured by themselves.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.ground import ground, machine, seconds

RUNS = 40
APPLICANTS, PROCESSES = 8, 2


def holders(count: int) -> list[Any]:
    """Made-up enterprises."""
    from yishi.foundation.parties.tests.making import firm

    return [firm(n) for n in range(count)]


def wanted(party: Any) -> Any:
    """A food licence to be issued."""
    from yishi.foundation.papers.certificates.tests.making import said

    return said(party, layout="landscape")


def issued_and_signed(party: Any) -> float:
    """Seconds from the press to the signed bytes."""
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.papers.certificates import services as certificates

    begun = time.perf_counter()
    now = timezone.now()
    made = certificates.issue(wanted(party), actor=SYSTEM, now=now)
    assert certificates.pdf(made, now).startswith(b"%PDF-")
    return time.perf_counter() - begun


def parts(party: Any, runs: int) -> dict[str, tuple[float, float]]:
    """Seconds of each part by itself (median), and of this process's processor time (mean)."""
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.papers import storage
    from yishi.foundation.papers.certificates import checking, drawing, seals, signing
    from yishi.foundation.papers.certificates import services as certificates

    seal = seals.seals().current
    made = certificates.issue(wanted(party), actor=SYSTEM, now=timezone.now())
    drawn = drawing.drawn(made, seal)
    signed = signing.sign_pdf(drawn, reason="r", place="p", name="n")
    kept = certificates.signed_file(made, timezone.now())
    acts: dict[str, Callable[[], object]] = {
        "one transaction that issues": lambda: certificates.issue(
            wanted(party), actor=SYSTEM, now=timezone.now()
        ),
        "the page (typst)": lambda: drawing.drawn(made, seal),
        "PAdES (pyHanko, P-256)": lambda: signing.sign_pdf(drawn, reason="r", place="p", name="n"),
        "SM2 over SM3 (gmssl)": lambda: signing.signer().sign(signed),
        "stored with fsync": lambda: storage.put(signed + str(time.time_ns()).encode(), "pdf"),
        "a kept file read again": lambda: certificates.signed_file(made, timezone.now()),
        "a file checked": lambda: checking.check_file(kept.data, made),
        "an altered file explained": lambda: checking.explained(kept.data[:-9] + b"x%%EOF\n  "),
    }
    found = {}
    for name, act in acts.items():
        begun = time.process_time()
        took = statistics.median(seconds(act) for _ in range(runs))
        found[name] = took, (time.process_time() - begun) / runs
    return found


def _process(ids: list[Any], runs: int, threads: int, queue: Any) -> None:
    """A web process: *threads* applicants, each *runs* times."""
    import django

    django.setup()
    from django.db import connection

    from yishi.foundation.parties.models import Party

    found = list(Party.objects.filter(pk__in=ids))
    issued_and_signed(found[0])  # fonts are loaded once per process

    def applicant(n: int) -> list[float]:
        try:
            return [issued_and_signed(found[n % len(found)]) for _ in range(runs)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        queue.put([one for times in pool.map(applicant, range(threads)) for one in times])


def at_once(ids: list[Any], runs: int) -> tuple[list[float], float]:
    """What 8 applicants waited, and how many were done a second."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    threads = APPLICANTS // PROCESSES
    workers = [
        context.Process(target=_process, args=(ids, runs, threads, queue)) for _ in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    times = [one for _ in workers for one in queue.get()]
    for worker in workers:
        worker.join()
    # Each applicant presses again when the file is there: the rate follows from the waits.
    return times, APPLICANTS / statistics.mean(times)


def p95(times: list[float]) -> float:
    """The time that 95 of 100 stay under."""
    return sorted(times)[int(len(times) * 0.95)]


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(machine(), flush=True)
    with ground():
        found = holders(APPLICANTS)
        issued_and_signed(found[0])
        for name, (took, worked) in parts(found[0], runs).items():
            print(f"{name}: {took * 1000:.1f} ms, of which {worked * 1000:.1f} ms processor")
        alone = [issued_and_signed(found[n % APPLICANTS]) for n in range(runs)]
        print(
            f"one after the other: {1 / statistics.mean(alone):.1f} a second, "
            f"p50 {statistics.median(alone):.3f} s, p95 {p95(alone):.3f} s"
        )
        times, rate = at_once([one.pk for one in found], max(4, runs // 4))
        print(
            f"{APPLICANTS} at once: {rate:.1f} a second, p50 {statistics.median(times):.3f} s, "
            f"p95 {p95(times):.3f} s (goal < 2 s)"
        )


if __name__ == "__main__":
    main()
