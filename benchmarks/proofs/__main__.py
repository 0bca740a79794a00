"""`make prove NAME`: run one proof (or list them).

Some take figures for a short try, such as minutes: `python -m benchmarks.proofs machines 1.5`.
"""

import importlib
import pkgutil
import sys

import benchmarks.proofs

NAMES = sorted(module.name for module in pkgutil.iter_modules(benchmarks.proofs.__path__) if module.name[0] != "_")


def main(arguments: list[str]) -> int:
    """Run the named proof; exit code 0 when what it claims held."""
    proofs = [name for name in NAMES if name not in ("kills", "memory", "privileges", "site", "steps", "table")]
    if not arguments or arguments[0] not in proofs:
        print("usage: make prove NAME, with NAME one of:")
        for name in proofs:
            doc = (importlib.import_module(f"benchmarks.proofs.{name}").__doc__ or "").splitlines()[0]
            print(f"  {name:<10} {doc}")
        return 2
    held: bool = importlib.import_module(f"benchmarks.proofs.{arguments[0]}").prove(*arguments[1:])
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
