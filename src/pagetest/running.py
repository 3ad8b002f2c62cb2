"""Execute code and catch everything that a reader would see it print."""

import io
import sys
import traceback
import warnings
from contextlib import redirect_stdout
from typing import Any, Literal

Namespace = dict[str, Any]
Mode = Literal["exec", "single"]


def run(source: str, path: str, namespace: Namespace, mode: Mode = "exec") -> str:
    """Run `source` and return what it printed, its warnings included.

    Args:
        source: The code.
        path: The file that tracebacks name.
        namespace: The names that the code finds and leaves.
        mode: As for `compile`.

    Returns:
        What was printed.

    Raises:
        Raised: If the code raised; it carries what was printed up to there and the last line of the traceback.
    """
    namespace.setdefault("__name__", "__main__")
    printed = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(printed):
        warnings.simplefilter("always")
        warnings.showwarning = _show_warning  # type: ignore[assignment]  # it ignores the place of the warning
        try:
            exec(compile(source, path, mode, dont_inherit=True), namespace)
        except Exception as error:
            error.__traceback__ = _below(error)
            message = "".join(traceback.format_exception_only(error))
            raise Raised(printed.getvalue() + message) from error
    return printed.getvalue()


class Raised(Exception):
    """Code that raised `__cause__`; `output` is what a reader sees, without the traceback's frames."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


def _show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    # torch wraps its warnings' texts over lines and appends the C++ source line that issued them.
    text = str(message).partition(" (Triggered internally at")[0]
    sys.stdout.write(f"{category.__name__}: {text}\n")


def _below(error: Exception) -> Any:
    """Return the traceback without the frame of `run`."""
    return error.__traceback__ and error.__traceback__.tb_next
