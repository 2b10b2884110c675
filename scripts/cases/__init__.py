"""The golden cases: one module per family, one function per case.

A case is a function `def name(k, c)`: k is the Keras module (keras or
tf_keras), c a build.Builder. It declares inputs with c.input(...) and returns
the list of output tensors of one Functional model, or a Sequential model.
The decorator registers it, once for each Keras line it names.
"""

import dataclasses
import importlib
import pkgutil
from typing import Callable

KERAS3 = "keras3"
TF_KERAS = "tf_keras"
BOTH = (KERAS3, TF_KERAS)

REGISTRY = {}


@dataclasses.dataclass(frozen=True)
class Case:
    """One folder of testdata/models."""

    name: str
    line: str
    what: str
    build: Callable
    file: str
    final: str
    twin: bool
    rewrite: Callable | None
    second: bool
    stored: bool
    copies: bool
    extra: dict


def case(what, lines=BOTH, file=None, final=None, twin=False, rewrite=None, second=False, stored=False, copies=False, **extra):
    """Registers a case as <function name>_<line>.

    file: model.keras or model.h5 (default: .keras for Keras 3, .h5 for tf_keras).
    final: the file that rewrite leaves in its place, if it has another name.
    twin: the numbers come from a second build with c.twin set, for models that
        TensorFlow cannot run on a CPU or that must be computed in another dtype.
    rewrite: called with the folder and the file after saving; makes an older dialect of it.
    second: records a second call on the same inputs without resetting states.
    stored: leaves the .keras zip uncompressed, as Keras writes it.
    copies: the model only copies numbers and does not build in float64; out64 is out32.
    extra: further entries of case.json, such as config or tolerance.
    """
    if isinstance(lines, str):
        lines = (lines,)

    def register(build):
        for line in lines:
            name = f"{build.__name__}_{line}"
            if name in REGISTRY:
                raise ValueError(f"case {name} is registered twice")
            default = "model.keras" if line == KERAS3 else "model.h5"
            REGISTRY[name] = Case(name, line, what, build, file or default, final or file or default, twin, rewrite, second, stored, copies, extra)
        return build

    return register


def load_all():
    """Imports every module beside this one and returns the registry."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return REGISTRY
