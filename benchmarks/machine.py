"""What the numbers of a benchmark depend on."""

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


def machine(*packages: str) -> dict[str, Any]:
    """Return the date, the machine, and the versions of Python and of `packages`."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "cpu": names[0] if names else platform.machine(),
            "cores": os.cpu_count(),
            "capability": torch.backends.cpu.get_cpu_capability(),
            "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY", "default"),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
    }
