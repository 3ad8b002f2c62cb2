"""The project's addresses, for Hatchling: those that publishing names, as in mkdocs.yml."""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Addresses(MetadataHookInterface):
    """Fill in `project.urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Take what the environment has."""
        addresses = {"Documentation": os.environ.get("SITE_URL"), "Repository": os.environ.get("REPO_URL")}
        metadata["urls"] = {name: address for name, address in addresses.items() if address}
