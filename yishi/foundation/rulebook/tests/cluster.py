"""A standalone Spark master with two workers on this machine, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Small ones: everything runs on one machine.
SETTINGS = {
    "spark.executor.memory": "768m",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def why_not() -> str:
    """Why no cluster can be started here; empty when one can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed"
    return "" if shutil.which("java") else "there is no java"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, workers: int = 2) -> Iterator[str]:
    """The address of a master with its workers; logs go to *folder*."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    env = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_WORKER_DIR": str(folder / "work"),
        "PYSPARK_PYTHON": sys.executable,
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(home / "bin" / "spark-class"), *arguments]
            # exec of java keeps the process id, so that it can be ended by it.
            started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log))

    deploy = "org.apache.spark.deploy"
    try:
        ports = ("--port", str(port), "--webui-port", str(free_port()))
        start("master", f"{deploy}.master.Master", "--host", "127.0.0.1", *ports)
        _wait(folder / "master.log", "New state: ALIVE", 1)
        for n in range(workers):
            own = ("--webui-port", str(free_port()), "--host", "127.0.0.1")
            size = ("--cores", "1", "--memory", "1g")
            start(f"worker{n}", f"{deploy}.worker.Worker", *own, *size, master)
        _wait(folder / "master.log", "Registering worker", workers)
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(log: Path, words: str, times: int, seconds: int = 240) -> None:
    # Long, because three machines of Java start on what is often a busy one.
    until = time.monotonic() + seconds
    while log.read_text(errors="replace").count(words) < times:
        if time.monotonic() > until:
            raise TimeoutError(f"{words!r} not {times} times in {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)
