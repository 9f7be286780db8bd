"""``make soak``: a real installation whose parts are killed with SIGKILL while people use it.

    python -m benchmarks.soak [--rounds 50] [--seed 1]

Eight clients report with keys of their own and repeat what was not acknowledged; two officers move
cases at the desk; e-mail goes to a real SMTP server and text messages to a real webhook. In every
round one or more of web, worker, live process and database are killed, and what the supervisor
needs until all four work again is measured. At the end everything is compared.
"""
