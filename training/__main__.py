"""`python -m training` learns and writes what the program reads; `python -m training measure` says how well it does."""

import sys

from training import measure, weights

if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        measure.show()
    else:
        weights.make()
