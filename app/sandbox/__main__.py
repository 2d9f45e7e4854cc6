"""`python -m app.sandbox`: serve the pretend world until told to stop."""

import argparse
import json
import signal
import sys
import threading

from app.sandbox.world import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.sandbox", description="A pretend Allegro and a pretend store.")
    parser.add_argument("--allegro-port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--store-port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same world")
    chosen = parser.parse_args()

    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: told_to_stop.set())
    world = Sandbox(seed=chosen.seed)
    world.start(chosen.allegro_port, chosen.store_port)
    ready = {
        "allegro_url": world.allegro_url,
        "store_url": world.store_url,
        "app_name": world.allegro.app_name,
        "client_id": world.allegro.client_id,
        "client_secret": world.allegro.client_secret,
        "login": world.allegro.logged_in,
        "store_key": world.store.key,
        "store_secret": world.store.secret,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    told_to_stop.wait()
    world.stop()


if __name__ == "__main__":
    main()
