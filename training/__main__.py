"""`python -m training` learns and writes what the program reads; `python -m training measure` says how well it does.

`python -m training secrets` and `python -m training measure secrets`: only what suspects a secret.
"""

import sys

from training import measure, suspicion, weights

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", "secrets"]:
            suspicion.show()
        case ["measure"]:
            measure.show()
        case ["secrets"]:
            suspicion.make()
        case _:
            weights.make()
            suspicion.make()
