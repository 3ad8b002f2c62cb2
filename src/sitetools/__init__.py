"""What turns docs/ into the site beyond Material for MkDocs. Needs neither torch nor dlnotes."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository. sitetools is never installed elsewhere: it reads mkdocs.yml's neighbours."""
