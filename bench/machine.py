"""The machine that was measured on. No name of it: results are published."""

import os
import platform
import re
from pathlib import Path


def load() -> float:
    """How many programs wanted a processor in the last minute; taken before a bench adds its own."""
    return round(os.getloadavg()[0], 1)


def machine(load_before: float) -> dict[str, str | int | float]:
    """Processor, cores, memory in GB, systems, and how busy others kept it before; as far as this system tells."""
    return {
        "processor": _processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": load_before,
    }


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    if not cpuinfo.exists():
        return None
    named = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE)
    return named[1].strip() if named else None
