"""`make bench [NAME=...]`: run all benchmarks, or one."""

import importlib
import pkgutil
import sys

import benchmarks

# A module is a benchmark; packages are what benchmarks and proofs are made of.
NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules(benchmarks.__path__)
    if not module.ispkg and module.name != "__main__"
)


def main(arguments: list[str]) -> int:
    """Run the named benchmark, or all of them."""
    if arguments and arguments[0] not in NAMES:
        print(f"usage: make bench [NAME=...], with NAME one of: {', '.join(NAMES)}")
        return 2
    for name in arguments or NAMES:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
